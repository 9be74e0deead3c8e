// What the event log alone keeps in memory: expectations that are no longer served but still have entries.
#pragma once

#include "store/live_expectation.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mockfleet::store {

/// An expectation counts once, however many segments keep it, and only after the index let go of it: before
/// that the log adds nothing. Any thread.
class log_pins {
public:
    /// A segment keeps it from now on; true: no other one does.
    bool pin(const live_expectation& one) {
        const auto before = one.log_pins.fetch_add(1, std::memory_order_relaxed);
        if (before == retired_mark) add(one);
        return (before & ~retired_mark) == 0;
    }
    void unpin(const live_expectation& one) {
        if (one.log_pins.fetch_sub(1, std::memory_order_relaxed) == (retired_mark | 1)) take(one);
    }
    /// It is served no longer.
    void retire(const live_expectation& one) {
        const auto before = one.log_pins.fetch_or(retired_mark, std::memory_order_relaxed);
        if (before != 0 && (before & retired_mark) == 0) add(one);
    }
    [[nodiscard]] std::size_t bytes() const {
        return static_cast<std::size_t>(std::max<std::int64_t>(bytes_.load(std::memory_order_relaxed), 0));
    }

private:
    static constexpr std::uint32_t retired_mark = std::uint32_t{1} << 31;
    void add(const live_expectation& one) {
        bytes_.fetch_add(static_cast<std::int64_t>(one.weight), std::memory_order_relaxed);
    }
    void take(const live_expectation& one) {
        bytes_.fetch_sub(static_cast<std::int64_t>(one.weight), std::memory_order_relaxed);
    }

    std::atomic<std::int64_t> bytes_{0}; ///< two threads may take before they add
};

} // namespace mockfleet::store
