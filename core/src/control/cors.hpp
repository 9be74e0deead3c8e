// Cross-origin headers (core.md 3.13): on every control answer, on mocked answers when configured, and for
// preflights.
#pragma once

#include "config/config.hpp"
#include "model/request.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mockfleet::control {

/// The CORS properties, copied once so that requests do not look them up.
struct cors_policy {
    explicit cors_policy(const config::settings& settings);

    bool for_all_responses;
    bool allow_credentials;
    std::string allow_origin;
    std::string allow_methods;
    std::string allow_headers;
    std::string max_age_seconds;
};

using header_list = std::vector<std::pair<std::string, std::string>>;

/// The six headers of core.md 3.13 for an answer to `request`, in the order in which the original sends them.
[[nodiscard]] header_list cors_headers(const cors_policy& policy, const model::request_view& request);

/// OPTIONS with Origin and Access-Control-Request-Method.
[[nodiscard]] bool is_preflight(const model::request_view& request);

} // namespace mockfleet::control
