// Plain bookkeeping; every operation is O(1) or O(log n).
#include "store/expectation_table.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

live_pointer expectation_table::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

live_pointer expectation_table::put(const live_pointer& added, std::size_t kept) {
    const auto& id = added->definition.id;
    auto& place = by_id_[id];
    auto replaced = std::exchange(place, added);
    if (replaced) {
        by_age_.erase(replaced.get());
        count_out(*replaced);
    }
    count_in(added);
    by_age_.insert(by_age_.end(), added.get());
    seen_order(added->order);
    remember(added, kept);
    return replaced;
}

live_pointer expectation_table::remove(const std::string& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return nullptr;
    auto removed = std::move(found->second);
    by_id_.erase(found);
    by_age_.erase(removed.get());
    count_out(*removed);
    return removed;
}

void expectation_table::count_in(const live_pointer& added) {
    const auto& definition = added->definition;
    if (!definition.scenario_name.empty()) ++scenarios_[definition.scenario_name];
    if (!definition.cross_protocol_scenarios.empty()) with_events_.push_back(added);
}

void expectation_table::count_out(const live_expectation& removed) {
    const auto& definition = removed.definition;
    if (const auto found = scenarios_.find(definition.scenario_name); found != scenarios_.end()) {
        if (--found->second == 0) scenarios_.erase(found);
    }
    if (!definition.cross_protocol_scenarios.empty())
        std::erase_if(with_events_, [&](const live_pointer& one) { return one.get() == &removed; });
}

void expectation_table::clear() {
    by_id_.clear();
    by_age_.clear();
    scenarios_.clear();
    with_events_.clear();
}

live_list expectation_table::by_age() const {
    return oldest(by_age_.size());
}

live_list expectation_table::oldest(std::size_t count) const {
    live_list list;
    list.reserve(std::min(count, by_age_.size()));
    for (const auto* one : by_age_) {
        if (list.size() == count) break;
        list.push_back(one->shared_from_this());
    }
    return list;
}

std::uint64_t expectation_table::next_order(std::int64_t wall_ns, std::uint64_t node) {
    const auto tick = std::max(static_cast<std::uint64_t>(wall_ns / 1000), (last_order_ >> node_bits) + 1);
    last_order_ = tick << node_bits | (node & ((1U << node_bits) - 1));
    return last_order_;
}

void expectation_table::seen_order(std::uint64_t order) {
    last_order_ = std::max(last_order_, order);
}

void expectation_table::remember(const live_pointer& source, std::size_t most) {
    auto [found, added] = matchers_.try_emplace(source->definition.id);
    const auto& own = source->definition.request;
    found->second.matcher = own ? std::make_shared<const model::request_matcher>(*own) : nullptr;
    if (!added) return;
    found->second.place = remembered_order_.insert(remembered_order_.end(), &found->first);
    while (matchers_.size() > std::max<std::size_t>(most, 1)) {
        const auto oldest = matchers_.find(*remembered_order_.front());
        remembered_order_.pop_front();
        matchers_.erase(oldest);
    }
}

std::optional<model::request_matcher> expectation_table::matcher_of(std::string_view id) const {
    // One that is stored for long may have left the ring.
    if (const auto stored = by_id_.find(id); stored != by_id_.end())
        return stored->second->definition.request.value_or(model::request_matcher());
    const auto found = matchers_.find(id);
    if (found == matchers_.end()) return std::nullopt;
    return found->second.matcher ? *found->second.matcher : model::request_matcher();
}

void expectation_table::forget_matchers() {
    matchers_.clear();
    remembered_order_.clear();
}

} // namespace mockfleet::store
