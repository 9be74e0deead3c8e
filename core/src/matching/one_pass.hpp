// A compact byte code for the patterns that can be matched without backtracking over earlier choices.
#pragma once

#include "matching/java_pattern.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::matching {

/// Literals and classes with quantifiers where what follows cannot begin inside the class
/// (`/orders/[0-9]+/items`), any number of unlimited `.*` between parts of fixed length, and one class that
/// does run into what follows (`/files/[^/]+\.json`). Nothing if the pattern needs more than that. About as
/// long as the pattern itself.
[[nodiscard]] std::optional<std::string> compile_one_pass(const java_pattern& pattern);

/// Whether all of `text` matches. `text` must be a pure ASCII subject in lower case, `program` of
/// compile_one_pass.
[[nodiscard]] bool run_one_pass(std::string_view program, std::string_view text);

} // namespace mockfleet::matching
