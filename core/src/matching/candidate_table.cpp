// Linear probing with backward-shift deletion.
#include "matching/candidate_table.hpp"

#include <memory>
#include <utility>

namespace mockfleet::matching {

void candidate_table::grow() {
    const auto old =
        std::exchange(slots_, std::vector<slot>(slots_.empty() ? first_size : slots_.size() * 2));
    mask_ = slots_.size() - 1;
    for (const auto& one : old)
        if (!one.vacant()) slots_[place_of(one.key)] = one;
}

bool candidate_table::insert(std::uint64_t key, const candidate& added) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    auto& target = slots_[place_of(key)];
    if (target.vacant()) {
        target.key = key;
        target.hold(added);
        ++used_;
        return true;
    }
    if (auto* list = target.list()) {
        list->insert(added);
        return false;
    }
    auto list = std::make_unique<candidate_list>();
    list->insert(target.only());
    list->insert(added);
    target.hold(list.release());
    return false;
}

candidate_table::removal candidate_table::erase(std::uint64_t key, const candidate& removed) {
    if (used_ == 0) return removal::not_found;
    const auto at = place_of(key);
    auto& target = slots_[at];
    if (target.vacant()) return removal::not_found;
    if (auto* list = target.list()) {
        if (!list->erase(removed)) return removal::not_found;
        if (list->single()) {
            target.hold(list->front());
            delete list;
        }
        return removal::key_stays;
    }
    if (target.subject() != removed.subject) return removal::not_found;
    vacate(at);
    --used_;
    return removal::key_gone;
}

void candidate_table::vacate(std::size_t at) {
    for (auto next = (at + 1) & mask_; !slots_[next].vacant(); next = (next + 1) & mask_) {
        const auto home = slots_[next].key & mask_;
        // It may move back unless its home lies cyclically behind the gap.
        if (((next - home) & mask_) < ((next - at) & mask_)) continue;
        slots_[at] = slots_[next];
        at = next;
    }
    slots_[at] = slot();
}

void candidate_table::clear() {
    for (const auto& one : slots_)
        delete one.list();
    slots_ = {};
    mask_ = 0;
    used_ = 0;
}

} // namespace mockfleet::matching
