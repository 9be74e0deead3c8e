// Combinations of settings that cannot work, or are not safe.
#pragma once

#include "settings/settings.hpp"

#include <string>
#include <vector>

namespace mockfleet::replicated {

/// Throws plugin::failure (MF_INVALID) for the first one found; the words say what to set.
void check_settings(settings& one, std::vector<std::string>& warnings);

} // namespace mockfleet::replicated
