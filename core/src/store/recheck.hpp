// When a verification that does not hold yet is looked at again (core.md 11.4).
#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>

namespace mockfleet::store {

/// Made when the first look begins. The pauses grow with what a look costs, so that waiting verifications
/// take a part of one processor only, and are never longer than `longest_pause`.
class recheck {
public:
    /// `ending` outlives it: once set, nothing waits any longer.
    recheck(std::chrono::milliseconds patience, const std::atomic<bool>& ending);

    /// Waits on the caller's executor. False: the time is up, or the node ends.
    [[nodiscard]] boost::asio::awaitable<bool> wait();

    static constexpr std::chrono::milliseconds shortest_pause{10};
    static constexpr std::chrono::milliseconds longest_pause{250};

private:
    using clock = std::chrono::steady_clock;
    const std::atomic<bool>& ending_;
    clock::time_point looking_since_;
    clock::time_point until_;
};

} // namespace mockfleet::store
