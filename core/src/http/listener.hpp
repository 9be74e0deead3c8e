// One listening port: opening it, and accepting its connections on the first worker's thread.
#pragma once

#include "base/error.hpp"
#include "http/io_worker.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mockfleet::http {

/// A bound and listening socket that is closed unless taken.
class listening_socket {
public:
    /// Port 0 takes any free one. An empty address means every address, IPv6 included where there is any. The
    /// error's message is what PUT /mockserver/bind answers (core.md 1.10).
    [[nodiscard]] static base::result<listening_socket> open(const std::string& address, std::uint16_t port,
                                                             int backlog);

    listening_socket(listening_socket&& other) noexcept;
    listening_socket& operator=(listening_socket&&) = delete;
    ~listening_socket();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int take();

private:
    listening_socket(int socket, std::uint16_t port) : socket_(socket), port_(port) {}
    int socket_;
    std::uint16_t port_;
};

/// Made on any thread, by std::make_shared; afterwards used on the thread of `context` only. Handlers that
/// are queued already when it is closed keep it alive.
class listener : public std::enable_shared_from_this<listener> {
public:
    using on_accept = std::function<void(int socket)>; ///< takes over a non-blocking socket

    listener(boost::asio::io_context& context, listening_socket source, on_accept accepted);

    void start();
    void close();

private:
    void accept_ready();
    void pause();

    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor> acceptor_;
    steady_timer pause_;
    on_accept accepted_;
    std::int64_t warned_ns_ = 0;
};

} // namespace mockfleet::http
