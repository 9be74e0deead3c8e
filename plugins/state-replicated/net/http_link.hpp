// One connection to an engine, in plain text or TLS: connect, write, and a read loop that also notices an end
// while nothing is asked.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// Where an engine answers: of "http://10.0.0.1:2379" and the like.
struct http_origin {
    bool tls = false;
    std::string host; ///< without brackets
    std::uint16_t port = 0;

    [[nodiscard]] std::string authority() const; ///< host:port, for the Host header and for people
    bool operator==(const http_origin&) const = default;
};

/// A scheme other than http and https, or a missing host or port, is nullopt; a path is ignored.
[[nodiscard]] std::optional<http_origin> parse_origin(std::string_view url);

/// `tls` is given for https origins; `check_name` compares the certificate's names with the host.
struct tls_choice {
    std::shared_ptr<boost::asio::ssl::context> context;
    bool check_name = true;
    bool h2 = false; ///< only HTTP/2 will do (ALPN)
};

/// Callbacks come on the executor, never from within a call; none after close().
class http_link : public std::enable_shared_from_this<http_link> {
public:
    struct listener {
        std::function<void()> connected;
        std::function<void(std::string_view)> bytes;
        /// Once, for whatever ended it; `refused`: nobody listens there.
        std::function<void(const std::string& reason, bool refused)> ended;
        /// What write() was given has left.
        std::function<void()> written = {};
    };

    http_link(const boost::asio::any_io_executor& on, http_origin to, tls_choice tls);

    void open(listener who);
    void write(std::string text); ///< one at a time, after connected
    void close();

private:
    using tcp = boost::asio::ip::tcp;

    void connect_next();
    void handshake();
    [[nodiscard]] bool chose_h2();
    void ready();
    void read();
    void write_rest();
    void end(const std::string& reason, bool refused = false);

    http_origin to_;
    tls_choice tls_;
    tcp::resolver resolver_;
    tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<tcp::socket&>> secure_;
    std::vector<tcp::endpoint> addresses_;
    std::size_t next_address_ = 0;
    listener who_;
    std::string writing_;
    std::array<char, 32 * 1024> buffer_{};
    bool connected_ = false;
    bool closed_ = false;
};

} // namespace mockfleet::replicated
