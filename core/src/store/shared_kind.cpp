// Events to the kinds they concern, and what could not be read when it should have been.
#include "store/shared_kind.hpp"

#include "plugin/event_queue.hpp"

#include <utility>

namespace mockfleet::store {

boost::asio::awaitable<void> deliver(std::span<shared_kind* const> kinds,
                                     std::vector<plugin::state_event> events) {
    for (auto& event : events) {
        for (auto* kind : kinds) {
            // An empty space means all of them: a resync of the whole backend.
            if (!event.space.empty() && event.space != kind->key_space()) continue;
            if (event.what == plugin::state_event::kind::changed)
                co_await kind->changed(event.key, event.version);
            else
                co_await kind->reread();
        }
    }
}

bool shared_kind::unread(std::string key, const base::error& reason) {
    bool first = false;
    {
        const std::lock_guard lock(unread_mutex_);
        unread_.insert(std::move(key));
        behind_ = behind_ || reason.code == base::errc::unavailable;
        first = !std::exchange(told_, true);
    }
    if (wake_) wake_();
    return first;
}

bool shared_kind::is_behind() const {
    const std::lock_guard lock(unread_mutex_);
    return behind_;
}

bool shared_kind::has_unread() const {
    const std::lock_guard lock(unread_mutex_);
    return !unread_.empty();
}

boost::asio::awaitable<bool> shared_kind::read_again() {
    std::set<std::string> keys;
    {
        const std::lock_guard lock(unread_mutex_);
        keys.swap(unread_);
    }
    if (keys.contains(std::string())) {
        co_await reread();
    } else {
        for (const auto& key : keys)
            co_await fetch(key);
    }
    const std::lock_guard lock(unread_mutex_);
    if (!unread_.empty()) co_return false;
    behind_ = told_ = false;
    co_return true;
}

} // namespace mockfleet::store
