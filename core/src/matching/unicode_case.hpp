// Simple case mappings of Unicode and the folding by which text is compared ignoring case (Java's rule).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mockfleet::matching {

[[nodiscard]] char32_t upper_case(char32_t code);
[[nodiscard]] char32_t lower_case(char32_t code);

/// lower_case(upper_case(code)): two code points are equal ignoring case exactly if their folds are equal.
/// Unlike lower_case alone it joins i, I, dotted and dotless i; s and U+017F; k and U+212A; sigma and final
/// sigma.
[[nodiscard]] char32_t fold_case(char32_t code);

/// All code points that have this fold, in ascending order; empty if the only one is `fold` itself.
[[nodiscard]] std::span<const char32_t> fold_members(char32_t fold);

/// Every code point outside ASCII whose upper_case or lower_case is not itself, and every one inside ASCII
/// that is a letter; ascending.
[[nodiscard]] std::span<const char32_t> cased_code_points();

/// Folds `text` into `out` (replaced). ASCII takes a fast path; bytes that are not UTF-8 stay as they are.
void fold_text(std::string_view text, std::string& out);

/// Whether the folds of the two texts are equal: Java's equalsIgnoreCase.
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right);

} // namespace mockfleet::matching
