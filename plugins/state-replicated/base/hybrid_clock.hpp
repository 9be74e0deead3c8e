// A hybrid logical clock: wall time in milliseconds, raised by what peers say, with a counter for order
// within one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mockfleet::replicated {

/// Stamps grow on every node and along every message: (milliseconds << 16) | counter. One thread.
class hybrid_clock {
public:
    [[nodiscard]] std::uint64_t now() { return last_ = std::max(last_ + 1, wall()); }

    /// A peer's stamp. One that is further ahead than `most_ahead_ms` is not followed, so that a node with a
    /// broken clock cannot drag the fleet along; false then.
    bool heard(std::uint64_t stamp) {
        if (stamp > wall() + (most_ahead_ms << 16)) return false;
        last_ = std::max(last_, stamp);
        return true;
    }

    static constexpr std::uint64_t most_ahead_ms = 60'000;

private:
    static std::uint64_t wall() {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return static_cast<std::uint64_t>(
                   std::chrono::duration_cast<std::chrono::milliseconds>(since).count())
               << 16;
    }

    std::uint64_t last_ = 0;
};

} // namespace mockfleet::replicated
