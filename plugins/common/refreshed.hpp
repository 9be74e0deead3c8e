// A value that expires, fetched again in time: credentials and access tokens.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace mockfleet::common {

using wall_clock = std::chrono::system_clock;

/// `Value` has a member `std::optional<wall_clock::time_point> expires`. Any number of threads; one of them
/// fetches. From `early` before its end on the value is renewed, while other threads go on with the old one;
/// a renewal that fails then is tried again by a later call.
template <class Value>
class refreshed {
public:
    using fetch_fn = std::function<Value()>; ///< throws when there is none

    explicit refreshed(fetch_fn fetch, std::chrono::seconds early = std::chrono::minutes(5))
        : fetch_(std::move(fetch)), early_(early) {}

    /// Throws what the fetch throws, when there is no value that is still good.
    Value get() {
        const auto now = wall_clock::now();
        auto known = current();
        if (known && !(known->expires && *known->expires - early_ <= now)) return *known;
        const bool usable = known && *known->expires > now + std::chrono::seconds(15);
        std::unique_lock fetching(fetch_mutex_, std::defer_lock);
        if (usable) {
            if (now < next_try() || !fetching.try_lock()) return *known;
        } else {
            fetching.lock();
            // Somebody else may have done it meanwhile.
            known = current();
            if (known && (!known->expires || *known->expires > now + std::chrono::seconds(15))) return *known;
        }
        try {
            auto fresh = fetch_();
            const std::lock_guard lock(mutex_);
            value_ = fresh;
            return fresh;
        } catch (...) {
            if (!usable) throw;
            const std::lock_guard lock(mutex_);
            next_try_ = now + std::chrono::seconds(10);
            return *known;
        }
    }

    /// The service called it expired: the next get() fetches.
    void drop() {
        const std::lock_guard lock(mutex_);
        value_.reset();
    }

private:
    std::optional<Value> current() {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    wall_clock::time_point next_try() {
        const std::lock_guard lock(mutex_);
        return next_try_;
    }

    fetch_fn fetch_;
    std::chrono::seconds early_;
    std::mutex fetch_mutex_;
    std::mutex mutex_;
    std::optional<Value> value_;
    wall_clock::time_point next_try_{};
};

} // namespace mockfleet::common
