// Settings to options; the TLS context is made here, once for all connections.
#include "upstream/options.hpp"

#include "base/ascii.hpp"
#include "config/config.hpp"

#include <algorithm>

namespace mockfleet::upstream {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::string unreadable(const char* property, const std::string& file, const error_code& why) {
    return std::string(property) + ": \"" + file + "\" cannot be read as a PEM file: " + why.message();
}

} // namespace

options::options(const config::settings& settings)
    : connect_limit(settings.duration("socketConnectionTimeout")),
      silence_limit(settings.duration("maxSocketTimeout")),
      stream_silence_limit(std::chrono::seconds(settings.integer("streamIdleTimeoutSeconds"))),
      pool(settings.flag("forwardConnectionPoolEnabled")),
      idle_limit(settings.duration("forwardConnectionPoolIdleTimeoutMillis")),
      most_idle(static_cast<std::size_t>(
          std::max<std::int64_t>(settings.integer("forwardConnectionPoolMaxIdlePerKey"), 0))),
      tcp_keep_alive(settings.flag("forwardSocketKeepAlive")),
      tcp_keep_alive_idle(static_cast<int>(settings.integer("forwardSocketKeepAliveIdleSeconds"))),
      tcp_keep_alive_interval(static_cast<int>(settings.integer("forwardSocketKeepAliveIntervalSeconds"))),
      tcp_keep_alive_count(static_cast<int>(settings.integer("forwardSocketKeepAliveCount"))),
      block_private(settings.flag("forwardProxyBlockPrivateNetworks")),
      http_proxy(proxy_of("forwardHttpProxy", settings.text("forwardHttpProxy"))),
      https_proxy(proxy_of("forwardHttpsProxy", settings.text("forwardHttpsProxy"))),
      socks_proxy(proxy_of("forwardSocksProxy", settings.text("forwardSocksProxy"))),
      proxy_user(settings.text("forwardProxyAuthenticationUsername")),
      proxy_password(settings.text("forwardProxyAuthenticationPassword")),
      direct_hosts(settings.text("noProxyHosts")) {
    most_kept_of_stream =
        static_cast<std::size_t>(std::max<std::int64_t>(settings.integer("maxStreamingCaptureBytes"), 0));
    limits.body = static_cast<std::size_t>(settings.integer("maxResponseBodySize"));

    if (proxy_user.empty() && !proxy_password.empty())
        problems.emplace_back("forwardProxyAuthenticationPassword: without "
                              "forwardProxyAuthenticationUsername it is not used; set both");
    make_tls(settings);
    if (!tls) problems.push_back(tls_problem);
}

std::optional<endpoint> options::proxy_of(const char* property, std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto authority = text;
    const std::string_view scheme =
        std::string_view(property) == "forwardSocksProxy" ? "socks5://" : "http://";
    if (base::equal_ignoring_case(authority.substr(0, scheme.size()), scheme))
        authority.remove_prefix(scheme.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    auto made = has_port(authority) ? parse_authority(authority, false) : std::nullopt;
    if (!made || authority.find('@') != std::string_view::npos) {
        problems.push_back(std::string(property) + ": \"" + std::string(authority) +
                           "\" is not host:port of a proxy (logins are set by "
                           "forwardProxyAuthenticationUsername and ...Password)");
        return std::nullopt;
    }
    return made;
}

void options::make_tls(const config::settings& settings) {
    auto made = std::make_shared<ssl::context>(ssl::context::tls_client);
    error_code failure;
    const auto& trust = settings.text("forwardProxyTLSX509CertificatesTrustManagerType");
    verify_name = trust != "ANY" && settings.flag("forwardProxyTLSHostnameVerificationEnabled");
    made->set_verify_mode(trust == "ANY" ? ssl::verify_none : ssl::verify_peer, failure);
    if (trust == "JVM") {
        made->set_default_verify_paths(failure);
        if (failure) {
            tls_problem = "the certificates that the system trusts cannot be read: " + failure.message();
            return;
        }
    }
    if (trust == "CUSTOM") {
        const auto& file = settings.text("forwardProxyTLSCustomTrustX509Certificates");
        made->load_verify_file(file, failure);
        if (failure) {
            tls_problem = file.empty()
                              ? "forwardProxyTLSX509CertificatesTrustManagerType CUSTOM needs the file of "
                                "forwardProxyTLSCustomTrustX509Certificates"
                              : unreadable("forwardProxyTLSCustomTrustX509Certificates", file, failure);
            return;
        }
    }
    const auto& chain = settings.text("forwardProxyCertificateChain");
    const auto& key = settings.text("forwardProxyPrivateKey");
    if (chain.empty() != key.empty()) {
        tls_problem =
            "forwardProxyCertificateChain and forwardProxyPrivateKey need each other; set both or none";
        return;
    }
    if (!chain.empty()) {
        made->use_certificate_chain_file(chain, failure);
        if (failure) {
            tls_problem = unreadable("forwardProxyCertificateChain", chain, failure);
            return;
        }
        made->use_private_key_file(key, ssl::context::pem, failure);
        if (failure) {
            tls_problem =
                "forwardProxyPrivateKey: it is no readable PEM file of the chain's key: " + failure.message();
            return;
        }
    }
    tls = std::move(made);
}

} // namespace mockfleet::upstream
