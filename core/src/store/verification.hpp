// Answers to verify and verifySequence (core.md 1.8, 1.9).
#pragma once

#include "base/error.hpp"
#include "model/verification.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace mockfleet::store {

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
[[nodiscard]] base::result<std::optional<std::string>>
verify_sequence(event_log& log, const expectations& live, const model::verification_sequence& asked,
                const verification_options& options);

} // namespace mockfleet::store
