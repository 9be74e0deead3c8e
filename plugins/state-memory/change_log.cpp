// The queue between the writers and the listener.
#include "change_log.hpp"

#include <exception>
#include <utility>

namespace mockfleet::memory {

std::uint64_t change_log::commit(kind what, std::string_view space, std::string_view key) noexcept {
    if (!listening_.load(std::memory_order_acquire))
        return version_.fetch_add(1, std::memory_order_acq_rel) + 1;
    const std::lock_guard lock(mutex_);
    const auto version = version_.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (waiting_.size() < most_waiting) {
        try {
            waiting_.push_back({what, std::string(space), std::string(key), version});
            return version;
        } catch (const std::exception&) {
            // Out of memory: the change has happened, so the listener must be told something.
        }
    }
    waiting_.clear();
    lost_some_ = true;
    return version;
}

void change_log::tell(const mf_state_events& listener, const change& one) {
    switch (one.what) {
    case kind::put:
        listener.changed(listener.ctx, plugin::slice(one.space), plugin::slice(one.key), one.version);
        break;
    case kind::removed:
        listener.changed(listener.ctx, plugin::slice(one.space), plugin::slice(one.key), 0);
        break;
    case kind::cleared:
        listener.cleared(listener.ctx, plugin::slice(one.space));
        break;
    }
}

void change_log::deliver() noexcept {
    if (!listening_.load(std::memory_order_acquire)) return;
    std::unique_lock lock(mutex_);
    if (delivering_) return;
    delivering_ = true;
    while (!waiting_.empty() || lost_some_) {
        auto batch = std::exchange(waiting_, {});
        const bool resync = std::exchange(lost_some_, false);
        const auto listener = listener_;
        lock.unlock();
        if (resync) listener.resync(listener.ctx);
        for (const auto& one : batch)
            tell(listener, one);
        lock.lock();
    }
    delivering_ = false;
    auto stopped = std::move(stopped_);
    lock.unlock();
    if (stopped) stopped.ok();
}

void change_log::start(const mf_state_events& listener) {
    const std::lock_guard lock(mutex_);
    listener_ = listener;
    listening_.store(true, std::memory_order_release);
}

void change_log::stop(plugin::state_completion done) {
    deliver();
    std::unique_lock lock(mutex_);
    listening_.store(false, std::memory_order_release);
    if (delivering_) {
        stopped_ = std::move(done);
        return;
    }
    lock.unlock();
    done.ok();
}

} // namespace mockfleet::memory
