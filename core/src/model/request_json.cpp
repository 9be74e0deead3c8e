// JSON codec of request matchers (core.md 2.4).
#include "model/codec.hpp"
#include "model/codec_parts.hpp"

namespace mockfleet::model {
namespace {

constexpr wire_name<protocol> protocols[] = {
    {"HTTP_1_1", protocol::http_1_1},
    {"HTTP_2", protocol::http_2},
    {"HTTP_3", protocol::http_3},
};
constexpr int default_port = 80;

socket_address read_socket_address(const json::value& source, const field_path& where, read_issues& issues) {
    socket_address out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    out.port = default_port;
    out.scheme = "HTTP";
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "host") {
            out.host = read_text(content, path, issues);
        } else if (name == "port") {
            out.port = read_int(content, path, issues);
        } else if (name == "scheme") {
            out.scheme = read_text(content, path, issues);
        } else {
            issues.unsupported(path.text());
        }
    }
    return out;
}

json::value write_socket_address(const socket_address& source) {
    json::value out(json::object{});
    if (!source.host.empty()) out.set("host", source.host);
    if (source.port) out.set("port", *source.port);
    if (!source.scheme.empty()) out.set("scheme", source.scheme);
    return out;
}

void set_text(json::value& out, const char* name, const text_matcher& content) {
    if (!content.blank()) out.set(name, write_text_matcher(content));
}

void set_text(json::value& out, const char* name, const std::string& content) {
    if (!content.empty()) out.set(name, content);
}

void set_map(json::value& out, const char* name, const multi_value_map& content, written_form form) {
    if (!content.empty()) out.set(name, write_multi_value(content, form));
}

/// Plain values only: marks, styles and cookies without a value are not part of the reduced shape.
json::value reduced_map(const multi_value_map& source) {
    json::value out(json::object{});
    for (const auto& entry : source.entries) {
        json::array values;
        for (const auto& text : entry.values)
            values.emplace_back(text.value);
        out.set(entry.name.value, std::move(values));
    }
    return out;
}

json::value reduced_map(const single_value_map& source) {
    json::value out(json::object{});
    for (const auto& [name, content] : source.entries) {
        if (!content.value.empty()) out.set(name.value, content.value);
    }
    return out;
}

} // namespace

request_matcher read_request_matcher(const json::value& source, const field_path& where,
                                     read_issues& issues) {
    request_matcher out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "method") {
            out.method = read_text_matcher(content, path, issues);
        } else if (name == "path") {
            out.path = read_text_matcher(content, path, issues);
        } else if (name == "pathParameters") {
            out.path_parameters = read_multi_value(content, path, issues);
        } else if (name == "queryStringParameters") {
            out.query = read_multi_value(content, path, issues);
        } else if (name == "headers") {
            out.headers = read_multi_value(content, path, issues);
        } else if (name == "cookies") {
            out.cookies = read_single_value(content, path, issues);
        } else if (name == "body") {
            out.body = read_body(content, body_use::matcher, path, issues);
        } else if (name == "secure") {
            out.secure = read_flag(content, path, issues);
        } else if (name == "keepAlive") {
            out.keep_alive = read_flag(content, path, issues);
        } else if (name == "protocol") {
            out.version = find_named(protocols, read_text(content, path, issues));
            if (!out.version) issues.invalid(path.text() + " is unknown");
        } else if (name == "respondBeforeBody") {
            out.respond_before_body = read_flag(content, path, issues);
        } else if (name == "socketAddress") {
            out.socket = read_socket_address(content, path, issues);
        } else if (name == "localAddress") {
            out.local_address = read_text(content, path, issues);
        } else if (name == "remoteAddress") {
            out.remote_address = read_text(content, path, issues);
        } else if (name == "clientCertificateChain") {
            if (content.is_array() && !content.as_array().empty()) out.client_certificate_chain = content;
        } else if (name == "originalBody") {
            out.original_body = read_text(content, path, issues);
        } else if (name == "not") {
            out.negated = read_flag(content, path, issues).value_or(false);
        } else {
            issues.unsupported(path.text());
        }
    }
    // An address of that scheme says the same about the request.
    if (out.socket && out.socket->scheme == "HTTPS" && !out.secure) out.secure = true;
    return out;
}

json::value write_request_matcher(const request_matcher& source, written_form form) {
    json::value out(json::object{});
    if (source.negated) out.set("not", true);
    set_text(out, "method", source.method);
    set_text(out, "path", source.path);
    set_map(out, "pathParameters", source.path_parameters, form);
    set_map(out, "queryStringParameters", source.query, form);
    set_map(out, "headers", source.headers, form);
    if (!source.cookies.empty()) out.set("cookies", write_single_value(source.cookies));
    if (source.keep_alive) out.set("keepAlive", *source.keep_alive);
    if (source.secure) out.set("secure", *source.secure);
    if (source.respond_before_body) out.set("respondBeforeBody", *source.respond_before_body);
    if (!source.client_certificate_chain.is_null())
        out.set("clientCertificateChain", source.client_certificate_chain);
    if (source.socket) out.set("socketAddress", write_socket_address(*source.socket));
    if (source.version) out.set("protocol", name_of(protocols, *source.version));
    set_text(out, "localAddress", source.local_address);
    set_text(out, "remoteAddress", source.remote_address);
    if (source.body) out.set("body", write_body(*source.body, form));
    set_text(out, "originalBody", source.original_body);
    return out;
}

json::value to_json(const request_matcher& source) {
    return write_request_matcher(source, written_form::api);
}

json::value to_reduced_json(const request_matcher& source) {
    json::value out(json::object{});
    if (source.body) out.set("body", write_body(*source.body, written_form::api));
    auto cookies = reduced_map(source.cookies);
    if (!cookies.as_object().empty()) out.set("cookies", std::move(cookies));
    if (!source.headers.empty()) out.set("headers", reduced_map(source.headers));
    if (source.keep_alive) out.set("keepAlive", *source.keep_alive);
    set_text(out, "method", source.method.value);
    set_text(out, "originalBody", source.original_body);
    set_text(out, "path", source.path.value);
    if (source.version) out.set("protocol", name_of(protocols, *source.version));
    if (!source.query.empty()) out.set("queryStringParameters", reduced_map(source.query));
    if (source.secure) out.set("secure", *source.secure);
    return out;
}

} // namespace mockfleet::model
