// The lists of the wheel; see timer_wheel.hpp.
#include "http/timer_wheel.hpp"

#include <algorithm>

namespace mockfleet::http {

void timer_wheel::entry::unlink() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
}

timer_wheel::timer_wheel() {
    for (auto& head : slots_)
        head.next_ = head.previous_ = &head;
    looked_at_.next_ = looked_at_.previous_ = &looked_at_;
}

void timer_wheel::schedule(entry& which, std::uint64_t ticks) {
    which.due_ = now_ + std::max<std::uint64_t>(ticks, 1);
    // An entry that the wheel looks at too early is linked again then; only too late would be wrong.
    if (which.next_ == nullptr || which.linked_ > which.due_) link(which, which.due_);
}

void timer_wheel::link(entry& which, std::uint64_t tick) {
    which.unlink();
    which.linked_ = std::min(tick, now_ + slot_count - 1);
    entry& head = slots_[which.linked_ % slot_count];
    which.next_ = &head;
    which.previous_ = head.previous_;
    head.previous_->next_ = &which;
    head.previous_ = &which;
}

void timer_wheel::begin_slot() {
    entry& head = slots_[now_ % slot_count];
    if (head.next_ == &head) return;
    looked_at_.next_ = head.next_;
    looked_at_.previous_ = head.previous_;
    looked_at_.next_->previous_ = &looked_at_;
    looked_at_.previous_->next_ = &looked_at_;
    head.next_ = head.previous_ = &head;
}

timer_wheel::entry* timer_wheel::pop_due() {
    while (looked_at_.next_ != &looked_at_) {
        entry& candidate = *looked_at_.next_;
        if (candidate.due_ == 0) {
            candidate.unlink();
        } else if (candidate.due_ > now_) {
            link(candidate, candidate.due_);
        } else {
            candidate.unlink();
            candidate.due_ = 0;
            return &candidate;
        }
    }
    return nullptr;
}

} // namespace mockfleet::http
