// The cases of the state contract, by subject; each list works on the open fixture.
#pragma once

#include "cases.hpp"
#include "state_fixture.hpp"

#include <vector>

namespace mockfleet::contract {

/// One key and one space: values, versions, conditions, names (state_contract.cpp).
std::vector<contract_case> key_cases(state_fixture& state);
/// scan, batch, add (state_contract_groups.cpp).
std::vector<contract_case> group_cases(state_fixture& state);
/// Several threads at once (state_contract_threads.cpp).
std::vector<contract_case> thread_cases(state_fixture& state);
/// Events and the lifecycle; the last case closes the fixture (state_contract_events.cpp).
std::vector<contract_case> event_cases(state_fixture& state);

/// All of them, against the plugin at `file`.
void run_state_contract(const std::string& file, const std::vector<plugin::setting>& settings, tally& result);

} // namespace mockfleet::contract
