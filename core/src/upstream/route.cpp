// The decision of core.md 3.12, after no expectation has matched.
#include "upstream/route.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "config/config.hpp"
#include "model/base64.hpp"
#include "json/reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unistd.h>
#include <utility>

namespace mockfleet::upstream {

namespace {

/// So long a host that a request happens to name may take; longer is spent on one that was configured.
constexpr std::chrono::milliseconds speculative_limit{1000};
constexpr std::string_view basic = "Basic ";

std::string own_host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

void refused_mapping(const std::string& why) {
    base::log::warn("forward-setting", "an entry of proxyPass is not used", {{"reason", why}});
}

/// Address and port of `127.0.0.1:1080` or `[::1]:1080`.
std::pair<std::string_view, std::string_view> split_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos) return {text, {}};
    if (text.front() != '[' && text.find(':') != colon) return {text, {}}; // an IPv6 address without a port
    return {text.substr(0, colon), text.substr(colon + 1)};
}

/// The nodes of a fleet are called by the name of what stands before them, which none of them can know.
bool attempts(const config::settings& settings) {
    if (!settings.flag("attemptToProxyIfNoMatchingExpectation")) return false;
    return !settings.flag("clusterEnabled") ||
           settings.from("attemptToProxyIfNoMatchingExpectation") != config::origin::fallback;
}

} // namespace

router::router(const config::settings& settings, std::string own_mark)
    : own_mark_(std::move(own_mark)), host_name_(own_host_name()),
      most_hops_(static_cast<std::size_t>(std::max<std::int64_t>(settings.integer("forwardLoopMaxHops"), 1))),
      attempt_(attempts(settings)),
      challenge_("Basic realm=\"" + settings.text("proxyAuthenticationRealm") + "\", charset=\"UTF-8\"") {
    if (const auto& host = settings.text("proxyRemoteHost"); !host.empty()) {
        const auto port = settings.integer("proxyRemotePort");
        remote_ = parse_authority(host, false);
        if (remote_ && port > 0) remote_->port = static_cast<std::uint16_t>(port);
        if (!remote_)
            base::log::warn("forward-setting", "proxyRemoteHost is no host name and is not used",
                            {{"value", host}});
    }
    if (settings.has("proxyPass")) read_mappings(settings.text("proxyPass"));
    std::string_view hosts = settings.text("noProxyHosts");
    while (!hosts.empty()) {
        const auto end = std::min(hosts.find(','), hosts.size());
        if (const auto one = base::trim(hosts.substr(0, end)); !one.empty()) excluded_.emplace_back(one);
        hosts.remove_prefix(std::min(end + 1, hosts.size()));
    }
    const auto& user = settings.text("proxyAuthenticationUsername");
    const auto& password = settings.text("proxyAuthenticationPassword");
    if (!user.empty() && !password.empty()) authorization_ = model::encode_base64(user + ":" + password);
}

void router::read_mappings(const std::string& text) {
    const auto document = json::read_tolerant(text);
    if (!document || !document->is_array()) return refused_mapping("proxyPass is no JSON array");
    for (const auto& one : document->as_array()) {
        const auto text_of = [&](std::string_view name) {
            const auto* content = one.find(name);
            return content != nullptr && content->is_string() ? content->as_string() : std::string();
        };
        mapping made;
        made.prefix = text_of("pathPrefix");
        if (made.prefix.empty()) {
            refused_mapping("it has no pathPrefix");
            continue;
        }
        std::string_view rest;
        const auto uri = text_of("targetUri");
        const auto to = parse_url(uri, &rest);
        if (!to) {
            refused_mapping("targetUri \"" + uri + "\" is not of the form http://host:port/path");
            continue;
        }
        made.to = *to;
        made.path = rest.substr(0, rest.find_first_of("?#"));
        const auto* keep = one.find("preserveHost");
        made.keep_host = keep != nullptr && keep->is_bool() && keep->as_bool();
        mappings_.push_back(std::move(made));
    }
}

const router::mapping* router::mapping_of(std::string_view path) const {
    for (const auto& one : mappings_) {
        if (path.starts_with(one.prefix)) return &one;
    }
    return nullptr;
}

bool router::is_loop(const model::request_view& request) const {
    std::size_t hops = 0;
    for (const auto& header : request.headers) {
        if (!base::equal_ignoring_case(header.name, loop_header)) continue;
        if (header.value == own_mark_ || ++hops >= most_hops_) return true;
    }
    return false;
}

bool router::has_hopped_enough(const model::request_view& request) const {
    std::size_t hops = 0;
    for (const auto& header : request.headers) {
        if (base::equal_ignoring_case(header.name, hop_header) && header.value == own_mark_) ++hops;
    }
    return hops >= most_hops_;
}

/// Textually one of this server's names, with the port the connection came to (core.md 3.12).
bool router::is_own(std::string_view authority, const model::request_view& request) const {
    const auto [local, local_port] = split_address(request.local_address);
    const auto [name, port] = split_address(authority);
    const std::string_view usual = request.secure ? "443" : "80";
    if ((port.empty() ? usual : port) != local_port) return false;
    return name == local || name == host_name_ || name == "localhost" || name == "127.0.0.1" ||
           name == "::1" || name == "[::1]";
}

bool router::is_excluded(std::string_view authority) const {
    const auto name = split_address(authority).first;
    return std::any_of(excluded_.begin(), excluded_.end(), [&](const std::string& one) {
        return base::equal_ignoring_case(one, authority) || base::equal_ignoring_case(one, name);
    });
}

route router::decide(const model::request_view& request, std::string_view origin) const {
    route made;
    if (is_loop(request)) {
        made.what = route::verdict::loop;
        return made;
    }
    if (request.method == "CONNECT") return made;
    const auto* const mapped = mapping_of(request.path);
    const auto host = model::find_header(request.headers, "host");
    if (mapped != nullptr) {
        made.to = mapped->to;
        if (!mapped->keep_host) made.host = host_header(mapped->to);
        made.path = mapped->path + std::string(request.path.substr(mapped->prefix.size()));
        if (!made.path->starts_with('/')) made.path->insert(0, 1, '/');
    } else if (remote_) {
        made.to = *remote_;
        made.to.tls = request.secure;
    } else if (!origin.empty()) {
        const auto to = parse_url(origin);
        if (!to || is_own(origin.substr(origin.find("://") + 3), request)) return made;
        made.to = *to;
        made.host = host_header(*to);
    } else {
        if (!attempt_ || host.empty() || is_own(host, request) || is_excluded(host)) return made;
        const auto to = parse_authority(host, request.secure);
        if (!to) return made;
        made.to = *to;
        made.connect_limit = speculative_limit;
    }
    made.what = route::verdict::forward;
    if (mapped == nullptr && !authorization_.empty()) {
        const auto given = model::find_header(request.headers, "proxy-authorization");
        if (!base::equal_ignoring_case(given.substr(0, basic.size()), basic) ||
            given.substr(std::min(basic.size(), given.size())) != authorization_)
            made.what = route::verdict::unauthorized;
    }
    return made;
}

} // namespace mockfleet::upstream
