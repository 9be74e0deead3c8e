// The rules of core.md 3.13.
#include "control/cors.hpp"

#include <string_view>

namespace mockfleet::control {

namespace {

constexpr std::string_view default_methods = "CONNECT, DELETE, GET, HEAD, OPTIONS, POST, PUT, PATCH, TRACE";
constexpr std::string_view default_headers =
    "Allow, Content-Encoding, Content-Length, Content-Type, ETag, Expires, Last-Modified, "
    "Location, Server, Vary, Authorization";

std::string allowed_headers(const cors_policy& policy, std::string_view requested) {
    if (!policy.allow_headers.empty() && !requested.empty())
        return policy.allow_headers + ", " + std::string(requested);
    if (!policy.allow_headers.empty()) return policy.allow_headers;
    return std::string(requested.empty() ? default_headers : requested);
}

} // namespace

cors_policy::cors_policy(const config::settings& settings)
    : for_all_responses(settings.flag("enableCORSForAllResponses")),
      allow_credentials(settings.flag("corsAllowCredentials")),
      allow_origin(settings.text("corsAllowOrigin")), allow_methods(settings.text("corsAllowMethods")),
      allow_headers(settings.text("corsAllowHeaders")),
      max_age_seconds(std::to_string(settings.integer("corsMaxAgeInSeconds"))) {
    if (allow_methods.empty()) allow_methods = default_methods;
}

header_list cors_headers(const cors_policy& policy, const model::request_view& request) {
    const auto origin = model::find_header(request.headers, "origin");
    std::string allowed_origin;
    bool credentials_header = true;
    if (origin == "null") {
        allowed_origin = "null";
        credentials_header = false;
    } else if (!origin.empty() && (policy.allow_credentials || policy.allow_origin.empty())) {
        allowed_origin = origin;
    } else {
        allowed_origin = policy.allow_origin.empty() ? "*" : policy.allow_origin;
    }
    // A browser refuses credentials together with the wildcard.
    if (allowed_origin == "*" && policy.allow_credentials) credentials_header = false;

    const auto headers =
        allowed_headers(policy, model::find_header(request.headers, "access-control-request-headers"));
    header_list result;
    result.emplace_back("access-control-allow-origin", allowed_origin);
    if (credentials_header)
        result.emplace_back("access-control-allow-credentials", policy.allow_credentials ? "true" : "false");
    result.emplace_back("access-control-allow-methods", policy.allow_methods);
    result.emplace_back("access-control-allow-headers", headers);
    result.emplace_back("access-control-expose-headers", headers);
    result.emplace_back("access-control-max-age", policy.max_age_seconds);
    return result;
}

bool is_preflight(const model::request_view& request) {
    return request.method == "OPTIONS" && model::find_header(request.headers, "origin").data() != nullptr &&
           model::find_header(request.headers, "access-control-request-method").data() != nullptr;
}

} // namespace mockfleet::control
