// Sockets by hand, so that one readiness event accepts many connections and hands over plain descriptors.
#include "http/listener.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace mockfleet::http {

namespace {

constexpr int accepts_at_once = 64;
constexpr std::chrono::milliseconds pause_length{100};
constexpr std::int64_t warn_every_ns = 5'000'000'000;

struct bound {
    int socket = -1;
    int failure = 0;
};

bound bind_to(const sockaddr* address, socklen_t size, int backlog) {
    const int socket = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (socket < 0) return {-1, errno};
    const int on = 1;
    const int off = 0;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // accepted sockets inherit it
    if (address->sa_family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(socket, address, size) != 0 || ::listen(socket, backlog) != 0) {
        const int failure = errno;
        ::close(socket);
        return {-1, failure};
    }
    return {socket, 0};
}

bound bind_everywhere(std::uint16_t port, int backlog) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_any;
    const auto both = bind_to(reinterpret_cast<const sockaddr*>(&v6), sizeof v6, backlog);
    if (both.failure != EAFNOSUPPORT && both.failure != EADDRNOTAVAIL) return both;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_ANY);
    return bind_to(reinterpret_cast<const sockaddr*>(&v4), sizeof v4, backlog);
}

std::uint16_t port_of(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

base::error cannot_bind(std::uint16_t port, int failure) {
    const std::string why = std::strerror(failure);
    const auto start = "Exception while binding MockServer to port " + std::to_string(port);
    if (failure == EADDRINUSE) return {base::errc::conflict, start + " port already in use: " + why};
    return {base::errc::invalid, start + ": " + why};
}

bool is_passing(int failure) {
    // Errors of one connection that was given up before it was accepted (accept(2)).
    return failure == EINTR || failure == ECONNABORTED || failure == EPROTO || failure == ENETDOWN ||
           failure == ENETUNREACH || failure == EHOSTUNREACH || failure == EHOSTDOWN || failure == ENONET ||
           failure == ENOPROTOOPT || failure == EOPNOTSUPP;
}

} // namespace

base::result<listening_socket> listening_socket::open(const std::string& address, std::uint16_t port,
                                                      int backlog) {
    bound made;
    if (address.empty()) {
        made = bind_everywhere(port, backlog);
    } else {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
        addrinfo* found = nullptr;
        const int failure = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
        if (failure != 0)
            return base::invalid("the address \"" + address +
                                 "\" to listen on is unknown: " + ::gai_strerror(failure));
        const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
        made = bind_to(found->ai_addr, found->ai_addrlen, backlog);
    }
    if (made.socket < 0) return cannot_bind(port, made.failure);
    return listening_socket(made.socket, port_of(made.socket));
}

listening_socket::listening_socket(listening_socket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}

listening_socket::~listening_socket() {
    if (socket_ >= 0) ::close(socket_);
}

int listening_socket::take() {
    return std::exchange(socket_, -1);
}

listener::listener(boost::asio::io_context& context, listening_socket source, on_accept accepted)
    : acceptor_(context), pause_(context), accepted_(std::move(accepted)) {
    acceptor_.assign(boost::asio::ip::tcp::v6(), source.take());
}

void listener::start() {
    acceptor_.async_wait(boost::asio::socket_base::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& failure) {
                             if (!failure) self->accept_ready();
                         });
}

void listener::accept_ready() {
    for (int i = 0; i < accepts_at_once && acceptor_.is_open(); ++i) {
        const int socket =
            ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            accepted_(socket);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (!is_passing(errno)) {
            return pause();
        }
    }
    if (acceptor_.is_open()) start();
}

/// Out of descriptors or memory: the queue of the kernel holds the clients until some are free again.
void listener::pause() {
    const auto now = base::monotonic_ns();
    if (warned_ns_ == 0 || now - warned_ns_ > warn_every_ns) {
        base::log::warn("accept-failed", "connections cannot be accepted for now",
                        {{"error", std::strerror(errno)}});
        warned_ns_ = now;
    }
    pause_.expires_after(pause_length);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
        if (!failure && self->acceptor_.is_open()) self->start();
    });
}

void listener::close() {
    boost::system::error_code ignored;
    pause_.cancel();
    acceptor_.close(ignored);
}

} // namespace mockfleet::http
