// JSON codec of what a verification expects of a response (core.md 11.4).
#include "model/codec.hpp"
#include "model/codec_parts.hpp"

namespace mockfleet::model {

response_matcher read_response_matcher(const json::value& source, const field_path& where,
                                       read_issues& issues) {
    response_matcher out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "statusCode") {
            out.status_code = read_int(content, path, issues);
        } else if (name == "statusCodeRange") {
            out.status_range = read_text(content, path, issues);
        } else if (name == "reasonPhrase") {
            out.reason = parse_prefixed(read_text(content, path, issues));
        } else if (name == "headers") {
            out.headers = read_multi_value(content, path, issues);
        } else if (name == "cookies") {
            out.cookies = read_single_value(content, path, issues);
        } else if (name == "body") {
            out.body = read_body(content, body_use::matcher, path, issues);
        } else if (name == "delay" || name == "connectionOptions" || name == "primary") {
            out.unmatched.push_back({name, content});
        } else {
            issues.unsupported(path.text());
        }
    }
    return out;
}

json::value write_response_matcher(const response_matcher& source, written_form form) {
    json::value out(json::object{});
    if (source.status_code) out.set("statusCode", *source.status_code);
    if (!source.status_range.empty()) out.set("statusCodeRange", source.status_range);
    if (!source.reason.blank()) out.set("reasonPhrase", to_prefixed(source.reason));
    if (!source.headers.empty()) out.set("headers", write_multi_value(source.headers, form));
    if (!source.cookies.empty()) out.set("cookies", write_single_value(source.cookies));
    if (source.body) out.set("body", write_body(*source.body, form));
    for (const auto& [name, content] : source.unmatched)
        out.set(name, content);
    return out;
}

json::value to_json(const response_matcher& source) {
    return write_response_matcher(source, written_form::api);
}

json::value to_stored_json(const response_matcher& source) {
    return write_response_matcher(source, written_form::stored);
}

base::result<response_matcher> response_matcher_from_json(const json::value& source) {
    read_issues issues;
    auto read = read_response_matcher(source, {nullptr, "httpResponse"}, issues);
    if (!issues.none()) return issues.first();
    return read;
}

} // namespace mockfleet::model
