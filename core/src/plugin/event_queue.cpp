// A vector under a lock; the bound of each space is kept by replacing its events with one resync.
#include "plugin/event_queue.hpp"

#include <utility>

namespace mockfleet::plugin {

event_queue::event_queue(std::function<void()> wake, std::size_t most_per_space)
    : wake_(std::move(wake)), most_per_space_(most_per_space) {}

void event_queue::changed(std::string_view space, std::string_view key, std::uint64_t version) {
    add({state_event::kind::changed, std::string(space), std::string(key), version});
}

void event_queue::cleared(std::string_view space) {
    add({state_event::kind::cleared, std::string(space), {}, 0});
}

void event_queue::resync() {
    add({state_event::kind::resync, {}, {}, 0});
}

void event_queue::add(state_event event) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        ++so_far_;
        first = events_.empty();
        auto& waiting = waiting_[event.space];
        if (waiting > most_per_space_) return; // its resync stands in the queue already
        if (waiting == most_per_space_) {
            std::erase_if(events_, [&](const auto& one) { return one.space == event.space; });
            event = {state_event::kind::resync, event.space, {}, 0};
        }
        ++waiting;
        events_.push_back(std::move(event));
    }
    if (first) wake_();
}

std::vector<state_event> event_queue::take() {
    std::uint64_t unused = 0;
    return take(unused);
}

std::vector<state_event> event_queue::take(std::uint64_t& so_far) {
    const std::lock_guard lock(mutex_);
    so_far = so_far_;
    waiting_.clear();
    return std::exchange(events_, {});
}

bool event_queue::empty() const {
    const std::lock_guard lock(mutex_);
    return events_.empty();
}

} // namespace mockfleet::plugin
