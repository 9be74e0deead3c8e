// Reading and writing of authorities (RFC 3986 3.2).
#include "upstream/endpoint.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace mockfleet::upstream {

namespace {

constexpr std::uint16_t port_of(bool tls) {
    return tls ? 443 : 80;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool is_host_character(char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f' &&
           std::string_view("/?#@\\[]\"<>").find(c) == std::string_view::npos;
}

} // namespace

std::optional<endpoint> parse_authority(std::string_view authority, bool tls) {
    if (const auto user = authority.rfind('@'); user != std::string_view::npos)
        authority.remove_prefix(user + 1);
    endpoint made;
    made.tls = tls;
    made.port = port_of(tls);
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        made.host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
        if (!port.empty() && port.front() != ':') return std::nullopt;
        if (made.host.find(':') == std::string::npos) return std::nullopt;
    } else {
        const auto colon = authority.find(':');
        made.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) port = authority.substr(colon);
    }
    if (made.host.empty() || !std::all_of(made.host.begin(), made.host.end(), is_host_character))
        return std::nullopt;
    if (port.size() > 1) {
        unsigned number = 0;
        const auto* const end = port.data() + port.size();
        const auto read = std::from_chars(port.data() + 1, end, number);
        if (read.ec != std::errc() || read.ptr != end || number == 0 || number > 65535) return std::nullopt;
        made.port = static_cast<std::uint16_t>(number);
    }
    return made;
}

bool has_port(std::string_view authority) {
    const auto colon = authority.rfind(':');
    return colon != std::string_view::npos && colon + 1 < authority.size() &&
           authority.find(']', colon) == std::string_view::npos &&
           (authority.starts_with('[') || authority.find(':') == colon);
}

std::optional<endpoint> parse_url(std::string_view url, std::string_view* rest) {
    const auto begins_with = [&](std::string_view scheme) {
        return base::equal_ignoring_case(url.substr(0, scheme.size()), scheme);
    };
    const bool tls = begins_with("https://");
    if (!tls && !begins_with("http://")) return std::nullopt;
    url.remove_prefix(tls ? 8 : 7);
    const auto end = std::min(url.find_first_of("/?#"), url.size());
    if (rest != nullptr) *rest = url.substr(end);
    return parse_authority(url.substr(0, end), tls);
}

std::string to_text(const endpoint& one) {
    return bracketed(one.host) + ":" + std::to_string(one.port);
}

std::string host_header(const endpoint& one) {
    return one.port == port_of(one.tls) ? bracketed(one.host) : to_text(one);
}

} // namespace mockfleet::upstream
