// The request target of RFC 9112 3.2 in the parts that are matched.
#pragma once

#include <optional>
#include <string_view>

namespace mockfleet::http {

struct request_target {
    std::string_view path;   ///< within the target, but for "/" in place of an empty one
    std::string_view query;  ///< without '?'
    std::string_view origin; ///< scheme and authority of the absolute form; empty for the others
};

/// Origin form, absolute form, `*`, and anything for CONNECT; nullopt for what is none of these. `target` is
/// not empty.
[[nodiscard]] std::optional<request_target> split_target(std::string_view method, std::string_view target);

} // namespace mockfleet::http
