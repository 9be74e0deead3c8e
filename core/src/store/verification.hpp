// Answers to verify: how often a request was received, or answered in a way (core.md 1.8, 11.4).
#pragma once

#include "base/error.hpp"
#include "model/verification.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"
#include "store/verification_parts.hpp"
#include "store/verification_target.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::store {

class verification_notes;

struct verification_options {
    std::int64_t maximum_requests =
        10; ///< maximumNumberOfRequestToReturnInVerificationFailure, unless the verification says
    bool detailed = true; ///< detailedVerificationFailures
};

/// nullopt: it holds (202). Otherwise the text of the failure (406). Error not_found with the text of the 400
/// answer: an id that no expectation has or had. Everything recorded before the call is seen; VERIFICATION
/// entries are added to the log. Requests that the log had to give up are counted where their counts decide,
/// otherwise the verification fails and says why.
[[nodiscard]] base::result<std::optional<std::string>> verify(event_log& log, const expectations& live,
                                                              const model::verification& asked,
                                                              const verification_options& options);

/// The same in steps, for entries that are not of this node alone.
class count_verification {
public:
    [[nodiscard]] static base::result<count_verification>
    of(const expectations& live, const model::verification& asked, const verification_options& options);

    /// One.
    [[nodiscard]] std::span<const verification_target> targets() const { return targets_; }
    /// Does the count alone decide that it holds?
    [[nodiscard]] bool holds(const log_tally& counted) const;
    /// Leaves the entries of a verification that holds.
    void note_passed(event_log& log) const;
    /// The verdict, with its entries left in `log`; of `gone` only what was evicted counts. `since` is the
    /// stamp at which it was asked; it matters when the verification gives time.
    [[nodiscard]] std::optional<std::string> conclude(event_log& log, const log_snapshot& entries,
                                                      const log_tally& gone, std::int64_t since = 0) const;

private:
    count_verification(model::verification asked, const verification_options& options,
                       verification_target wanted)
        : asked_(std::move(asked)), options_(options) {
        targets_.push_back(std::move(wanted));
    }
    [[nodiscard]] const verification_target& wanted() const { return targets_.front(); }
    [[nodiscard]] traffic what() const { return asked_.response ? traffic::responses : traffic::requests; }
    [[nodiscard]] json::value expected() const;
    [[nodiscard]] std::vector<std::size_t> candidates(const log_snapshot& entries) const;
    [[nodiscard]] std::string otherwise_line(const log_snapshot& entries,
                                             const std::vector<std::size_t>& recorded) const;
    [[nodiscard]] std::uint64_t least() const;
    [[nodiscard]] bool admits(std::uint64_t count) const;
    void note_asked(verification_notes& notes) const;

    model::verification asked_;
    verification_options options_;
    std::vector<verification_target> targets_;
};

} // namespace mockfleet::store
