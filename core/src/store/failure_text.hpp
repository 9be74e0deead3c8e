// The parts of a failed verification's text that show how recorded requests differ from what was expected
// (core.md 1.8, 11.4).
#pragma once

#include "store/event_log.hpp"
#include "store/verification_target.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// `1 time`, `3 times`.
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural);

/// Looks at recorded exchanges through one target. `recorded` are the indices of the exchanges in the
/// snapshot, oldest first.
class difference_report {
public:
    difference_report(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                      const verification_target& expected)
        : snapshot_(snapshot), recorded_(recorded), expected_(expected) {}

    /// The `closest match diff:` block: the first difference of the oldest request, or of its response where
    /// the target is about responses; empty if there is none.
    [[nodiscard]] std::string closest_match() const;
    /// The numbered lines of the requests, from position `begin` on, that differ in the fewest fields; empty
    /// if none differs.
    [[nodiscard]] std::string nearest(std::size_t begin) const;

private:
    [[nodiscard]] std::vector<matching::difference> differences(std::size_t position, exchange_facts& facts,
                                                                recorded_exchange& made) const;

    const log_snapshot& snapshot_;
    const std::vector<std::size_t>& recorded_;
    const verification_target& expected_;
};

} // namespace mockfleet::store
