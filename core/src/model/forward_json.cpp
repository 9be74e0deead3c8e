// JSON codec of forward actions (core.md 2.10).
#include "model/codec.hpp"
#include "model/codec_parts.hpp"

#include <algorithm>
#include <string_view>

namespace mockfleet::model {

namespace {

/// Whatever could end the line or the authority that the name is written to (RFC 3986 3.2.2).
bool is_out_of_place(char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
           std::string_view("/?#@\\[]\"<>").find(c) != std::string_view::npos;
}

/// An IPv6 address may stand in brackets.
std::string read_host(const json::value& content, const field_path& path, read_issues& issues) {
    auto host = read_text(content, path, issues);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (std::any_of(host.begin(), host.end(), is_out_of_place))
        issues.invalid(path.text() + " must be a host name or an address, without scheme, port or path");
    return host;
}

} // namespace

http_forward read_http_forward(const json::value& source, read_issues& issues) {
    http_forward out;
    constexpr field_path where{nullptr, "httpForward"};
    if (!source.is_object()) {
        issues.invalid("httpForward must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        const field_path path{&where, name};
        if (name == "host") {
            out.host = read_host(content, path, issues);
        } else if (name == "port") {
            out.port = read_int(content, path, issues).value_or(out.port);
        } else if (name == "scheme") {
            out.scheme = read_text(content, path, issues);
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

json::value to_json(const http_forward& source) {
    json::value out(json::object{});
    if (source.delay) out.set("delay", write_delay(*source.delay));
    if (!source.host.empty()) out.set("host", source.host);
    out.set("port", source.port);
    if (source.primary) out.set("primary", *source.primary);
    out.set("scheme", source.scheme);
    return out;
}

} // namespace mockfleet::model
