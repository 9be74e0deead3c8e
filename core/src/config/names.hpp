// How a property is called in each source, and the nearest known name to one that is not known.
#pragma once

#include "config/property.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::config {

/// `MOCKSERVER_MAX_EXPECTATIONS`, or the irregular name of the row.
[[nodiscard]] std::string environment_name(const property& about);

/// `max-expectations`, without the dashes in front.
[[nodiscard]] std::string flag_name(const property& about);

/// Lower case without dashes, so that `--server-port`, `--serverPort` and `-serverPort` are one name.
[[nodiscard]] std::string folded(std::string_view flag);

/// Edits (insert, delete, replace, swap neighbours) between two names.
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b);

/// The candidate at the least distance from `name`, compared without case; the first of equals. Empty when
/// none is so near that `name` can be a misspelling of it.
[[nodiscard]] std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

} // namespace mockfleet::config
