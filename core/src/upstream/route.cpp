// The decision of core.md 3.12, after no expectation has matched.
#include "upstream/route.hpp"

#include "base/ascii.hpp"
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
      attempt_(attempts(settings)), excluded_(settings.text("noProxyHosts")),
      challenge_("Basic realm=\"" + settings.text("proxyAuthenticationRealm") + "\", charset=\"UTF-8\"") {
    read_remote(settings);
    if (settings.has("proxyPass")) read_mappings(settings.text("proxyPass"));
    read_login(settings);
}

void router::read_remote(const config::settings& settings) {
    const auto& text = settings.text("proxyRemoteHost");
    const auto port = settings.integer("proxyRemotePort");
    if (text.empty()) {
        if (port > 0)
            problems_.emplace_back("proxyRemotePort: without proxyRemoteHost it is not used; set both");
        return;
    }
    std::string_view authority = text;
    const bool is_url = text.find("://") != std::string::npos;
    if (is_url) {
        std::string_view rest;
        remote_ = parse_url(text, &rest);
        if (!rest.empty() && rest != "/") remote_.reset();
        authority = authority.substr(authority.find("://") + 3);
    } else {
        remote_ = parse_authority(text, false);
    }
    if (authority.find('@') != std::string_view::npos) remote_.reset();
    if (!remote_) {
        problems_.push_back("proxyRemoteHost: \"" + text + "\" is neither a host name nor https://host");
        return;
    }
    if (port > 0) {
        remote_->port = static_cast<std::uint16_t>(port);
    } else if (!is_url && !has_port(authority)) {
        problems_.push_back("proxyRemoteHost: \"" + text + "\" has no port; set proxyRemotePort too");
        remote_.reset();
    }
    remote_tls_ = remote_ && remote_->tls;
}

void router::read_login(const config::settings& settings) {
    const auto& user = settings.text("proxyAuthenticationUsername");
    const auto& password = settings.text("proxyAuthenticationPassword");
    if (user.empty() != password.empty())
        problems_.emplace_back(
            "proxyAuthenticationUsername and proxyAuthenticationPassword need each other: with one "
            "of them alone everybody could forward; set both or none");
    else if (!user.empty())
        authorization_ = model::encode_base64(user + ":" + password);
}

void router::read_mappings(const std::string& text) {
    const auto document = json::read_tolerant(text);
    if (!document || !document->is_array()) {
        problems_.emplace_back(
            R"(proxyPass: it is no array like [{"pathPrefix": "/api", "targetUri": "http://host"}])");
        return;
    }
    for (const auto& one : document->as_array()) {
        const auto text_of = [&](std::string_view name) {
            const auto* content = one.find(name);
            return content != nullptr && content->is_string() ? content->as_string() : std::string();
        };
        const auto refuse = [&, number = mappings_.size() + 1](const std::string& why) {
            problems_.push_back("proxyPass: entry " + std::to_string(number) + ": " + why);
        };
        if (!one.is_object()) return refuse("it is no object");
        for (const auto& member : one.as_object()) {
            if (member.name != "pathPrefix" && member.name != "targetUri" && member.name != "preserveHost")
                return refuse("unknown \"" + member.name +
                              "\"; pathPrefix, targetUri and preserveHost are known");
        }
        mapping made;
        made.prefix = text_of("pathPrefix");
        if (!made.prefix.starts_with('/'))
            return refuse("pathPrefix \"" + made.prefix + "\" does not begin with a slash");
        std::string_view rest;
        const auto uri = text_of("targetUri");
        const auto to = parse_url(uri, &rest);
        if (!to) return refuse("targetUri \"" + uri + "\" is not of the form http://host:port/path");
        made.to = *to;
        made.path = rest.substr(0, rest.find_first_of("?#"));
        const auto* keep = one.find("preserveHost");
        if (keep != nullptr && !keep->is_bool() && !keep->is_null())
            return refuse("preserveHost is neither true nor false");
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
    return excluded_.names(name) || excluded_.names(authority);
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
        made.to.tls = remote_tls_ || request.secure;
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
    // HTTP/1.0 needs no Host header; what goes out is HTTP/1.1.
    if (!made.host && host.empty()) made.host = host_header(made.to);
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
