// What a match takes when the backend has to agree: moves of scenarios, and uses that the fleet counts.
#include "store/expectations.hpp"

#include "base/log.hpp"
#include "store/expectation_table.hpp"
#include "store/scenarios.hpp"
#include "store/stored_expectation.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

/// As often as a request may find that others changed what it was about to change.
constexpr int most_attempts = 100;

base::error contended() {
    return {base::errc::unavailable,
            "the uses of the expectation are taken by too many others at the same time; none was taken, try "
            "again"};
}

/// Uses left, as a counter says.
std::optional<std::int64_t> number_of(const entry& counter) {
    std::int64_t number = 0;
    const auto* end = counter.value.data() + counter.value.size();
    if (std::from_chars(counter.value.data(), end, number).ptr != end) return std::nullopt;
    return std::max<std::int64_t>(number, 0);
}

} // namespace

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

std::vector<scenario_move> expectations::moves_of(const claim& asked) const {
    std::vector<scenario_move> moves;
    const auto& wanted = *asked.wanted;
    const auto* rule = wanted.scenario.get();
    if (rule != nullptr && !rule->next.empty()) {
        const auto from = rule->required ? std::optional(rule->required->text) : std::nullopt;
        moves.push_back({asked.machine, from, rule->next});
    }
    if (wanted.definition.cross_protocol_scenarios.empty()) return moves;
    std::set<std::pair<std::string, std::string>> events;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& one : table_->with_events()) {
            for (const auto& event : one->definition.cross_protocol_scenarios) {
                if (event.trigger != model::scenario_trigger::http_request || event.scenario.empty() ||
                    event.target_state.empty() || asked.path.find(event.pattern) == std::string::npos)
                    continue;
                events.emplace(event.scenario, event.target_state);
            }
        }
    }
    for (const auto& [scenario, target] : events) {
        auto key = scenario_key(scenario);
        const auto same = std::find_if(moves.begin(), moves.end(),
                                       [&](const scenario_move& one) { return one.key == key; });
        if (same != moves.end())
            same->to = target; // an event comes after what the answer itself moves
        else
            moves.push_back({std::move(key), std::nullopt, target});
    }
    return moves;
}

asio::awaitable<base::result<bool>> expectations::take(claim* asked) const {
    const auto& wanted = *asked->wanted;
    auto moves = moves_of(*asked);
    if (!wanted.counted) co_return co_await take_here(wanted, std::move(moves));
    if (moves.empty() || scenarios_.are_made(moves)) co_return co_await take_use(asked);
    co_return co_await take_with_moves(wanted, std::move(moves));
}

/// Uses that this node counts for itself.
expectations::answer<bool> expectations::take_here(const live_expectation& wanted,
                                                   std::vector<scenario_move> moves) const {
    wanted.open_uses.fetch_add(1);
    base::result<bool> taken = wanted.take_use();
    if (*taken && !moves.empty()) {
        const auto made = co_await scenarios_.move(std::move(moves));
        taken = made ? base::result<bool>(*made == scenarios::outcome::moved) : made.error();
        // What is not answered in time may yet happen.
        const bool unknown = !made && made.error().code == base::errc::timeout;
        if (!unknown && (!taken || !*taken)) wanted.put_back_use();
    }
    wanted.open_uses.fetch_sub(1);
    if (wanted.remaining.load(std::memory_order_relaxed) == 0) spent();
    co_return taken;
}

/// The use and the moves in one transaction, so that a request that fails costs neither.
expectations::answer<bool> expectations::take_with_moves(const live_expectation& wanted,
                                                         std::vector<scenario_move> moves) const {
    const auto& id = wanted.definition.id;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        const auto counter = co_await state_.get(uses_space, id);
        if (!counter) {
            if (counter.error().code != base::errc::not_found) co_return counter.error();
            const auto restored = co_await restore_counter(wanted);
            if (!restored) co_return restored.error();
            if (*restored) continue;
            wanted.at_most(0); // the expectation has been removed meanwhile
            co_return false;
        }
        const auto successor = wanted.successor.load(std::memory_order_acquire);
        if (successor != 0 && counter->version >= successor) {
            // It is the counter of the definition that came after; whoever holds the mutex puts that one into
            // the index, and then it is found.
            {
                const std::lock_guard applied(mutex_);
            }
            co_return false;
        }
        const auto left = number_of(*counter);
        if (!left) co_return base::invalid("the counter of uses of the expectation " + id + " is no number");
        wanted.at_most(*left);
        if (*left == 0) {
            spent();
            co_return false;
        }
        const auto fewer = std::to_string(*left - 1);
        const batch_operation use{batch_operation::kind::put, uses_space, id, fewer,
                                  condition::unchanged_since(counter->version)};
        const auto made = co_await scenarios_.move(moves, &use);
        if (!made) co_return made.error();
        if (*made == scenarios::outcome::elsewhere) co_return false;
        if (*made == scenarios::outcome::refused) continue;
        wanted.at_most(*left - 1);
        if (*left == 1) spent();
        co_return true;
    }
    co_return contended();
}

bool expectations::is_paid(const claim& earlier, const live_expectation& found) {
    return earlier.paid != 0 && found.version == earlier.paid && found.counted && !found.scenario &&
           found.definition.cross_protocol_scenarios.empty() &&
           found.definition.id == earlier.wanted->definition.id;
}

asio::awaitable<void> expectations::give_back(std::string id, std::uint64_t definition) const {
    auto why = contended();
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        // The counter first: if the definition is then still that one, it is the counter of that one.
        const auto counter = co_await state_.get(uses_space, id);
        if (!counter) {
            why = counter.error();
            break;
        }
        const auto stored = co_await state_.get(space, id);
        if (!stored) {
            why = stored.error();
            break;
        }
        if (stored->version != definition) co_return; // a definition that came after counts anew
        const auto read = decode(stored->value);
        const auto left = number_of(*counter);
        if (!read || !left || *left >= read->definition.times.remaining.value_or(0)) co_return;
        const auto more = std::to_string(*left + 1);
        const auto given =
            co_await state_.put(uses_space, id, more, condition::unchanged_since(counter->version));
        if (given && given->applied) co_return;
        if (given) continue;
        why = given.error();
        break;
    }
    // Without a counter the expectation has been removed meanwhile.
    if (why.code == base::errc::not_found) co_return;
    base::log::warn("use-not-given-back",
                    "a use of a limited expectation was counted for a request that it did not answer",
                    {{"expectation", id}, {"error", why.message}});
}

bool expectations::is_outdated(claim* asked) {
    // The counter begins anew with each definition.
    const auto successor = asked->wanted->successor.load(std::memory_order_acquire);
    if (successor == 0 || successor >= asked->counted) return false;
    asked->paid = successor;
    return true;
}

expectations::answer<bool> expectations::take_use(claim* asked) const {
    const auto& wanted = *asked->wanted;
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
    if (!taken || !taken->applied) co_return false;
    // This node has acted on all that came before the answer.
    asked->counted = taken->version;
    co_return !is_outdated(asked);
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
    const auto read = co_await refresh_uses_of(std::move(known));
    if (!read) co_return read.error();
    co_return base::result<void>();
}

expectations::answer<text_map<entry>> expectations::refresh_uses_of(live_list known) const {
    text_map<entry> counters;
    for (const auto& one : known) {
        auto stored = co_await state_.get(uses_space, one->definition.id);
        if (!stored) {
            if (stored.error().code != base::errc::not_found) co_return stored.error();
            continue;
        }
        if (const auto left = number_of(*stored)) one->at_most(*left);
        counters.emplace(one->definition.id, std::move(*stored));
    }
    co_return counters;
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
