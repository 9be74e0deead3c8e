// The addresses of a connection as text.
#pragma once

#include <string>

namespace mockfleet::http {

/// `127.0.0.1:1080` or `[::1]:1080`; an IPv4 address that was mapped into IPv6 is written as IPv4. Empty when
/// the socket is gone.
[[nodiscard]] std::string local_address(int socket);
[[nodiscard]] std::string remote_address(int socket);

} // namespace mockfleet::http
