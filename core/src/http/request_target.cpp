// Taking a request target apart.
#include "http/request_target.hpp"

#include <algorithm>

namespace mockfleet::http {

namespace {

bool is_scheme(std::string_view text) {
    const auto alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && alpha(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}

} // namespace

std::optional<request_target> split_target(std::string_view method, std::string_view target) {
    request_target made;
    if (target.front() != '/' && target != "*" && method != "CONNECT") {
        const auto scheme_end = target.find("://");
        if (scheme_end == std::string_view::npos || !is_scheme(target.substr(0, scheme_end)))
            return std::nullopt;
        const auto path_begin = std::min(target.find_first_of("/?", scheme_end + 3), target.size());
        made.origin = target.substr(0, path_begin);
        target.remove_prefix(path_begin);
    }
    const auto query = target.find('?');
    made.path = target.substr(0, query);
    if (query != std::string_view::npos) made.query = target.substr(query + 1);
    if (made.path.empty()) made.path = "/"; // absolute form without a path
    return made;
}

} // namespace mockfleet::http
