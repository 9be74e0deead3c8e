// One connection to an upstream: the socket, TLS over it or not, and the reader of its answers.
#pragma once

#include "http/io_worker.hpp"
#include "upstream/options.hpp"
#include "upstream/response_reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace mockfleet::upstream {

/// Coroutines of an I/O thread; a concrete executor, as everywhere on the data plane.
template <class Value>
using task = boost::asio::awaitable<Value, http::executor>;
/// Completion token of their waits: `const auto [failure, size] = co_await ...`.
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<http::executor>> waiting;

struct connection {
    connection(http::executor where, std::shared_ptr<const options> made_with)
        : settings(std::move(made_with)), socket(where), reader(settings->limits) {}

    /// After a complete answer: another request may follow.
    [[nodiscard]] bool reusable() const { return reader.reusable() && !has_unread(); }
    /// Neither closed by the other side nor with bytes that nobody asked for.
    [[nodiscard]] bool is_silent();

    std::shared_ptr<const options> settings; ///< never used under others
    http::stream_socket socket;
    std::unique_ptr<boost::asio::ssl::stream<http::stream_socket&>> tls;
    response_reader reader;
    std::string key; ///< of the pool
    std::chrono::steady_clock::time_point idle_since;

private:
    /// TLS may have taken more off the socket than was asked of it.
    [[nodiscard]] bool has_unread() const;
};

} // namespace mockfleet::upstream
