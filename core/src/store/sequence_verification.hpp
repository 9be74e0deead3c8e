// Answers to verifySequence: requests and answers in an order (core.md 1.9, 11.4), over one node's log or
// several.
#pragma once

#include "base/error.hpp"
#include "model/verification.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"
#include "store/verification.hpp"
#include "store/verification_parts.hpp"
#include "store/verification_target.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::store {

/// As verify(), for sequences.
[[nodiscard]] base::result<std::optional<std::string>>
verify_sequence(event_log& log, const expectations& live, const model::verification_sequence& asked,
                const verification_options& options);

/// By how many nanoseconds the clock of each node (log_snapshot::node) differed from this node's at most;
/// empty when all entries are of one node. Entries of two nodes that are closer than the sum have no known
/// order.
using clock_bounds = std::vector<std::int64_t>;

/// The same in steps.
class sequence_verification {
public:
    [[nodiscard]] static base::result<sequence_verification> of(const expectations& live,
                                                                const model::verification_sequence& asked,
                                                                const verification_options& options);

    /// One per step; none when no log can answer it, and conclude() says why.
    [[nodiscard]] std::span<const verification_target> targets() const {
        return refusal().empty() ? std::span<const verification_target>(steps_)
                                 : std::span<const verification_target>();
    }
    /// Whether the entries hold the sequence, in every order they may have come in or in some. They need be
    /// no more than those that a step selects.
    enum class order { every, some, none };
    [[nodiscard]] order found_in(const log_snapshot& entries, const clock_bounds& bounds) const;
    void note_passed(event_log& log) const;
    /// `since` as for count_verification.
    [[nodiscard]] std::optional<std::string> conclude(event_log& log, const log_snapshot& entries,
                                                      const log_tally& gone, const clock_bounds& bounds,
                                                      std::int64_t since = 0) const;

private:
    sequence_verification(model::verification_sequence asked, const verification_options& options,
                          std::vector<verification_target> steps)
        : asked_(std::move(asked)), options_(options), steps_(std::move(steps)) {}

    [[nodiscard]] traffic what() const {
        return asked_.responses.empty() ? traffic::requests : traffic::responses;
    }
    [[nodiscard]] std::vector<std::size_t> candidates(const log_snapshot& entries) const;
    [[nodiscard]] json::value expected_requests() const;
    [[nodiscard]] std::string refusal() const; ///< empty: there is a question to be answered
    [[nodiscard]] json::value expected() const;
    void note_asked(verification_notes& notes) const;

    model::verification_sequence asked_;
    verification_options options_;
    std::vector<verification_target> steps_;
};

} // namespace mockfleet::store
