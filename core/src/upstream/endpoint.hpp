// A server that requests are forwarded to: its name, port, and whether TLS is spoken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::upstream {

struct endpoint {
    std::string host; ///< a name or an address; IPv6 without brackets
    std::uint16_t port = 80;
    bool tls = false;
    bool operator==(const endpoint&) const = default;
};

/// `host`, `host:port`, `[v6]`, `[v6]:port`; without a port the one of the scheme. nullopt: none of these.
/// What stands before an `@` is no part of the address.
[[nodiscard]] std::optional<endpoint> parse_authority(std::string_view authority, bool tls);
/// Does an authority say its port?
[[nodiscard]] bool has_port(std::string_view authority);
/// `http://authority` or `https://authority`, followed by a path or not, which `rest` becomes.
[[nodiscard]] std::optional<endpoint> parse_url(std::string_view url, std::string_view* rest = nullptr);

/// `host:port`, IPv6 in brackets.
[[nodiscard]] std::string to_text(const endpoint& one);
/// As the Host header has it: without the port that the scheme implies.
[[nodiscard]] std::string host_header(const endpoint& one);

} // namespace mockfleet::upstream
