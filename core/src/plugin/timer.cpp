// One thread that sleeps until the next task is due.
#include "plugin/timer.hpp"

#include "base/clock.hpp"
#include "plugin/thread_signals.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace mockfleet::plugin {

timer::~timer() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void timer::run_after(std::uint64_t ns, const void* owner, std::function<void()> work) {
    // Later than a century is never: keeps the sum within range.
    constexpr std::uint64_t longest = 3'000'000'000'000'000'000ULL;
    const auto due = base::monotonic_ns() + static_cast<std::int64_t>(ns < longest ? ns : longest);
    {
        const std::lock_guard lock(mutex_);
        if (ending_ || dropped_.contains(owner)) return;
        tasks_.emplace(due, task{owner, std::move(work)});
        if (!thread_.joinable()) {
            const signals_blocked blocked;
            thread_ = std::thread([this] { run(); });
        }
    }
    wake_.notify_all();
}

bool timer::drop(const void* owner, std::chrono::nanoseconds patience) {
    std::unique_lock lock(mutex_);
    dropped_[owner] = true;
    std::erase_if(tasks_, [owner](const auto& one) { return one.second.owner == owner; });
    return wake_.wait_for(lock, patience, [&] { return running_ != owner; });
}

void timer::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (tasks_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto left = tasks_.begin()->first - base::monotonic_ns();
        if (left > 0) {
            wake_.wait_for(lock, std::chrono::nanoseconds(left));
            continue;
        }
        auto due = tasks_.extract(tasks_.begin());
        running_ = due.mapped().owner;
        lock.unlock();
        due.mapped().work();
        lock.lock();
        running_ = nullptr;
        wake_.notify_all();
    }
}

} // namespace mockfleet::plugin
