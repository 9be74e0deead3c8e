// Plain TCP: a connection to a name, and a port to listen at.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace mockfleet::replicated {

/// One attempt: the name is looked up if it is one, then every address is tried in turn, all of it within
/// `patience`. `done` comes once, on the loop, never from within the call.
void tcp_connect(boost::asio::io_context& loop, const std::string& host, std::uint16_t port,
                 std::chrono::milliseconds patience,
                 std::function<void(boost::system::error_code, boost::asio::ip::tcp::socket)> done);

/// Listens; at the unspecified IPv6 address for both families, or for IPv4 where there is no other.
[[nodiscard]] boost::system::error_code
tcp_listen(boost::asio::ip::tcp::acceptor& with, const boost::asio::ip::address& address, std::uint16_t port);

} // namespace mockfleet::replicated
