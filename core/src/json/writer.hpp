// Writing JSON: the pretty layout of the control plane (core.md 2.15) and a compact one.
#pragma once

#include "json/value.hpp"

#include <string>
#include <string_view>

namespace mockfleet::json {

/// Two-space indent, `"name" : value`, `[ {` ... `}, {` ... `} ]`, `[ "a", "b" ]`, `{ }`; \n line ends, no
/// newline at the end.
[[nodiscard]] std::string pretty(const value& document);
/// The same, appended to `out`, as if the document stood at nesting depth `depth`.
void pretty_to(std::string& out, const value& document, int depth = 0);
/// The pretty layout with each array item on a line of its own, as documents are echoed in error texts
/// (core.md 1.2).
[[nodiscard]] std::string pretty_lines(const value& document);
/// No blanks.
[[nodiscard]] std::string compact(const value& document);
/// `text` as a JSON string literal with quotes; valid UTF-8 is not escaped, the control characters are.
void quote_to(std::string& out, std::string_view text);

} // namespace mockfleet::json
