// Machines, their names, and what changes them.
#include "store/scenarios.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr int most_attempts = 100;

void warn_of_backend(const base::error& reason) {
    base::log::warn("scenarios-backend-failed",
                    "the state of a scenario could not be read again after a change in the backend",
                    {{"error", reason.message}});
}

base::error contended() {
    return {base::errc::conflict, "the scenario is being moved by too many others at the same time"};
}

} // namespace

scenarios::scenarios(state_client state) : state_(state) {
    const std::lock_guard lock(mutex_);
    started_ = intern(started);
}

scenarios::~scenarios() = default;

scenarios::name_pointer scenarios::intern(std::string_view text) {
    auto& known = names_[std::string(text)];
    if (auto found = known.lock()) return found;
    auto made = std::make_shared<const state_name>(state_name{++last_number_, std::string(text)});
    known = made;
    return made;
}

scenarios::cell_pointer scenarios::shared_cell(std::string_view name) {
    auto& cell = cells_[scenario_key(name)];
    if (!cell) {
        cell = std::make_shared<scenario_cell>();
        cell->name = started_;
        cell->state.store(started_->number, std::memory_order_relaxed);
    }
    return cell;
}

void scenarios::drop_unused() {
    if (cells_.size() + names_.size() < unused_check_at_) return;
    std::erase_if(cells_,
                  [](const auto& one) { return one.second->version == 0 && one.second.use_count() == 1; });
    std::erase_if(names_, [](const auto& one) { return one.second.expired(); });
    unused_check_at_ = std::max<std::size_t>(1024, 2 * (cells_.size() + names_.size()));
}

std::unique_ptr<const scenario_rule> scenarios::compile(const model::expectation& source) {
    if (source.scenario_name.empty()) return nullptr;
    auto rule = std::make_unique<scenario_rule>();
    rule->name = source.scenario_name;
    rule->next = source.new_scenario_state;
    read_isolation(*rule);
    const std::lock_guard lock(mutex_);
    drop_unused();
    rule->shared = shared_cell(rule->name);
    if (!source.scenario_state.empty()) rule->required = intern(source.scenario_state);
    return rule;
}

bool scenarios::allows(const scenario_rule& rule, matching::request_facts& request, std::size_t slot) const {
    if (!rule.required) return true;
    const auto value = rule.value_of(request);
    if (value.empty()) return rule.shared->state.load(std::memory_order_acquire) == rule.required->number;
    thread_local std::string key; // kept for its memory
    key.clear();
    append_scenario_key(key, rule.name, value);
    const auto guard = isolated_.read(slot);
    const auto found = guard->find(key);
    // `started_` is set once, before any thread reads.
    const auto current =
        found == guard->end() ? started_->number : found->second->state.load(std::memory_order_acquire);
    return current == rule.required->number;
}

scenarios::position scenarios::position_of(std::string_view key) const {
    const auto found = cells_.find(key);
    if (found == cells_.end()) return {started_, 0};
    return {found->second->name, found->second->version};
}

void scenarios::put(const std::string& key, std::string_view state, std::uint64_t version) {
    drop_unused();
    auto& cell = cells_[key];
    const bool created = !cell;
    if (created) cell = std::make_shared<scenario_cell>();
    if (!created && cell->version >= version) return;
    cell->name = intern(state);
    cell->version = version;
    cell->state.store(cell->name->number, std::memory_order_release);
    if (created && read_scenario_key(key).isolated)
        isolated_.write([&](auto& machines) { machines[key] = cell; });
}

void scenarios::take_out(const std::string& key) {
    const auto found = cells_.find(key);
    if (found == cells_.end() || found->second->version == 0) return;
    ++removals_;
    auto& cell = *found->second;
    cell.version = 0;
    cell.name = started_;
    cell.state.store(started_->number, std::memory_order_release);
    if (read_scenario_key(key).isolated) {
        isolated_.write([&](auto& machines) { machines.erase(key); });
        cells_.erase(found);
    } else if (found->second.use_count() == 1) {
        cells_.erase(found);
    }
}

bool scenarios::land(const std::string& key, const write_outcome& outcome, std::string_view written) {
    const std::lock_guard lock(mutex_);
    if (outcome.applied)
        put(key, written, outcome.version);
    else if (outcome.winner.version != 0)
        put(key, outcome.winner.value, outcome.winner.version);
    return flights_.land(key, outcome.applied ? outcome.version : outcome.winner.version);
}

scenarios::answer<write_outcome> scenarios::write(const std::string& key, const std::string& state,
                                                  condition when, const batch_operation* also) {
    if (also == nullptr) co_return co_await state_.put(space, key, state, when);
    const batch_operation both[] = {*also, {batch_operation::kind::put, space, key, state, when}};
    const auto done = co_await state_.batch(both);
    if (!done) co_return done.error();
    write_outcome outcome;
    outcome.applied = done->applied;
    if (done->applied)
        outcome.version = done->versions.size() == 2 ? done->versions[1] : 0;
    else if (done->failed == 1)
        outcome.winner = done->winner;
    co_return outcome;
}

