// The literal runs every text matched by a Java pattern must contain.
#pragma once

#include "matching/java_pattern.hpp"

#include <string>
#include <vector>

namespace mockfleet::matching {

/// Runs in UTF-8, folded as fold_text folds, longest first, each at most 255 bytes; a text that matches
/// contains each of them once it is folded. That is sound for every letter: whatever a literal matches
/// ignoring case has the literal's own fold. Runs go through groups and fixed repetitions; alternatives,
/// optional parts and look-arounds give nothing.
[[nodiscard]] std::vector<std::string> required_literals(const pattern_node& root);

} // namespace mockfleet::matching
