// JSON codec of responses, errors, delays and connection options (core.md 2.8, 2.9, 2.11).
#include "base/header_text.hpp"
#include "model/base64.hpp"
#include "model/codec.hpp"
#include "model/codec_parts.hpp"
#include "json/writer.hpp"

#include <algorithm>

namespace mockfleet::model {
namespace {

constexpr wire_name<delay::distribution_kind> distributions[] = {
    {"UNIFORM", delay::distribution_kind::uniform},
    {"LOG_NORMAL", delay::distribution_kind::log_normal},
    {"GAUSSIAN", delay::distribution_kind::gaussian},
};

std::string quoted(std::string_view text) {
    std::string out;
    json::quote_to(out, text);
    return out;
}

/// CR and LF are left out of what is sent (core.md 3.12).
bool is_unsendable(char c) {
    return base::is_control(c) && c != '\r' && c != '\n';
}

double read_parameter(const json::value& source, std::string_view name, const field_path& where,
                      read_issues& issues) {
    const auto* content = source.find(name);
    if (content == nullptr) return 0;
    if (!content->is_number()) issues.invalid(field_path{&where, name}.text() + " must be a number");
    return content->to_double();
}

void read_distribution(delay& out, const json::value& source, const field_path& where, read_issues& issues) {
    const auto* type = source.find("type");
    const auto kind = find_named(distributions, type == nullptr ? "" : read_text(*type, where, issues));
    if (!kind) {
        issues.invalid(where.text() + " has no known type");
        return;
    }
    out.distribution = *kind;
    const bool uniform = *kind == delay::distribution_kind::uniform;
    const bool normal = *kind == delay::distribution_kind::gaussian;
    out.first = read_parameter(source, uniform ? "min" : normal ? "mean" : "median", where, issues);
    out.second = read_parameter(source, uniform ? "max" : normal ? "stdDev" : "p99", where, issues);
    out.distribution_json = source;
    auto& members = out.distribution_json.as_object();
    std::sort(members.begin(), members.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
}

connection_options read_connection_options(const json::value& source, const field_path& where,
                                           read_issues& issues) {
    connection_options out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "suppressContentLengthHeader") {
            out.suppress_content_length_header = read_flag(content, path, issues);
        } else if (name == "contentLengthHeaderOverride") {
            out.content_length_header_override = read_int(content, path, issues);
        } else if (name == "suppressConnectionHeader") {
            out.suppress_connection_header = read_flag(content, path, issues);
        } else if (name == "keepAliveOverride") {
            out.keep_alive_override = read_flag(content, path, issues);
        } else if (name == "chunkSize") {
            out.chunk_size = read_int(content, path, issues);
        } else if (name == "chunkDelay") {
            out.chunk_delay = read_delay(content, path, issues);
        } else if (name == "closeSocket") {
            out.close_socket = read_flag(content, path, issues);
        } else if (name == "closeSocketDelay") {
            out.close_socket_delay = read_delay(content, path, issues);
        } else {
            issues.unsupported(path.text());
        }
    }
    return out;
}

template <class Content>
void set_given(json::value& out, std::string_view name, const std::optional<Content>& content) {
    if (content) out.set(std::string(name), *content);
}

void set_given(json::value& out, std::string_view name, const std::optional<delay>& content) {
    if (content) out.set(std::string(name), write_delay(*content));
}

json::value write_connection_options(const connection_options& source) {
    json::value out(json::object{});
    set_given(out, "chunkDelay", source.chunk_delay);
    set_given(out, "chunkSize", source.chunk_size);
    set_given(out, "closeSocket", source.close_socket);
    set_given(out, "closeSocketDelay", source.close_socket_delay);
    set_given(out, "contentLengthHeaderOverride", source.content_length_header_override);
    set_given(out, "keepAliveOverride", source.keep_alive_override);
    set_given(out, "suppressConnectionHeader", source.suppress_connection_header);
    set_given(out, "suppressContentLengthHeader", source.suppress_content_length_header);
    return out;
}

} // namespace

