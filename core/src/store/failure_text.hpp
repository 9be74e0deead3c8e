// The parts of a failed verification's text that show how recorded requests differ from what was expected
// (core.md 1.8, 11.4).
#pragma once

#include "matching/compiled_matcher.hpp"
#include "store/event_log.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// `1 time`, `3 times`.
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural);

/// Looks at recorded exchanges through one matcher. `recorded` are the indices of the exchanges in the
/// snapshot, oldest first.
class difference_report {
public:
    difference_report(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                      const matching::compiled_matcher& expected)
        : snapshot_(snapshot), recorded_(recorded), expected_(expected) {}

    /// The `closest match diff:` block: the first difference of the oldest request; empty if there is none.
    [[nodiscard]] std::string closest_match() const;
    /// The numbered lines of the requests, from position `begin` on, that differ in the fewest fields; empty
    /// if none differs.
    [[nodiscard]] std::string nearest(std::size_t begin) const;

private:
    [[nodiscard]] std::vector<matching::difference>
    differences(std::size_t position, matching::request_facts& facts, recorded_exchange& made) const;

    const log_snapshot& snapshot_;
    const std::vector<std::size_t>& recorded_;
    const matching::compiled_matcher& expected_;
};

} // namespace mockfleet::store
