// Which addresses belong to nobody's public network: what a guarded server does not connect to.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace mockfleet::upstream {

/// Loop-back, private, link-local, shared, reserved, multicast and unspecified addresses, and IPv6 addresses
/// that carry such an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
[[nodiscard]] bool is_private(const boost::asio::ip::address& where);

} // namespace mockfleet::upstream