delay read_delay(const json::value& source, const field_path& where, read_issues& issues) {
    delay out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "timeUnit") {
            const auto unit = find_named(time_units, read_text(content, path, issues));
            if (!unit) issues.invalid(path.text() + " is unknown");
            out.unit = unit.value_or(out.unit);
        } else if (name == "value") {
            out.value = read_integer(content, path, issues).value_or(0);
        } else if (name == "distribution") {
            read_distribution(out, content, path, issues);
        } else {
            issues.unsupported(path.text());
        }
    }
    return out;
}

/// What cannot be sent is refused when it is set, not when it is asked for.
void check_headers(const response& source, const field_path& where, read_issues& issues) {
    const field_path path{&where, "headers"};
    for (const auto& entry : source.headers.entries) {
        const auto& name = entry.name.value;
        if (!std::all_of(name.begin(), name.end(), base::is_token_character))
            issues.invalid(path.text() + ": " + quoted(name) +
                           " cannot be the name of a header: it may have letters, digits and "
                           "!#$%&'*+-.^_`|~ only");
        for (const auto& value : entry.values) {
            if (std::any_of(value.value.begin(), value.value.end(), is_unsendable))
                issues.invalid(path.text() + ": the value of " + quoted(name) +
                               " has a control character, which no header may have");
        }
    }
}

response read_response(const json::value& source, const field_path& where, read_issues& issues) {
    response out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "statusCode") {
            out.status_code = read_int(content, path, issues);
        } else if (name == "reasonPhrase") {
            out.reason_phrase = read_text(content, path, issues);
        } else if (name == "headers") {
            out.headers = read_multi_value(content, path, issues);
        } else if (name == "cookies") {
            out.cookies = read_single_value(content, path, issues);
        } else if (name == "body") {
            out.body = read_body(content, body_use::response, path, issues);
        } else if (name == "delay") {
            out.delay = read_delay(content, path, issues);
        } else if (name == "connectionOptions") {
            out.connection = read_connection_options(content, path, issues);
        } else if (name == "primary") {
            out.primary = read_flag(content, path, issues);
        } else {
            issues.unsupported(path.text());
        }
    }
    check_headers(out, where, issues);
    return out;
}

http_error read_http_error(const json::value& source, read_issues& issues) {
    http_error out;
    constexpr field_path where{nullptr, "httpError"};
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "dropConnection") {
            out.drop_connection = read_flag(content, path, issues);
        } else if (name == "responseBytes") {
            out.response_bytes = decode_base64(read_text(content, path, issues));
            if (!out.response_bytes) issues.invalid(path.text() + " is not valid base64");
            if (out.response_bytes && out.response_bytes->empty()) out.response_bytes.reset();
        } else if (name == "delay") {
            out.delay = read_delay(content, path, issues);
        } else if (name == "primary") {
            out.primary = read_flag(content, path, issues);
        } else {
            issues.unsupported(path.text());
        }
    }
    return out;
}

json::value write_delay(const delay& source) {
    json::value out;
    if (source.distribution != delay::distribution_kind::none)
        out.set("distribution", source.distribution_json);
    out.set("timeUnit", name_of(time_units, source.unit));
    out.set("value", source.value);
    return out;
}

json::value write_response(const response& source, written_form form) {
    json::value out(json::object{});
    set_given(out, "statusCode", source.status_code);
    set_given(out, "reasonPhrase", source.reason_phrase);
    if (!source.headers.empty()) out.set("headers", write_multi_value(source.headers, form));
    if (!source.cookies.empty()) out.set("cookies", write_single_value(source.cookies));
    if (source.body) out.set("body", write_body(*source.body, form));
    set_given(out, "delay", source.delay);
    if (source.connection) out.set("connectionOptions", write_connection_options(*source.connection));
    set_given(out, "primary", source.primary);
    return out;
}

json::value to_json(const response& source) {
    return write_response(source, written_form::api);
}

json::value to_json(const http_error& source) {
    json::value out(json::object{});
    set_given(out, "delay", source.delay);
    set_given(out, "dropConnection", source.drop_connection);
    set_given(out, "primary", source.primary);
    if (source.response_bytes) out.set("responseBytes", encode_base64(*source.response_bytes));
    return out;
}

} // namespace mockfleet::model
