// Binary search over blocks and inside one; full blocks are split, or followed by a fresh one when the list
// grows at its end.
#include "matching/candidate_list.hpp"

#include <algorithm>

namespace mockfleet::matching {

std::size_t candidate_list::block_of(const candidate& wanted) const {
    const auto next = std::partition_point(blocks_.begin() + 1, blocks_.end(),
                                           [&](const block& one) { return !wanted.before(one.front()); });
    return static_cast<std::size_t>(next - blocks_.begin()) - 1;
}

void candidate_list::insert(const candidate& added) {
    if (blocks_.empty()) {
        blocks_.emplace_back(1, added);
        return;
    }
    auto number = block_of(added);
    if (blocks_[number].size() == block_size) {
        auto& full = blocks_[number];
        block upper;
        if (full.back().before(added)) {
            upper.reserve(number + 1 == blocks_.size() ? 16 : block_size);
            upper.push_back(added);
            blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(number) + 1, std::move(upper));
            return;
        }
        const auto middle = full.begin() + block_size / 2;
        upper.assign(middle, full.end());
        full.erase(middle, full.end());
        blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(number) + 1, std::move(upper));
        if (!added.before(blocks_[number + 1].front())) ++number;
    }
    auto& target = blocks_[number];
    const auto place = std::partition_point(target.begin(), target.end(),
                                            [&](const candidate& one) { return one.before(added); });
    target.insert(place, added);
}

bool candidate_list::erase(const candidate& removed) {
    if (blocks_.empty()) return false;
    const auto number = block_of(removed);
    auto& target = blocks_[number];
    const auto place = std::partition_point(target.begin(), target.end(),
                                            [&](const candidate& one) { return one.before(removed); });
    if (place == target.end() || place->subject != removed.subject) return false;
    target.erase(place);
    if (target.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(number));
    return true;
}

} // namespace mockfleet::matching
