// The texts that name nodes: host:peer-port[:ack-port], what they leave out, and whether they stay on this
// host.
#pragma once

#include "settings/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

struct host_port {
    std::string host;
    std::uint16_t port = 0;
};

/// "host:port" or "[v6]:port".
[[nodiscard]] std::optional<host_port> parse_host_port(std::string_view text);

/// What is left out is taken from the own ports: the peer port as it is, the ack port as far from the peer
/// port as here.
[[nodiscard]] std::optional<seed> parse_seed(std::string_view text, std::uint16_t own_peer_port,
                                             std::uint16_t own_ack_port);

/// The name of the engine's member at this place: the same wherever the same list is read.
[[nodiscard]] std::string member_name(std::string_view host, std::uint16_t peer_port);

/// localhost, 127.x.y.z or ::1.
[[nodiscard]] bool is_loopback(std::string_view host);

/// host:port, with brackets around an IPv6 address.
[[nodiscard]] std::string authority(std::string_view host, std::uint16_t port);

} // namespace mockfleet::replicated
