// Reading JSON: the tolerant reader of the control plane (core.md 1.1.5).
#pragma once

#include "base/error.hpp"
#include "json/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::json {

/// Deeper documents are refused.
inline constexpr int max_depth = 512;

/// Why and where a text is not JSON.
struct parse_failure {
    bool end_of_input = false; ///< the text stops too early, as opposed to holding something wrong
    std::string what;          ///< one line without the place
    std::size_t line = 1;      ///< from 1
    std::size_t column = 1;    ///< from 1, in bytes
};

/// Parses the first complete value of `text` into `out`; what follows it is ignored. Accepts comments (// /*
/// */ #), unquoted names, single quotes, trailing commas, control characters in strings, a backslash before
/// any character, leading zeros (taken off) and NaN, which becomes the string "NaN" (core.md 1.1.5). Of
/// duplicate names the last value wins, at the place of the first. Lone surrogates become U+FFFD. Invalid
/// UTF-8 and documents deeper than `max_depth` are failures. `out` is unspecified after a failure.
[[nodiscard]] std::optional<parse_failure> parse_tolerant(std::string_view text, value& out);

/// The same as a result; the message (errc::invalid) names what was found, line and column.
[[nodiscard]] base::result<value> read_tolerant(std::string_view text);

} // namespace mockfleet::json
