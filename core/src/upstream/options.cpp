// Settings to options; the TLS context is made here, once for all connections.
#include "upstream/options.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "config/config.hpp"

#include <algorithm>

namespace mockfleet::upstream {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::optional<endpoint> proxy_of(const char* property, const std::string& text) {
    if (text.empty()) return std::nullopt;
    auto made = text.find("://") == std::string::npos ? parse_authority(text, false) : parse_url(text);
    if (!made)
        base::log::warn("forward-setting",
                        "a proxy for forwarding is not of the form host:port and is not used",
                        {{"property", property}, {"value", text}});
    return made;
}

std::vector<std::string> hosts_of(std::string_view text) {
    std::vector<std::string> made;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(",|"), text.size());
        const auto one = base::trim(text.substr(0, end));
        if (!one.empty()) made.push_back(base::to_lower(one));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return made;
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
      direct_hosts(hosts_of(settings.text("noProxyHosts"))) {
    most_kept_of_stream =
        static_cast<std::size_t>(std::max<std::int64_t>(settings.integer("maxStreamingCaptureBytes"), 0));
    limits.body = static_cast<std::size_t>(settings.integer("maxResponseBodySize"));

    auto made = std::make_shared<ssl::context>(ssl::context::tls_client);
    error_code failure;
    const auto failed = [&](const std::string& what) {
        tls_problem = what + ": " + failure.message();
        base::log::warn("forward-setting", "TLS cannot be used for forwarding", {{"error", tls_problem}});
    };
    const auto& trust = settings.text("forwardProxyTLSX509CertificatesTrustManagerType");
    verify_name = trust != "ANY" && settings.flag("forwardProxyTLSHostnameVerificationEnabled");
    made->set_verify_mode(trust == "ANY" ? ssl::verify_none : ssl::verify_peer, failure);
    if (trust == "JVM") {
        made->set_default_verify_paths(failure);
        if (failure) {
            failed("the system's certificates cannot be read");
            return;
        }
    }
    if (trust == "CUSTOM") {
        const auto& file = settings.text("forwardProxyTLSCustomTrustX509Certificates");
        made->load_verify_file(file, failure);
        if (failure) {
            failed("forwardProxyTLSCustomTrustX509Certificates \"" + file + "\" is no readable PEM file");
            return;
        }
    }
    const auto& chain = settings.text("forwardProxyCertificateChain");
    const auto& key = settings.text("forwardProxyPrivateKey");
    if (!chain.empty()) {
        made->use_certificate_chain_file(chain, failure);
        if (failure) {
            failed("forwardProxyCertificateChain \"" + chain + "\" is no readable PEM file");
            return;
        }
    }
    if (!key.empty()) {
        made->use_private_key_file(key, ssl::context::pem, failure);
        if (failure) {
            failed("forwardProxyPrivateKey is no readable PEM file of the chain's key");
            return;
        }
    }
    tls = std::move(made);
}

bool options::is_direct(std::string_view host) const {
    const auto name = base::to_lower(host);
    return std::any_of(direct_hosts.begin(), direct_hosts.end(), [&](const std::string& one) {
        if (one.starts_with("*.")) return name.ends_with(std::string_view(one).substr(1));
        if (one.starts_with('.')) return name.ends_with(one) || name == one.substr(1);
        return name == one;
    });
}

} // namespace mockfleet::upstream
