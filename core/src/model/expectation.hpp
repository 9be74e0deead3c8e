// An expectation (core.md 2.1, 2.2): matcher, lifetime and action.
#pragma once

#include "model/request.hpp"
#include "model/response.hpp"
#include "model/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::model {

/// core.md 2.2: unlimited, or a number of matches left.
struct times {
    std::optional<std::int64_t> remaining; ///< nullopt = unlimited
    bool operator==(const times&) const = default;
};

/// core.md 2.2: unlimited, or a span from creation or last update.
struct time_to_live {
    bool unlimited = true;
    time_unit unit = time_unit::seconds;
    std::int64_t value = 0;
    std::optional<std::int64_t> end_date_ms; ///< epoch milliseconds; given back by the persistence file
    bool operator==(const time_to_live&) const = default;
};

struct expectation {
    std::string id; ///< empty in a request to create one; the store fills in a random UUID
    std::int32_t priority = 0;
    std::optional<int> percentage;
    std::optional<request_matcher> request; ///< absent = matches every request
    model::times times;
    model::time_to_live time_to_live;
    std::optional<model::response> response;    ///< httpResponse
    std::vector<model::response> responses;     ///< httpResponses
    std::optional<std::string> response_mode;   ///< SEQUENTIAL (default) or RANDOM
    std::optional<model::http_error> error;     ///< httpError
    std::optional<model::http_forward> forward; ///< httpForward
    std::string scenario_name;                  ///< of these three an empty one is as good as none
    std::string scenario_state;
    std::string new_scenario_state;
    std::vector<scenario_event> cross_protocol_scenarios;
    bool operator==(const expectation&) const = default;

    // Of several actions the one marked as primary is played; the codec admits no others.

    [[nodiscard]] bool answers_with_error() const {
        return error && (alone(1) || error->primary.value_or(false));
    }
    [[nodiscard]] bool forwards() const { return forward && (alone(1) || forward->primary.value_or(false)); }

    /// Is that the number of actions?
    [[nodiscard]] bool alone(int actions) const {
        const bool responds = response || !responses.empty();
        return (responds ? 1 : 0) + (error ? 1 : 0) + (forward ? 1 : 0) == actions;
    }
};

} // namespace mockfleet::model
