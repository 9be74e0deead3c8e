// Events to the kinds they concern, and what could not be read when it should have been.
#include "store/shared_kind.hpp"

#include "base/log.hpp"
#include "plugin/event_queue.hpp"

#include <utility>

namespace mockfleet::store {

namespace {

/// Will trying again give the same answer?
bool stays(base::errc code) {
    switch (code) {
    case base::errc::unavailable:
    case base::errc::timeout:
    case base::errc::conflict:
    case base::errc::cancelled: // the node ends
        return false;
    default:
        return true;
    }
}

} // namespace

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

void shared_kind::unread(std::string key, const base::error& reason) {
    // Without the whole space nothing can be followed, whatever the reason: then the node is behind.
    if (!key.empty() && stays(reason.code)) return pass_over(std::move(key), reason);
    bool first = false;
    {
        const std::lock_guard lock(unread_mutex_);
        unread_.insert(key);
        behind_ = behind_ || reason.code == base::errc::unavailable || stays(reason.code);
        first = !std::exchange(told_, true);
    }
    if (first)
        base::log::warn("shared-state-unread",
                        "shared state could not be read after a change; it is tried until it can",
                        {{"space", std::string(key_space())},
                         {"key", key.empty() ? "all" : std::move(key)},
                         {"error", reason.message}});
    if (wake_) wake_();
}

void shared_kind::pass_over(std::string key, const base::error& reason) {
    {
        const std::lock_guard lock(unread_mutex_);
        if (!passed_over_.insert(key).second) return;
    }
    base::log::error(
        "shared-state-unreadable",
        "an entry of the shared state cannot be read and is passed over: this node goes on with "
        "what it had of it",
        {{"space", std::string(key_space())}, {"key", std::move(key)}, {"error", reason.message}});
}

void shared_kind::read_later(std::vector<std::string> keys) {
    if (keys.empty()) return;
    {
        const std::lock_guard lock(unread_mutex_);
        for (auto& key : keys)
            unread_.insert(std::move(key));
    }
    if (wake_) wake_();
}

std::size_t shared_kind::passed_over() const {
    const std::lock_guard lock(unread_mutex_);
    return passed_over_.size();
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
