// The clock that stamps log entries: it orders them on one node and, with what nodes tell each other, across
// the fleet.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <cstdint>

namespace mockfleet::store {

/// A hybrid logical clock: monotonic time plus an offset that only grows, so stamps never go back on a node,
/// and an answer is never stamped before the question that led to it. Nodes of one machine share its
/// monotonic clock and, once they have heard of each other, the offset: their stamps are of one clock.
/// Between machines stamps are as good as the last exchange; how good is what heard() answers.
///
/// A node alone never hears anything: its stamps are plain monotonic time.
class fleet_clock {
public:
    fleet_clock();
    /// For tests: a node of the machine numbered so, whose monotonic clock is off by `shift`.
    fleet_clock(std::uint64_t machine, std::int64_t shift) : machine_(machine), shift_(shift) {}

    /// One relaxed load of a cache line that hardly ever changes. Any thread.
    [[nodiscard]] std::int64_t now() const {
        return base::monotonic_ns() + shift_ + ahead_.load(std::memory_order_relaxed);
    }

    /// For what is stamped before the clock of the fleet is known: from then on it is not set back behind
    /// that.
    [[nodiscard]] std::int64_t early();

    /// Makes now() a wall time, before anything is stamped: nodes that start at the same time begin alike.
    void start_at(std::int64_t wall_ns);

    /// What is sent along with every message to another node.
    struct reading {
        std::uint64_t machine = 0; ///< nodes with the same number share one monotonic clock
        std::int64_t ahead = 0;
        std::int64_t now = 0;
    };
    [[nodiscard]] reading read() const;

    /// A message came.
    void heard(const reading& theirs);
    /// An answer came to a question asked at `asked`, by this clock. Answers by how much at most the two
    /// clocks differed: 0 on one machine. While nothing has been stamped yet (`fresh`) the clock is set by
    /// the first answer instead of being only moved forward.
    std::int64_t heard(const reading& theirs, std::int64_t asked, bool fresh = false);

private:
    void raise(std::int64_t ahead);
    void set(std::int64_t ahead);

    std::uint64_t machine_;
    std::int64_t shift_ = 0;
    std::atomic<std::int64_t> least_{0}; ///< the greatest early() stamp
    alignas(64) std::atomic<std::int64_t> ahead_{0};
};

} // namespace mockfleet::store
