// The property names of Java's \p{...} as character classes.
#pragma once

#include "matching/char_class.hpp"

#include <optional>
#include <string_view>

namespace mockfleet::matching {

enum class property_style {
    plain,  ///< (?U) not in force
    unicode ///< (?U): POSIX names mean the Unicode properties
};
enum class property_case { sensitive, insensitive };

/// `name` is what stands between the braces (`Lu`, `IsGreek`, `block=Cyrillic`); nothing if Java does not
/// know it.
[[nodiscard]] std::optional<char_class> java_property(std::string_view name, property_style style,
                                                      property_case casing);

/// The meaning of `\d`, `\w`, `\s`, `\h`, `\v` (lower-case letter only).
[[nodiscard]] const char_class& java_shorthand(char letter, property_style style);
/// What counts as part of a word for `\b`.
[[nodiscard]] const char_class& java_boundary_word(property_style style);

} // namespace mockfleet::matching
