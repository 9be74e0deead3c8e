// Reading JSON: the tolerant reader of the control plane (core.md 1.1.5).
#pragma once

#include "base/error.hpp"
#include "json/value.hpp"

#include <string_view>

namespace mockfleet::json {

/// Parses the first complete value of `text`; what follows it is ignored. Accepts comments (// /* */ #), unquoted names,
/// single quotes, trailing commas, control characters in strings, leading zeros and NaN (core.md 1.1.5).
/// Errors (errc::invalid) name line, column and what was found. Depth is limited to `max_depth`. Invalid UTF-8 is an error.
[[nodiscard]] base::result<value> read_tolerant(std::string_view text);

inline constexpr int max_depth = 512;

} // namespace mockfleet::json
