// Time: one monotonic reading for order and deadlines, one wall reading for display; both in nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace mockfleet::base {

/// CLOCK_MONOTONIC in nanoseconds: ordering and deadlines; the same clock as mf_call.deadline_ns.
inline std::int64_t monotonic_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

/// Wall clock in nanoseconds since the epoch: only for what people read and for timeToLive.
inline std::int64_t wall_ns() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

} // namespace mockfleet::base
