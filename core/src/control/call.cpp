// Makers of control answers and the reading of query parameters.
#include "control/call.hpp"

#include "base/ascii.hpp"
#include "control/node_health.hpp"
#include "json/writer.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

namespace mockfleet::control {

namespace {

answer with_body(int status, std::string_view content_type, std::string body) {
    answer made{status, {}, std::move(body)};
    if (!made.body.empty()) made.headers.emplace_back("content-type", content_type);
    return made;
}

int status_of(base::errc code) {
    switch (code) {
    case base::errc::unavailable:
    case base::errc::denied: // by what the backend depends on, not by us
        return 503;
    case base::errc::exhausted:
        return 507;
    case base::errc::timeout:
        return 504;
    case base::errc::internal:
        return 500;
    default:
        return 400;
    }
}

constexpr std::string_view unconfirmed = "replication-unconfirmed";

answer reason_answer(int status, std::string_view word, std::string_view message) {
    return json_answer(status, json::object{{"error", word}, {"message", message}});
}

/// What a backend says of a write that is made but was not confirmed everywhere in time: `...version N, ...
/// not confirmed by: a, b`.
answer unconfirmed_answer(std::string_view message) {
    json::value document{json::object{}};
    document.set("error", unconfirmed);
    document.set("message", message);
    constexpr std::string_view version_word = "version ";
    if (const auto at = message.find(version_word); at != std::string_view::npos) {
        std::int64_t version = 0;
        const auto digits = message.substr(at + version_word.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), version);
        document.set("version", version);
    }
    json::array missing;
    constexpr std::string_view nodes_word = "not confirmed by: ";
    if (const auto at = message.find(nodes_word); at != std::string_view::npos) {
        for (auto rest = message.substr(at + nodes_word.size()); !rest.empty();) {
            const auto end = rest.find(", ");
            missing.emplace_back(rest.substr(0, end));
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
        }
    }
    document.set("missing", std::move(missing));
    return json_answer(504, document);
}

} // namespace

std::string_view call::parameter(std::string_view name) {
    for (const auto& given : facts_.query()) {
        if (base::equal_ignoring_case(given.name, name)) return given.value;
    }
    return {};
}

answer empty_answer(int status) {
    return {status, {}, {}};
}

answer left_over() {
    answer made;
    made.left_over = true;
    return made;
}

answer text_answer(int status, std::string body) {
    return with_body(status, "text/plain; charset=utf-8", std::move(body));
}

answer json_answer(int status, const json::value& document) {
    return with_body(status, "application/json; charset=utf-8", json::pretty(document));
}

answer error_answer(const base::error& failure) {
    const auto status = status_of(failure.code);
    if (failure.code == base::errc::unavailable) return reason_answer(status, "unavailable", failure.message);
    if (failure.code == base::errc::denied) return reason_answer(status, "denied", failure.message);
    if (failure.code == base::errc::exhausted) return reason_answer(status, "exhausted", failure.message);
    if (failure.code == base::errc::timeout) {
        if (failure.message.find(unconfirmed) != std::string::npos)
            return unconfirmed_answer(failure.message);
        return reason_answer(status, "timeout", failure.message);
    }
    return text_answer(status, failure.message);
}

answer isolated_answer() {
    return reason_answer(
        503, node_health::isolated,
        "this node is cut off from the other nodes of its fleet and may be out of date; ask another");
}

answer joining_answer() {
    return reason_answer(
        503, node_health::joining,
        "this node is joining its fleet and does not have all of its state yet; ask another, "
        "or wait until GET /mockserver/ready answers 200");
}

bool is_fan_in_failure(const base::error& failure) {
    return failure.code == base::errc::unavailable || failure.code == base::errc::timeout ||
           failure.code == base::errc::unsupported || failure.code == base::errc::internal;
}

answer fan_in_answer(const base::error& failure) {
    return is_fan_in_failure(failure) ? text_answer(502, failure.message) : error_answer(failure);
}

store::fleet_log::scope scope_of(call& request) {
    const bool local = base::equal_ignoring_case(request.parameter("fanInLocalOnly"), "true");
    return local ? store::fleet_log::scope::this_node : store::fleet_log::scope::fleet;
}

base::result<std::size_t> choose(std::string_view parameter, std::string_view given,
                                 const std::vector<std::string_view>& words) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (base::equal_ignoring_case(given, words[i])) return i;
        list += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    return base::invalid("\"" + std::string(given) + "\" is not a valid value for \"" +
                         std::string(parameter) + "\" parameter, only the following values are supported [" +
                         list + "]");
}

} // namespace mockfleet::control
