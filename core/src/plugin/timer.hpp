// Runs functions later on one thread of its own: mf_host.run_after and the watch over stuck calls.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace mockfleet::plugin {

/// The thread starts with the first use. Functions must not throw and must be short. Any thread.
class timer {
public:
    timer() = default;
    ~timer(); ///< drops what is pending
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    /// Runs `work` after `ns`, unless drop(owner) comes before.
    void run_after(std::uint64_t ns, const void* owner, std::function<void()> work);

    /// Forgets what is pending for `owner` and waits for what is running, but no longer than `patience`:
    /// false when it runs on, and then the timer must not be destroyed. From then on run_after() of it does
    /// nothing.
    bool drop(const void* owner, std::chrono::nanoseconds patience);

private:
    struct task {
        const void* owner;
        std::function<void()> work;
    };

    void run();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::multimap<std::int64_t, task> tasks_; ///< by due time, CLOCK_MONOTONIC
    std::map<const void*, bool> dropped_;
    const void* running_ = nullptr;
    bool ending_ = false;
    std::thread thread_;
};

} // namespace mockfleet::plugin
