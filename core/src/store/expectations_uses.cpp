// What a match takes when the backend has to agree: moves of scenarios, and uses that the fleet counts.
#include "store/expectations.hpp"

#include "base/log.hpp"
#include "store/expectation_table.hpp"
#include "store/scenarios.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

expectations::claim expectations::claim_for(const live_expectation& undecided,
                                            matching::request_facts& request) {
    claim made;
    made.wanted = undecided.shared_from_this();
    const auto* rule = undecided.scenario.get();
    if (rule != nullptr && !rule->next.empty())
        made.machine = scenario_key(rule->name, rule->value_of(request));
    if (!undecided.definition.cross_protocol_scenarios.empty()) made.path = request.request().path;
    return made;
}

asio::awaitable<base::result<bool>> expectations::take(claim* asked) const {
    const auto& wanted = *asked->wanted;
    const auto* rule = wanted.scenario.get();
    const bool moves = rule != nullptr && !rule->next.empty();
    if (moves && rule->required) {
        // Not const: a const result<bool> that is returned becomes whether it has a value.
        auto won = co_await scenarios_.advance(asked->machine, rule->required->text, rule->next);
        if (!won || !*won) co_return won;
    }
    auto used = co_await take_use(wanted, rule == nullptr ? &asked->paid : nullptr);
    if (!used || !*used) co_return used;
    if (moves && !rule->required) {
        const auto moved = co_await scenarios_.set(asked->machine, rule->next);
        if (!moved) co_return moved.error();
    }
    if (!wanted.definition.cross_protocol_scenarios.empty()) {
        const auto fired = co_await fire_events(asked->path);
        if (!fired) co_return fired.error();
    }
    co_return true;
}

bool expectations::is_paid(const claim& earlier, const live_expectation& found) {
    return earlier.paid != 0 && found.version == earlier.paid && found.counted && !found.scenario &&
           found.definition.cross_protocol_scenarios.empty() &&
           found.definition.id == earlier.wanted->definition.id;
}

asio::awaitable<void> expectations::give_back(std::string id) const {
    const auto given = co_await state_.add(uses_space, id, 1, 0, std::numeric_limits<std::int64_t>::max());
    // Without a counter the expectation has been removed meanwhile.
    if (given || given.error().code == base::errc::not_found) co_return;
    base::log::warn("use-not-given-back",
                    "a use of a limited expectation was counted for a request that it did not answer",
                    {{"expectation", id}, {"error", given.error().message}});
}

expectations::answer<bool> expectations::take_use(const live_expectation& wanted, std::uint64_t* paid) const {
    if (!wanted.counted) {
        const bool taken = wanted.take_use();
        if (wanted.remaining.load(std::memory_order_relaxed) == 0) spent();
        co_return taken;
    }
    const auto& id = wanted.definition.id;
    constexpr auto any_number = std::numeric_limits<std::int64_t>::max();
    auto taken = co_await state_.add(uses_space, id, -1, 0, any_number);
    if (!taken && taken.error().code == base::errc::not_found) {
        const auto restored = co_await restore_counter(wanted);
        if (!restored) co_return restored.error();
        if (*restored) taken = co_await state_.add(uses_space, id, -1, 0, any_number);
    }
    if (!taken && taken.error().code != base::errc::not_found) co_return taken.error();
    // Without a counter the expectation has been removed meanwhile.
    wanted.at_most(taken ? std::max<std::int64_t>(taken->number, 0) : 0);
    if (taken && taken->number <= 0) spent();
    const bool granted = taken && taken->applied;
    // The counter begins anew with each definition; this node has acted on all that came before the answer.
    const auto successor = wanted.successor.load(std::memory_order_acquire);
    if (granted && paid != nullptr && successor != 0 && successor < taken->version) {
        *paid = successor;
        co_return false;
    }
    co_return granted;
}

/// A node that does not share its counts may have written the entry: then there is no counter yet.
expectations::answer<bool> expectations::restore_counter(const live_expectation& wanted) const {
    const auto& id = wanted.definition.id;
    const auto stored = co_await state_.get(space, id);
    if (!stored) {
        if (stored.error().code == base::errc::not_found) co_return false;
        co_return stored.error();
    }
    if (stored->version != wanted.version) co_return false;
    const auto uses = std::to_string(wanted.definition.times.remaining.value_or(0));
    const auto written = co_await state_.put(uses_space, id, uses, condition::absent());
    if (!written) co_return written.error();
    co_return true; // also if another node was faster
}

expectations::answer<void> expectations::refresh_uses() {
    if (!shared_times_ || !clustered_) co_return base::result<void>();
    live_list known;
    {
        const std::lock_guard lock(mutex_);
        known = table_->by_age();
    }
    std::erase_if(known, [](const live_pointer& one) { return !one->counted; });
    co_return co_await refresh_uses_of(std::move(known));
}

expectations::answer<void> expectations::refresh_uses_of(live_list known) const {
    for (const auto& one : known) {
        const auto stored = co_await state_.get(uses_space, one->definition.id);
        if (!stored) {
            if (stored.error().code != base::errc::not_found) co_return stored.error();
            continue;
        }
        std::int64_t number = 0;
        const auto* end = stored->value.data() + stored->value.size();
        if (std::from_chars(stored->value.data(), end, number).ptr == end)
            one->at_most(std::max<std::int64_t>(number, 0));
    }
    co_return base::result<void>();
}

expectations::answer<void> expectations::fire_events(const std::string& path) const {
    std::set<std::pair<std::string, std::string>> moves;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& one : table_->with_events()) {
            for (const auto& event : one->definition.cross_protocol_scenarios) {
                if (event.trigger != model::scenario_trigger::http_request || event.scenario.empty() ||
                    event.target_state.empty() || path.find(event.pattern) == std::string::npos)
                    continue;
                moves.emplace(event.scenario, event.target_state);
            }
        }
    }
    for (const auto& [scenario, target] : moves) {
        const auto moved = co_await scenarios_.set(scenario_key(scenario), target);
        if (!moved) co_return moved.error();
    }
    co_return base::result<void>();
}

asio::awaitable<void> expectations::forget_scenarios(const live_list& gone) {
    std::set<std::string> unused;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& one : gone) {
            const auto& name = one->definition.scenario_name;
            if (!name.empty() && !table_->uses_scenario(name)) unused.insert(name);
        }
    }
    for (const auto& name : unused) {
        const auto forgotten = co_await scenarios_.forget(name);
        if (forgotten) continue;
        base::log::warn("scenario-not-forgotten",
                        "the last expectation of a scenario was removed, but not the scenario's state",
                        {{"scenario", name}, {"error", forgotten.error().message}});
    }
}

} // namespace mockfleet::store
