// Verifications as values (core.md 1.8, 1.9).
#pragma once

#include "model/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::model {

/// Bounds on a count; nullopt = unbounded on that side (-1 in JSON).
struct verification_times {
    std::optional<std::int64_t> at_least;
    std::optional<std::int64_t> at_most;
    bool operator==(const verification_times&) const = default;
};

struct verification {
    std::optional<request_matcher> request; ///< exactly one of request, expectation_id
    std::optional<std::string> expectation_id;
    verification_times times{1, 1}; ///< absent or {} in JSON = exactly once (core.md 1.8)
    std::optional<std::int64_t> maximum_requests_in_failure;
};

struct verification_sequence {
    std::vector<request_matcher> requests; ///< exactly one of the two lists
    std::vector<std::string> expectation_ids;
    bool by_id = false;
    std::optional<std::int64_t> maximum_requests_in_failure;
};

} // namespace mockfleet::model
