// Verifications as values (core.md 1.8, 1.9, 11.4).
#pragma once

#include "model/request.hpp"
#include "model/response.hpp"

#include <algorithm>
#include <chrono>
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

/// Who made an answer: this server by an expectation of its own, or another server that it was asked of.
enum class disposition : std::uint8_t { mocked, forwarded };

/// httpResponse of a verification (core.md 11.4). A default one matches every response.
struct response_matcher {
    std::optional<int> status_code; ///< does not count beside a range
    std::string status_range;       ///< statusCodeRange as given; empty = none
    text_matcher reason;
    multi_value_map headers;
    single_value_map cookies;
    std::optional<model::body> body;
    json::object unmatched; ///< echoed, not matched: delay, connectionOptions, primary as given
    bool operator==(const response_matcher&) const = default;
};

/// The longest that a verification waits to become true.
inline constexpr std::chrono::milliseconds longest_verification{60'000};

struct verification {
    std::optional<request_matcher> request; ///< not together with expectation_id
    std::optional<std::string> expectation_id;
    std::optional<response_matcher> response; ///< then it is responses that are counted
    std::optional<model::disposition> disposition;
    verification_times times{1, 1}; ///< absent or {} in JSON = exactly once (core.md 1.8)
    std::optional<std::int64_t> maximum_requests_in_failure;
    std::optional<std::int64_t> timeout_ms; ///< as given; see patience()

    /// How long it may take to become true; 0 = it has to be at once.
    [[nodiscard]] std::chrono::milliseconds patience() const { return capped(timeout_ms); }

    [[nodiscard]] static std::chrono::milliseconds capped(const std::optional<std::int64_t>& given) {
        return std::min(std::chrono::milliseconds(given.value_or(0)), longest_verification);
    }
};

struct verification_sequence {
    std::vector<request_matcher> requests; ///< not together with expectation_ids
    std::vector<std::string> expectation_ids;
    std::vector<response_matcher> responses; ///< when not empty: one per step, if anything else is given
    bool by_id = false;
    std::optional<std::int64_t> maximum_requests_in_failure;
    std::optional<std::int64_t> timeout_ms;

    [[nodiscard]] std::chrono::milliseconds patience() const { return verification::capped(timeout_ms); }
};

} // namespace mockfleet::model
