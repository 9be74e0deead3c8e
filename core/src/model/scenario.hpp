// What an expectation says about scenarios beyond its own state: events that move others (contract
// fleet 2.6).
#pragma once

#include <cstdint>
#include <string>

namespace mockfleet::model {

enum class scenario_trigger : std::uint8_t { dns_query, websocket_connect, grpc_request, http_request };

/// An entry of crossProtocolScenarios: an event of that kind moves a scenario, whatever its state.
struct scenario_event {
    scenario_trigger trigger = scenario_trigger::http_request;
    std::string pattern; ///< a part of the identifier (HTTP: the path); empty = every event
    std::string scenario;
    std::string target_state;
    bool operator==(const scenario_event&) const = default;
};

} // namespace mockfleet::model
