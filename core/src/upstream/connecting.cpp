// From an endpoint to a connection that requests can be sent on: look-up, guard, connect, proxy, TLS.
#include "upstream/address_guard.hpp"
#include "upstream/exchange.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace mockfleet::upstream {

namespace {

namespace asio = boost::asio;
namespace ip = asio::ip;
using boost::system::error_code;

void set_options(int socket, const options& wanted) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!wanted.tcp_keep_alive) return;
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &wanted.tcp_keep_alive_idle, sizeof(int));
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &wanted.tcp_keep_alive_interval, sizeof(int));
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &wanted.tcp_keep_alive_count, sizeof(int));
}

/// Makes the verification look for the host in the certificate; OpenSSL's own look says so when it is not
/// there.
bool expect_name(SSL* handle, const std::string& name, bool is_address) {
    if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), name.c_str()) == 1;
    SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(handle, name.c_str()) == 1;
}

} // namespace

task<std::optional<failure>> exchange::addresses_of(std::string host, std::vector<ip::address>* into) {
    error_code is_name;
    const auto literal = ip::make_address(host, is_name);
    if (!is_name) {
        *into = {literal};
        co_return std::nullopt;
    }
    resolver::found answer;
    bool answered = false;
    {
        // The answer is handed over on this thread; `question` lets no answer come once this block is left.
        const auto arrived =
            std::make_shared<std::function<void(resolver::found)>>([&](resolver::found made) {
                answer = std::move(made);
                answered = true;
                wake();
            });
        const std::weak_ptr<std::function<void(resolver::found)>> still_here = arrived;
        const auto question =
            client_->names_.ask(host, [where = client_->where_, still_here](resolver::found made) {
                asio::post(where, [still_here, made = std::move(made)]() mutable {
                    if (const auto to = still_here.lock()) (*to)(std::move(made));
                });
            });
        while (!answered && !interrupted_)
            co_await until_woken(http::steady_timer::time_point::max());
    }
    if (!answered) co_return failed(failure::kind::unreached, "the name " + host + " could not be looked up");
    if (answer.addresses.empty())
        co_return failed(failure::kind::unknown,
                         "the name " + host + " could not be looked up: " + answer.failure);
    *into = std::move(answer.addresses);
    co_return std::nullopt;
}

task<std::optional<failure>> exchange::connect() {
    const auto& wanted = *options_;
    auto target = order_.to;
    const bool direct = wanted.direct_hosts.names(target.host);
    const auto& own_proxy = target.tls ? wanted.https_proxy : wanted.http_proxy;
    const bool socks = !direct && !own_proxy && wanted.socks_proxy;
    const auto* const proxy = direct      ? nullptr
                              : own_proxy ? &*own_proxy
                              : socks     ? &*wanted.socks_proxy
                                          : nullptr;
    if (target.tls && !wanted.tls) co_return failed(failure::kind::tls, wanted.tls_problem);

    std::vector<ip::address> addresses;
    if (wanted.block_private || proxy == nullptr) {
        if (auto problem = co_await addresses_of(target.host, &addresses)) co_return problem;
        if (wanted.block_private &&
            std::any_of(addresses.begin(), addresses.end(), [](const auto& one) { return is_private(one); }))
            co_return failed(failure::kind::blocked, "forwarding to " + target.host +
                                                         " is refused, because it is a private or local "
                                                         "address (forwardProxyBlockPrivateNetworks)");
        // The proxy must not look the name up once more: it might find another address.
        if (wanted.block_private && proxy != nullptr) target.host = addresses.front().to_string();
    }
    const auto& first = proxy != nullptr ? *proxy : target;
    if (proxy != nullptr) {
        addresses.clear();
        if (auto problem = co_await addresses_of(proxy->host, &addresses)) co_return problem;
    }
    error_code ec;
    for (const auto& address : addresses) {
        auto& socket = connection_->socket;
        error_code ignored;
        socket.close(ignored);
        if (interrupted_) break;
        const ip::tcp::endpoint at(address, first.port);
        socket.open(at.protocol(), ec);
        if (ec) continue;
        set_options(socket.native_handle(), wanted);
        std::tie(ec) = co_await socket.async_connect(at, waiting);
        if (!ec) break;
    }
    if (ec || interrupted_)
        co_return failed(ec == asio::error::connection_refused && proxy == nullptr ? failure::kind::refused
                                                                                   : failure::kind::unreached,
                         "no connection to " + to_text(first) + (ec ? ": " + ec.message() : std::string()));
    connection_->socket.native_non_blocking(true, ec);
    if (proxy != nullptr) {
        if (auto problem = co_await tunnel(target, socks)) co_return problem;
    }
    if (order_.to.tls) co_return co_await secure();
    co_return std::nullopt;
}

task<std::optional<failure>> exchange::secure() {
    const auto& name = order_.to.host;
    connection_->tls =
        std::make_unique<asio::ssl::stream<http::stream_socket&>>(connection_->socket, *options_->tls);
    auto& stream = *connection_->tls;
    error_code is_name;
    static_cast<void>(ip::make_address(name, is_name));
    if (is_name && SSL_set_tlsext_host_name(stream.native_handle(), name.c_str()) != 1)
        co_return failed(failure::kind::tls, "the name " + name + " cannot be told to the upstream");
    error_code ec;
    if (options_->verify_name && !expect_name(stream.native_handle(), name, !is_name))
        co_return failed(failure::kind::tls, "the name " + name + " cannot be looked for in a certificate");
    std::tie(ec) = co_await stream.async_handshake(asio::ssl::stream_base::client, waiting);
    if (!ec) co_return std::nullopt;
    auto reason = "no TLS with " + to_text(order_.to) + ": " + ec.message();
    const auto verified = SSL_get_verify_result(stream.native_handle());
    if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH)
        reason += " (the certificate does not name the host " + name +
                  "; see forwardProxyTLSHostnameVerificationEnabled)";
    else if (verified != X509_V_OK)
        reason += std::string(" (") + X509_verify_cert_error_string(verified) + ")";
    co_return failed(failure::kind::tls, std::move(reason));
}

} // namespace mockfleet::upstream
