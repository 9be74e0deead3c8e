// Machines, their names, and what changes them.
#include "store/scenarios.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr int most_attempts = 100;

base::error too_fast() {
    return {base::errc::conflict, "scenarios are removed faster than they can be read"};
}

base::error contended() {
    return {base::errc::unavailable,
            "the scenario is being moved by too many others at the same time; nothing was moved, try again"};
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

bool scenarios::are_made(const std::vector<scenario_move>& moves) const {
    const std::lock_guard lock(mutex_);
    return std::all_of(moves.begin(), moves.end(), [this](const scenario_move& one) {
        const auto now = position_of(one.key);
        return !one.from && now.version != 0 && now.name->text == one.to;
    });
}

/// nullopt: one of them does not start from where it should.
std::optional<std::vector<scenarios::leg>> scenarios::take_off(const std::vector<scenario_move>& moves) {
    std::vector<leg> legs;
    const std::lock_guard lock(mutex_);
    for (const auto& one : moves) {
        const auto now = position_of(one.key);
        if (one.from && now.name->text != *one.from) return std::nullopt;
        if (!one.from && now.version != 0 && now.name->text == one.to) continue;
        const auto when = !one.from          ? condition()
                          : now.version == 0 ? condition::absent()
                                             : condition::unchanged_since(now.version);
        legs.push_back({&one, now.version, when});
    }
    for (const auto& one : legs)
        flights_.take_off(one.what->key);
    return legs;
}

scenarios::answer<batch_outcome> scenarios::write(const std::vector<leg>& legs, const batch_operation* also) {
    if (also == nullptr && legs.size() == 1) {
        const auto& one = legs.front();
        auto done = co_await state_.put(space, one.what->key, one.what->to, one.when);
        if (!done) co_return done.error();
        co_return batch_outcome{done->applied, {done->version}, 0, std::move(done->winner)};
    }
    std::vector<batch_operation> all;
    if (also != nullptr) all.push_back(*also);
    for (const auto& one : legs)
        all.push_back({batch_operation::kind::put, space, one.what->key, one.what->to, one.when});
    co_return co_await state_.batch(all);
}

/// Answers what has to be read again. `done` is null when it is not known what became of them; the operation
/// of the first leg is number `first` of it.
std::vector<std::string> scenarios::land(const std::vector<leg>& legs, const batch_outcome* done,
                                         std::size_t first) {
    std::vector<std::string> stale;
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const auto& key = legs[i].what->key;
        std::uint64_t version = 0;
        if (done != nullptr && done->applied && first + i < done->versions.size()) {
            version = done->versions[first + i];
            put(key, legs[i].what->to, version);
        } else if (done != nullptr && !done->applied && done->failed == first + i) {
            version = done->winner.version;
            if (version != 0) put(key, done->winner.value, version);
        }
        if (flights_.land(key, version)) stale.push_back(key);
    }
    return stale;
}

scenarios::answer<scenarios::outcome> scenarios::move(std::vector<scenario_move> moves,
                                                      const batch_operation* also) {
    if (also == nullptr && moves.size() > 1 && !state_.has_batch()) {
        for (auto& one : moves) {
            std::vector<scenario_move> alone;
            alone.push_back(std::move(one));
            auto done = co_await move(std::move(alone));
            if (!done || *done != outcome::moved) co_return done;
        }
        co_return outcome::moved;
    }
    const std::size_t first = also == nullptr ? 0 : 1;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        const auto legs = take_off(moves);
        if (!legs) co_return outcome::elsewhere;
        if (legs->empty() && also == nullptr) co_return outcome::moved;
        const auto done = co_await write(*legs, also);
        auto stale = land(*legs, done ? &*done : nullptr, first);
        if (!done && done.error().code != base::errc::not_found) {
            read_later(std::move(stale)); // the backend was slow enough already
            co_return done.error();
        }
        for (auto& key : stale)
            co_await fetch(std::move(key));
        if (done && done->applied) co_return outcome::moved;
        if (done && done->failed < first) co_return outcome::refused;
        if (done) continue;
        // An entry that was to be there has gone; which one is not said.
        bool same = true;
        for (const auto& one : *legs) {
            co_await fetch(one.what->key);
            const std::lock_guard lock(mutex_);
            same = same && position_of(one.what->key).version == one.before;
        }
        if (same) co_return outcome::refused;
    }
    co_return contended();
}

scenarios::answer<void> scenarios::set(std::string key, std::string state) {
    std::vector<scenario_move> moves;
    moves.push_back({std::move(key), std::nullopt, std::move(state)});
    const auto done = co_await move(std::move(moves));
    if (!done) co_return done.error();
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
    co_return too_fast();
}

asio::awaitable<void> scenarios::reread() {
    {
        const std::lock_guard lock(mutex_);
        flights_.postpone_all();
    }
    const auto done = co_await load();
    if (!done) unread({}, done.error());
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
            unread(std::move(key), got.error());
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
    unread(std::move(key), too_fast());
}

} // namespace mockfleet::store
