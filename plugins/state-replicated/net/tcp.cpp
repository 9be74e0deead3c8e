// Name resolution, connecting and listening with a deadline.
#include "net/tcp.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct attempt {
    explicit attempt(asio::io_context& loop) : resolver(loop), socket(loop), patience(loop) {}
    tcp::resolver resolver;
    tcp::socket socket;
    asio::steady_timer patience;
    std::function<void(boost::system::error_code, tcp::socket)> done;
    bool ended = false;
    void end(boost::system::error_code ec) {
        if (std::exchange(ended, true)) return;
        patience.cancel();
        resolver.cancel();
        const auto then = std::exchange(done, {});
        then(ec, std::move(socket));
    }
};

} // namespace

void tcp_connect(asio::io_context& loop, const std::string& host, std::uint16_t port,
                 std::chrono::milliseconds patience,
                 std::function<void(boost::system::error_code, tcp::socket)> done) {
    auto now = std::make_shared<attempt>(loop);
    now->done = std::move(done);
    now->patience.expires_after(patience);
    now->patience.async_wait([now](boost::system::error_code ec) {
        if (!ec) now->end(asio::error::timed_out);
    });
    boost::system::error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    if (!no_address) {
        now->socket.async_connect({address, port}, [now](boost::system::error_code ec) { now->end(ec); });
        return;
    }
    now->resolver.async_resolve(
        host, std::to_string(port),
        [now](boost::system::error_code ec, const tcp::resolver::results_type& found) {
            if (ec || now->ended) return now->end(ec);
            asio::async_connect(
                now->socket, found,
                [now](boost::system::error_code failed, const tcp::endpoint&) { now->end(failed); });
        });
}

boost::system::error_code tcp_listen(tcp::acceptor& with, const asio::ip::address& address,
                                     std::uint16_t port) {
    boost::system::error_code ec;
    tcp::endpoint at(address, port);
    const bool anywhere = address.is_v6() && address.is_unspecified();
    with.open(at.protocol(), ec);
    if (ec && anywhere) {
        at = {asio::ip::address_v4::any(), port};
        with.open(at.protocol(), ec);
    }
    if (!ec) with.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && at.address().is_v6() && anywhere) {
        boost::system::error_code ignored;
        with.set_option(asio::ip::v6_only(false), ignored);
    }
    if (!ec) with.bind(at, ec);
    if (!ec) with.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
}

} // namespace mockfleet::replicated
