// The wording of differences, as the original prints them in failure texts.
#pragma once

#include "matching/key_values.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// `  <what> expected:`, then each value indented below its label. `reason` may be empty.
[[nodiscard]] std::string mismatch_text(std::string_view what, std::string_view expected,
                                        std::string_view found, std::string_view reason = {});
/// `  string or regex match failed expected: ...`
[[nodiscard]] std::string pattern_mismatch(std::string_view expected, std::string_view found);

enum class map_kind { multi, single };

/// Everything that keeps `rules` from matching `entries`. `none_given` tells a request without a query from
/// one with an empty list.
void explain_key_values(const key_values& rules, std::span<const name_value> entries, map_kind kind,
                        bool none_given, std::vector<std::string>& out);

} // namespace mockfleet::matching
