// Reading what a clear or retrieve selects (core.md 1.5, 1.7) and verifications (core.md 1.8, 1.9).
#include "model/codec.hpp"

#include "base/ascii.hpp"
#include "model/codec_parts.hpp"
#include "model/schema.hpp"
#include "model/schema_error.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace mockfleet::model {
namespace {

constexpr std::string_view limit_field = "maximumNumberOfRequestToReturnInVerificationFailure";

/// The id, when the document is nothing but an id.
const json::value* lone_id(const json::value& document) {
    if (!document.is_object() || document.as_object().size() != 1) return nullptr;
    const auto* id = document.find("id");
    return id != nullptr && id->is_string() ? id : nullptr;
}

base::result<std::string> checked_id(const json::value& id) {
    if (base::is_blank(id.as_string()))
        return base::invalid("No expectation id specified found \"" + id.as_string() + "\"");
    return id.as_string();
}

/// The document inside `{"httpRequest": ...}` or `{"openAPIDefinition": ...}`, or nullptr.
const json::value* wrapped(const json::value& document) {
    if (!document.is_object() || document.as_object().size() != 1) return nullptr;
    const auto* request = document.find("httpRequest");
    return request != nullptr ? request : document.find("openAPIDefinition");
}

/// Parses and validates a verification; errors are complete answers.
base::result<json::value> read_document(std::string_view body, std::string_view what,
                                        const schema::rule& rule) {
    if (base::is_blank(body)) return base::invalid(missing_document_text(what, body));
    json::value document;
    if (const auto failure = json::parse_tolerant(body, document)) {
        return base::invalid(malformed_document_text(what, body, *failure));
    }
    const auto messages = schema::validate(document, rule);
    if (!messages.empty()) return base::invalid(schema_error_text(what, body, messages));
    return document;
}

std::optional<std::int64_t> read_limit(const json::value& document, read_issues& issues) {
    const auto* limit = document.find(limit_field);
    return limit == nullptr ? std::nullopt : read_integer(*limit, {nullptr, limit_field}, issues);
}

std::optional<std::int64_t> read_timeout(const json::value& document, read_issues& issues) {
    const auto* timeout = document.find("timeout");
    return timeout == nullptr ? std::nullopt : read_integer(*timeout, {nullptr, "timeout"}, issues);
}

/// -1 is what some clients send for "no bound"; `body` is what was sent.
std::optional<std::int64_t> read_bound(const json::value& times, std::string_view name, std::string_view body,
                                       read_issues& issues) {
    constexpr field_path times_path{nullptr, "times"};
    const auto* bound = times.find(name);
    if (bound == nullptr) return std::nullopt;
    const auto count = read_int(*bound, {&times_path, name}, issues);
    if (count && *count < -1)
        issues.invalid("exception while parsing [" + std::string(body) + "] for Verification");
    return count && *count >= 0 ? std::optional<std::int64_t>(*count) : std::nullopt;
}

} // namespace

base::result<selection> read_selection(std::string_view body) {
    constexpr std::string_view what = "request matcher";
    selection out;
    if (base::is_blank(body)) return out;
    json::value document;
    if (const auto failure = json::parse_tolerant(body, document)) {
        return base::invalid(malformed_document_text(what, body, *failure));
    }
    const auto* inner = wrapped(document);
    const auto& matcher = inner != nullptr ? *inner : document;
    out.echo = json::pretty(document);
    if (const auto* id = lone_id(matcher)) {
        auto checked = checked_id(*id);
        if (!checked) return checked.error();
        out.expectation_id = std::move(*checked);
        return out;
    }
    const auto messages = schema::validate(matcher, schema::request_matcher_rule);
    if (!messages.empty()) {
        return base::invalid(
            schema_error_text(what, inner != nullptr ? json::compact(*inner) : std::string(body), messages));
    }
    if (matcher.as_object().empty()) return out;
    read_issues issues;
    out.matcher = read_request_matcher(matcher, {nullptr, "httpRequest"}, issues);
    if (!issues.none()) return issues.first();
    return out;
}

base::result<verification> read_verification(std::string_view body) {
    auto document = read_document(body, "verification", schema::verification_rule);
    if (!document) return document.error();
    verification out;
    read_issues issues;
    if (const auto* request = document->find("httpRequest")) {
        out.request = read_request_matcher(*request, {nullptr, "httpRequest"}, issues);
    }
    if (const auto* response = document->find("httpResponse")) {
        out.response = read_response_matcher(*response, {nullptr, "httpResponse"}, issues);
    }
    if (const auto* by = document->find("disposition")) {
        out.disposition = by->as_string() == "MOCKED" ? disposition::mocked : disposition::forwarded;
    }
    if (const auto* id = document->find("expectationId")) {
        auto checked = checked_id(*id->find("id"));
        if (!checked) return checked.error();
        out.expectation_id = std::move(*checked);
    }
    const auto* times = document->find("times");
    if (times != nullptr && !times->as_object().empty()) {
        out.times.at_least = read_bound(*times, "atLeast", body, issues);
        out.times.at_most = read_bound(*times, "atMost", body, issues);
    }
    out.maximum_requests_in_failure = read_limit(*document, issues);
    out.timeout_ms = read_timeout(*document, issues);
    if (!issues.none()) return issues.first();
    return out;
}

base::result<verification_sequence> read_verification_sequence(std::string_view body) {
    auto document = read_document(body, "verification sequence", schema::verification_sequence_rule);
    if (!document) return document.error();
    verification_sequence out;
    read_issues issues;
    if (const auto* requests = document->find("httpRequests")) {
        for (const auto& request : requests->as_array()) {
            out.requests.push_back(read_request_matcher(request, {nullptr, "httpRequests"}, issues));
        }
    }
    if (const auto* responses = document->find("httpResponses")) {
        for (const auto& response : responses->as_array()) {
            out.responses.push_back(read_response_matcher(response, {nullptr, "httpResponses"}, issues));
        }
    }
    if (const auto* ids = document->find("expectationIds")) {
        out.by_id = true;
        for (const auto& id : ids->as_array()) {
            auto checked = checked_id(*id.find("id"));
            if (!checked) return checked.error();
            out.expectation_ids.push_back(std::move(*checked));
        }
    }
    out.maximum_requests_in_failure = read_limit(*document, issues);
    out.timeout_ms = read_timeout(*document, issues);
    if (!issues.none()) return issues.first();
    return out;
}

} // namespace mockfleet::model