scenarios::answer<bool> scenarios::advance(std::string key, std::string from, std::string to,
                                           const batch_operation* also) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        position before;
        {
            const std::lock_guard lock(mutex_);
            before = position_of(key);
            if (before.name->text != from) co_return false;
            flights_.take_off(key);
        }
        const auto when =
            before.version == 0 ? condition::absent() : condition::unchanged_since(before.version);
        const auto outcome = co_await write(key, to, when, also);
        if (land(key, outcome ? *outcome : write_outcome{}, to)) co_await fetch(key);
        if (outcome) {
            if (outcome->applied) co_return true;
            if (outcome->winner.version == 0) co_return false; // the condition of `also` failed
            continue;
        }
        if (outcome.error().code != base::errc::not_found) co_return outcome.error();
        co_await fetch(key);
        const std::lock_guard lock(mutex_);
        if (position_of(key).version == before.version) co_return false; // it is `also` that has gone
    }
    co_return contended();
}

scenarios::answer<void> scenarios::set(std::string key, std::string state) {
    {
        const std::lock_guard lock(mutex_);
        const auto now = position_of(key);
        if (now.version != 0 && now.name->text == state) co_return base::result<void>();
        flights_.take_off(key);
    }
    const auto outcome = co_await state_.put(space, key, state);
    if (land(key, outcome ? *outcome : write_outcome{}, state)) co_await fetch(key);
    if (!outcome) co_return outcome.error();
    co_return base::result<void>();
}

std::string scenarios::state_of(std::string_view name) const {
    const auto key = scenario_key(name);
    const std::lock_guard lock(mutex_);
    return position_of(key).name->text;
}

std::vector<scenarios::shown> scenarios::list() const {
    std::vector<shown> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, cell] : cells_) {
            if (cell->version == 0) continue;
            const auto parts = read_scenario_key(key);
            std::string name(parts.name);
            if (parts.isolated) name += '[' + std::string(parts.value) + ']';
            all.push_back({std::move(name), cell->name->text});
        }
    }
    std::sort(all.begin(), all.end(),
              [](const shown& left, const shown& right) { return left.name < right.name; });
    return all;
}

scenarios::answer<void> scenarios::forget(std::string name) {
    std::vector<std::string> keys;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, cell] : cells_) {
            if (cell->version != 0 && read_scenario_key(key).name == name) keys.push_back(key);
        }
    }
    const auto removed = co_await state_.remove_all(space, keys);
    for (auto& key : keys)
        co_await fetch(std::move(key));
    co_return removed;
}

scenarios::answer<void> scenarios::clear() {
    const auto cleared = co_await state_.clear(space);
    if (!cleared) co_return cleared.error();
    co_await reread();
    co_return base::result<void>();
}

scenarios::answer<void> scenarios::load() {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        text_map<std::uint64_t> before;
        std::uint64_t removals = 0;
        {
            const std::lock_guard lock(mutex_);
            removals = removals_;
            for (const auto& [key, cell] : cells_) {
                if (cell->version != 0) before.emplace(key, cell->version);
            }
        }
        const auto stored = co_await state_.scan_all(space);
        if (!stored) co_return stored.error();
        {
            const std::lock_guard lock(mutex_);
            if (removals != removals_) continue;
            for (const auto& one : *stored) {
                put(one.key, one.value, one.version);
                before.erase(one.key);
            }
        }
        for (const auto& [key, version] : before)
            co_await fetch(key);
        co_return base::result<void>();
    }
    co_return base::error{base::errc::conflict, "scenarios are removed faster than they can be read"};
}

asio::awaitable<void> scenarios::reread() {
    {
        const std::lock_guard lock(mutex_);
        flights_.postpone_all();
    }
    const auto done = co_await load();
    if (!done && unread({}, done.error())) warn_of_backend(done.error());
}

asio::awaitable<void> scenarios::changed(std::string key, std::uint64_t version) {
    {
        const std::lock_guard lock(mutex_);
        static_cast<void>(flights_.postpone(key, version)); // for the write's end, whatever is done now
        const auto known = position_of(key).version;
        if (version == 0 ? known == 0 : known >= version) co_return;
    }
    co_await fetch(std::move(key));
}

asio::awaitable<void> scenarios::fetch(std::string key) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        std::uint64_t known = 0;
        std::uint64_t removals = 0;
        {
            const std::lock_guard lock(mutex_);
            known = position_of(key).version;
            removals = removals_;
        }
        const auto got = co_await state_.get(space, key);
        if (!got && got.error().code != base::errc::not_found) {
            if (unread(key, got.error())) warn_of_backend(got.error());
            co_return;
        }
        const std::lock_guard lock(mutex_);
        if (got) {
            if (removals != removals_) continue;
            put(key, got->value, got->version);
            co_return;
        }
        if (position_of(key).version != known) continue;
        take_out(key);
        co_return;
    }
    unread(std::move(key), contended());
}

} // namespace mockfleet::store
