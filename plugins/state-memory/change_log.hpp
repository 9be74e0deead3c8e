// Hands out the store's versions and tells the listener of every change, in commit order, without writers
// waiting on it.
#pragma once

#include <mockfleet/state.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace mockfleet::memory {

/// One counter for the whole store, so that a version is never reused, whatever is removed.
///
/// A writer calls commit() while it holds the lock of what it changes and deliver() after it let go. Whoever
/// finds no delivery going on delivers, everybody else's changes included; the others leave. So the listener
/// sees one event at a time, in the order of the commits, and is called with no lock held.
class change_log {
public:
    /// The version of a put.
    std::uint64_t put(std::string_view space, std::string_view key) noexcept {
        return commit(kind::put, space, key);
    }
    void removed(std::string_view space, std::string_view key) noexcept { commit(kind::removed, space, key); }
    void cleared(std::string_view space) noexcept { commit(kind::cleared, space, {}); }

    void deliver() noexcept;

    void start(const mf_state_events& listener);

    /// Answers once the last event has been delivered; no event follows.
    void stop(plugin::state_completion done);

    /// The highest version handed out.
    [[nodiscard]] std::uint64_t revision() const { return version_.load(std::memory_order_acquire); }

private:
    enum class kind { put, removed, cleared };
    struct change {
        kind what;
        std::string space;
        std::string key;
        std::uint64_t version;
    };

    std::uint64_t commit(kind what, std::string_view space, std::string_view key) noexcept;
    static void tell(const mf_state_events& listener, const change& one);

    /// Above this many undelivered changes the listener is told to read everything again instead.
    static constexpr std::size_t most_waiting = 65'536;

    std::atomic<std::uint64_t> version_{0};
    std::atomic<bool> listening_{false};
    std::mutex mutex_;
    std::deque<change> waiting_;
    bool lost_some_ = false;
    bool delivering_ = false;
    mf_state_events listener_{};
    plugin::state_completion stopped_;
};

} // namespace mockfleet::memory
