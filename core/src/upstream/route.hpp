// Where a request that no expectation answers goes (core.md 3.12).
#pragma once

#include "model/request.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/host_list.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::config {
class settings;
} // namespace mockfleet::config

namespace mockfleet::upstream {

/// What is forwarded although nothing matches says through which servers it has come.
inline constexpr std::string_view loop_header = "x-forwarded-by";
/// The same of what an expectation forwards, where a few rounds may be meant.
inline constexpr std::string_view hop_header = "x-mockserver-forwarded-by";

struct route {
    enum class verdict {
        nowhere,      ///< 404
        loop,         ///< has been here before: 404
        unauthorized, ///< 407
        forward,
    };
    verdict what = verdict::nowhere;
    endpoint to;
    std::optional<std::string> host;            ///< the Host header to send; nullopt: the one received
    std::optional<std::string> path;            ///< in place of the one received
    std::chrono::milliseconds connect_limit{0}; ///< 0: the usual one
};

/// The settings of core.md 7.7 that routes depend on. Immutable, any thread.
class router {
public:
    router(const config::settings& settings, std::string own_mark);

    /// One sentence for each setting that cannot be used, with its name.
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

    /// `origin`: scheme and authority of a target in absolute form, or empty.
    [[nodiscard]] route decide(const model::request_view& request, std::string_view origin) const;
    /// Has a request been forwarded by this server, or by too many?
    [[nodiscard]] bool is_loop(const model::request_view& request) const;
    /// Has an expectation of this server forwarded a request as often as is allowed?
    [[nodiscard]] bool has_hopped_enough(const model::request_view& request) const;
    [[nodiscard]] std::size_t most_hops() const { return most_hops_; }
    /// Value of both headers for what this server forwards.
    [[nodiscard]] const std::string& mark() const { return own_mark_; }
    /// Value of `proxy-authenticate` of a 407.
    [[nodiscard]] const std::string& challenge() const { return challenge_; }

private:
    struct mapping {
        std::string prefix;
        endpoint to;
        std::string path;
        bool keep_host = false;
    };
    void read_remote(const config::settings& settings);
    void read_mappings(const std::string& text);
    void read_login(const config::settings& settings);
    [[nodiscard]] const mapping* mapping_of(std::string_view path) const;
    [[nodiscard]] bool is_own(std::string_view authority, const model::request_view& request) const;
    [[nodiscard]] bool is_excluded(std::string_view authority) const;

    std::string own_mark_;
    std::string host_name_;
    std::size_t most_hops_;
    std::vector<mapping> mappings_;
    std::optional<endpoint> remote_;
    bool remote_tls_ = false; ///< whatever the request came by
    bool attempt_;
    host_list excluded_;        ///< noProxyHosts
    std::string authorization_; ///< what clients must send; empty: nothing
    std::string challenge_;
    std::vector<std::string> problems_;
};

} // namespace mockfleet::upstream
