// An expectation as this node serves it: compiled matcher, prepared action, lifetime counters.
#pragma once

#include "matching/rule_index.hpp"
#include "model/expectation.hpp"
#include "store/prepared_action.hpp"
#include "store/scenario_rule.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace mockfleet::store {

/// Owned by shared_ptr; immutable but for its atomics. A pointer obtained from expectations::match() is valid
/// while the read guard lives; shared_from_this() inside the guard keeps it longer.
struct live_expectation : matching::rule, std::enable_shared_from_this<live_expectation> {
    model::expectation definition;                   ///< as stored: id filled in, times as posted
    std::shared_ptr<const prepared_action> action;   ///< null only when no preparer is joined (tests)
    mutable std::atomic<std::int64_t> remaining{-1}; ///< uses left; -1 = unlimited (core.md 3.7)
    /// Uses that are taken and may yet be given back: it is not used up then.
    mutable std::atomic<std::int32_t> open_uses{0};
    std::int64_t expires_ns = 0; ///< wall clock; 0 = never
    int percentage = 100;
    /// The answer depends on the backend, so expectations::match() takes nothing and take() decides: a
    /// scenario is moved, or uses are counted fleet-wide.
    bool undecided = false;
    bool counted = false; ///< `remaining` is only the last known count; the counter in the backend is right
    /// Version of the definition that took its place; 0 = none did. What is counted later is counted there.
    mutable std::atomic<std::uint64_t> successor{0};
    std::unique_ptr<const scenario_rule> scenario; ///< null: it names none
    std::uint64_t version = 0;                     ///< of the entry in the state backend
    /// Bytes that it keeps in memory, about; set before it is shared.
    std::size_t weight = 0;
    /// The event log's: how many segments keep it, and whether the index let go of it (log_pins.hpp).
    mutable std::atomic<std::uint32_t> log_pins{0};

    /// Definition, answers for both kinds of connection; `encoded` is the size of the stored form.
    void weigh(std::size_t encoded) { weight = sizeof(*this) + 3 * encoded; }

    /// Neither used up nor expired; `now_ns` is wall time.
    [[nodiscard]] bool usable(std::int64_t now_ns) const {
        return remaining.load(std::memory_order_relaxed) != 0 && (expires_ns == 0 || now_ns < expires_ns);
    }
    /// Gives a use back that was taken here.
    void put_back_use() const {
        if (remaining.load(std::memory_order_relaxed) >= 0) remaining.fetch_add(1, std::memory_order_relaxed);
    }
    /// Takes one use; false when none is left. Never overshoots, however many threads ask.
    [[nodiscard]] bool take_use() const {
        auto left = remaining.load(std::memory_order_relaxed);
        while (left > 0) {
            if (remaining.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return true;
        }
        return left < 0;
    }
    /// No more than `left` uses are left, says the backend.
    void at_most(std::int64_t left) const {
        auto known = remaining.load(std::memory_order_relaxed);
        while (known > left && !remaining.compare_exchange_weak(known, left, std::memory_order_relaxed)) {
        }
    }
    /// The definition with the uses that are left now: what retrieve shows.
    [[nodiscard]] model::expectation current() const {
        auto copy = definition;
        if (copy.times.remaining) copy.times.remaining = remaining.load(std::memory_order_relaxed);
        return copy;
    }
};

using live_pointer = std::shared_ptr<const live_expectation>;
using live_list = std::vector<live_pointer>;

} // namespace mockfleet::store
