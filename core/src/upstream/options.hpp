// How upstreams are reached: timeouts, pool, proxies on the way, TLS, what is refused (core.md 7.5, 7.7).
#pragma once

#include "base/error.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/host_list.hpp"
#include "upstream/response_reader.hpp"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::config {
class settings;
} // namespace mockfleet::config

namespace mockfleet::upstream {

/// Immutable; shared by the clients of all threads.
struct options {
    /// Never fails: what cannot be used is named in `problems`, and what keeps TLS from being used in
    /// `tls_problem`.
    explicit options(const config::settings& settings);

    std::vector<std::string> problems; ///< one sentence for each wrong setting, with its name

    std::chrono::milliseconds connect_limit;        ///< look-up, connection, proxies and TLS together
    std::chrono::milliseconds silence_limit;        ///< without a byte of the answer
    std::chrono::milliseconds stream_silence_limit; ///< the same once an event stream has begun
    response_limits limits;
    std::size_t most_kept_of_stream; ///< bytes of an event stream that the event log keeps

    bool pool;
    std::chrono::milliseconds idle_limit;
    std::size_t most_idle; ///< of one upstream, after a second of idleness

    bool tcp_keep_alive;
    int tcp_keep_alive_idle, tcp_keep_alive_interval, tcp_keep_alive_count;

    bool block_private;

    std::optional<endpoint> http_proxy;
    std::optional<endpoint> https_proxy;
    std::optional<endpoint> socks_proxy;
    std::string proxy_user;
    std::string proxy_password;
    host_list direct_hosts; ///< reached without a proxy

    std::shared_ptr<boost::asio::ssl::context> tls; ///< null: see tls_problem
    bool verify_name;                               ///< against the certificate
    std::string tls_problem;

private:
    [[nodiscard]] std::optional<endpoint> proxy_of(const char* property, std::string_view text);
    void make_tls(const config::settings& settings);
};

} // namespace mockfleet::upstream
