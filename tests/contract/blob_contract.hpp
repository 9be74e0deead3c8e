// The contract of blob stores: the 17 cases of fleet.md 1.9.1, conditions, paging, threads, lifecycle.
#pragma once

#include "cases.hpp"

#include "plugin/settings.hpp"

#include <string>
#include <vector>

namespace mockfleet::contract {

/// All cases, against the plugin at `file`.
void run_blob_contract(const std::string& file, const std::vector<plugin::setting>& settings, tally& result);

} // namespace mockfleet::contract
