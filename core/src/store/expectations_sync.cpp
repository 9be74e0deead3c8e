// Removing, loading, and following what others do to the backend.
#include "store/expectations.hpp"

#include "base/log.hpp"
#include "matching/compiled_matcher.hpp"
#include "model/codec.hpp"
#include "store/event_log.hpp"
#include "store/expectation_table.hpp"
#include "store/scenarios.hpp"
#include "store/stored_expectation.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr int most_attempts = 16;

void warn_of_backend(const char* what, const base::error& reason) {
    base::log::warn("expectations-backend-failed", what, {{"error", reason.message}});
}

} // namespace

base::result<live_pointer> expectations::restore(const entry& stored) const {
    auto read = decode(stored.value);
    if (!read) return read.error();
    read->definition.id = stored.key;
    auto live = compile(std::move(read->definition));
    live->order = read->order;
    live->expires_ns = read->expires_ns;
    live->version = stored.version;
    live->weigh(stored.value.size());
    return live_pointer(std::move(live));
}

expectations::answer<void> expectations::load() {
    const auto info = co_await state_.describe();
    if (!info) co_return info.error();
    node_ = std::hash<std::string>()(info->node_id);
    max_batch_ = info->max_batch;
    clustered_ = info->clustered;
    if (clustered_ && shared_times_ && !(state_.has_add() && state_.has_batch())) {
        shared_times_ = false;
        base::log::warn("times-not-shared",
                        "the state backend cannot count fleet-wide: each node counts the uses of limited "
                        "expectations for itself",
                        {{"backend", state_.backend_name()}});
    }
    co_return co_await read_all();
}

expectations::answer<void> expectations::read_all() {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        live_list before;
        std::uint64_t removals = 0;
        {
            const std::lock_guard lock(mutex_);
            before = table_->by_age();
            removals = table_->removals();
        }
        const auto entries = co_await state_.scan_all(space);
        if (!entries) co_return entries.error();
        std::unordered_map<std::string_view, std::uint64_t> known;
        for (const auto& one : before)
            known.emplace(one->definition.id, one->version);
        std::unordered_set<std::string_view> found;
        std::vector<change> changes;
        for (const auto& one : *entries) {
            found.insert(one.key);
            if (const auto at = known.find(one.key); at != known.end() && at->second >= one.version) continue;
            auto restored = restore(one);
            if (!restored) {
                base::log::error("expectation-unreadable",
                                 "an expectation in the state backend cannot be read and is not served",
                                 {{"expectation", one.key}, {"error", restored.error().message}});
                continue;
            }
            changes.push_back({one.key, std::move(*restored), nullptr});
        }
        {
            live_list retired;
            const std::lock_guard lock(mutex_);
            if (removals != table_->removals()) continue;
            retired = apply_locked(changes);
        }
        for (const auto& one : before) {
            if (!found.contains(one->definition.id)) co_await fetch(one->definition.id);
        }
        co_return base::result<void>();
    }
    co_return base::error{base::errc::conflict, "expectations are removed faster than they can be read"};
}

asio::awaitable<void> expectations::reread() {
    {
        const std::lock_guard lock(mutex_);
        table_->flights.postpone_all();
    }
    const auto done = co_await read_all();
    if (!done && unread({}, done.error()))
        warn_of_backend("the expectations could not be read again after a change in the backend",
                        done.error());
}

asio::awaitable<void> expectations::changed(std::string id, std::uint64_t version) {
    {
        const std::lock_guard lock(mutex_);
        static_cast<void>(table_->flights.postpone(id, version));
        const auto stored = table_->find(id);
        if (version == 0 ? !stored : stored && stored->version >= version) co_return;
    }
    co_await fetch(std::move(id), on_own::skip);
}

asio::awaitable<void> expectations::fetch(std::string id, on_own how) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        live_pointer before;
        std::uint64_t removals = 0;
        {
            const std::lock_guard lock(mutex_);
            before = table_->find(id);
            removals = table_->removals();
        }
        const auto got = co_await state_.get(space, id);
        std::vector<change> changes;
        if (!got) {
            if (got.error().code != base::errc::not_found) {
                if (unread(id, got.error()))
                    warn_of_backend("an expectation could not be read again after a change in the backend; "
                                    "it is tried until it can",
                                    got.error());
                co_return;
            }
            // Somebody who stored it anew meanwhile has put another object in its place: then it stays.
            changes.push_back({id, nullptr, before});
        } else {
            if (before && before->version >= got->version) co_return;
            if (how == on_own::skip) {
                const std::lock_guard lock(mutex_);
                if (table_->flights.carries(id, got->value)) co_return;
            }
            auto restored = restore(*got);
            if (!restored) {
                base::log::error("expectation-unreadable",
                                 "an expectation in the state backend cannot be read and is not served",
                                 {{"expectation", id}, {"error", restored.error().message}});
                co_return;
            }
            changes.push_back({id, std::move(*restored), nullptr});
        }
        live_list retired;
        const std::lock_guard lock(mutex_);
        if (got && removals != table_->removals()) continue;
        retired = apply_locked(changes);
        co_return;
    }
    unread(std::move(id), {base::errc::conflict, "expectations are removed faster than they can be read"});
}

expectations::answer<bool> expectations::remove_one(const live_expectation& victim, removal which) {
    const auto& id = victim.definition.id;
    const auto when = which == removal::unchanged ? condition::unchanged_since(victim.version) : condition();
    base::result<bool> gone = false;
    if (victim.counted) {
        const batch_operation operations[] = {{batch_operation::kind::remove, space, id, {}, when},
                                              {batch_operation::kind::remove, uses_space, id, {}}};
        const auto outcome = co_await state_.batch(operations);
        gone = outcome ? base::result<bool>(outcome->applied) : outcome.error();
    } else {
        const auto outcome = co_await state_.remove(space, id, when);
        gone = outcome ? base::result<bool>(outcome->applied) : outcome.error();
    }
    if (!gone && gone.error().code == base::errc::not_found) co_return true;
    co_return gone;
}

expectations::answer<void> expectations::remove_from_backend(live_list& victims, removal which) {
    live_list gone;
    gone.reserve(victims.size());
    const bool together = victims.size() > 1 && state_.has_batch();
    const auto step = !together         ? 1
                      : max_batch_ == 0 ? victims.size()
                                        : std::max<std::size_t>(1, max_batch_ / 2);
    for (std::size_t begin = 0; begin < victims.size(); begin += step) {
        const auto end = std::min(victims.size(), begin + step);
        if (together) {
            std::vector<batch_operation> operations;
            for (auto i = begin; i < end; ++i) {
                const auto& one = *victims[i];
                operations.push_back({batch_operation::kind::remove, space, one.definition.id, {}});
                if (which == removal::unchanged)
                    operations.back().when = condition::unchanged_since(one.version);
                if (one.counted)
                    operations.push_back({batch_operation::kind::remove, uses_space, one.definition.id, {}});
            }
            const auto outcome = co_await state_.batch(operations);
            if (outcome && outcome->applied) {
                gone.insert(gone.end(), victims.begin() + static_cast<std::ptrdiff_t>(begin),
                            victims.begin() + static_cast<std::ptrdiff_t>(end));
                continue;
            }
            if (!outcome && outcome.error().code != base::errc::not_found) {
                victims = std::move(gone);
                co_return outcome.error();
            }
        }
        // Alone, or because one of them is no longer what it was.
        for (auto i = begin; i < end; ++i) {
            const auto removed = co_await remove_one(*victims[i], which);
            if (!removed) {
                victims = std::move(gone);
                co_return removed.error();
            }
            if (*removed) gone.push_back(victims[i]);
        }
    }
    victims = std::move(gone);
    co_return base::result<void>();
}

expectations::answer<std::size_t> expectations::remove_these(live_list victims, removal_notes notes,
                                                             removal which) {
    if (victims.empty()) co_return std::size_t{0};
    const auto asked = victims;
    const auto removed = co_await remove_from_backend(victims, which);
    std::vector<change> changes;
    std::vector<std::string> replaced;
    if (!removed) {
        // What went is applied. The rest may have gone too: a call that failed says nothing.
        std::unordered_set<std::string_view> gone;
        for (const auto& one : victims)
            gone.insert(one->definition.id);
        for (const auto& one : asked) {
            if (!gone.contains(one->definition.id)) replaced.push_back(one->definition.id);
        }
    }
    live_list retired;
    {
        const std::lock_guard lock(mutex_);
        table_->count_removal();
        changes.reserve(victims.size());
        for (const auto& one : victims)
            changes.push_back({one->definition.id, nullptr, one});
        retired = apply_locked(changes);
        // Under the lock: who finds them gone finds the entries too.
        if (notes == removal_notes::each) note_removed(victims);
        for (const auto& one : victims) {
            if (table_->find(one->definition.id)) replaced.push_back(one->definition.id);
            static_cast<void>(table_->flights.postpone(one->definition.id, 0));
        }
    }
    for (auto& id : replaced)
        co_await fetch(std::move(id));
    // Not `retired`: the backend's event may have been faster in taking them out of the index.
    co_await forget_scenarios(victims);
    if (!removed) co_return removed.error();
    co_return victims.size();
}

asio::awaitable<void> expectations::evict_surplus() {
    live_list victims;
    {
        const std::lock_guard lock(mutex_);
        const auto most = max_.load(std::memory_order_relaxed);
        if (table_->size() > most) victims = table_->oldest(table_->size() - most);
    }
    if (victims.empty()) co_return;
    const auto gone = co_await remove_these(std::move(victims));
    if (!gone) warn_of_backend("expectations beyond maxExpectations could not be removed", gone.error());
}

expectations::answer<void> expectations::clear_backend() {
    if (shared_times_ && clustered_) {
        const batch_operation operations[] = {{batch_operation::kind::clear, space, {}, {}},
                                              {batch_operation::kind::clear, uses_space, {}, {}}};
        const auto outcome = co_await state_.batch(operations);
        if (!outcome) co_return outcome.error();
    } else {
        const auto outcome = co_await state_.clear(space);
        if (!outcome) co_return outcome.error();
    }
    co_return base::result<void>();
}

expectations::answer<std::size_t> expectations::clear_all() {
    live_list before;
    {
        const std::lock_guard lock(mutex_);
        before = table_->by_age();
    }
    const auto cleared = co_await clear_backend();
    if (!cleared) co_return cleared.error();
    live_list others;
    {
        std::vector<change> changes;
        changes.reserve(before.size());
        for (const auto& one : before)
            changes.push_back({one->definition.id, nullptr, one});
        live_list retired;
        const std::lock_guard lock(mutex_);
        table_->count_removal();
        table_->forget_matchers();
        table_->flights.postpone_all();
        retired = apply_locked(changes);
        others = table_->by_age();
    }
    // Stored while the backend was cleared, before or after: the backend knows.
    for (const auto& one : others)
        co_await fetch(one->definition.id);
    const auto forgotten = co_await scenarios_.clear();
    if (!forgotten) co_return forgotten.error();
    if (const auto safe = co_await kept(); !safe) co_return safe.error();
    co_return before.size();
}

expectations::answer<std::size_t> expectations::clear_id(std::string id) {
    live_list victims;
    {
        const std::lock_guard lock(mutex_);
        if (auto found = table_->find(id)) victims.push_back(std::move(found));
    }
    const auto gone = co_await remove_these(std::move(victims));
    if (!gone) co_return gone.error();
    note made;
    made.type = entry_type::cleared;
    made.format = "cleared expectations that have id:{}";
    made.arguments = {{note_argument::kind::text, id}};
    log_.record(made);
    if (const auto safe = co_await kept(); !safe) co_return safe.error();
    co_return *gone;
}

expectations::answer<std::size_t> expectations::clear_unchanged(live_list seen) {
    const auto gone = co_await remove_these(std::move(seen), removal_notes::each, removal::unchanged);
    if (!gone) co_return gone.error();
    if (const auto safe = co_await kept(); !safe) co_return safe.error();
    co_return *gone;
}

expectations::answer<std::size_t> expectations::clear_matching(model::request_matcher filter) {
    const auto compiled = matching::compiled_matcher::compile(&filter, matching::direction::control_plane);
    live_list victims;
    {
        const std::lock_guard lock(mutex_);
        victims = table_->by_age();
    }
    std::erase_if(victims, [&](const live_pointer& one) {
        const auto& own = one->definition.request;
        return !matching::filter_selects(compiled, own ? &*own : nullptr);
    });
    const auto gone = co_await remove_these(std::move(victims), removal_notes::each);
    if (!gone) co_return gone.error();
    const auto shown = json::pretty(model::to_json(filter));
    note made;
    made.type = entry_type::cleared;
    made.format = "cleared expectations that match:{}";
    made.arguments = {{note_argument::kind::request, shown}};
    made.request = std::make_shared<const model::request_matcher>(std::move(filter));
    log_.record(made);
    if (const auto safe = co_await kept(); !safe) co_return safe.error();
    co_return *gone;
}

expectations::answer<std::size_t> expectations::sweep() {
    // While the backend is slow, requests go on to hit what is spent: one sweep at a time answers them all.
    const bool leads = sweep_due_.load() && !sweep_leads_.exchange(true);
    base::result<std::size_t> gone = std::size_t{0};
    std::size_t total = 0;
    do {
        if (leads) sweep_again_.store(false);
        gone = co_await sweep_once();
        if (gone) total += *gone;
    } while (leads && gone && sweep_again_.load());
    if (leads) {
        sweep_leads_.store(false);
        sweep_due_.store(false);
        if (gone && sweep_again_.load()) spent(); // it came between the last look and this
    }
    if (gone) {
        sweep_failed_.store(false);
        co_return total;
    }
    // The next request that hits one tries again: that must not be a line each.
    if (!sweep_failed_.exchange(true))
        warn_of_backend("expired and used-up expectations could not be removed", gone.error());
    co_return gone.error();
}

expectations::answer<std::size_t> expectations::sweep_once() {
    live_list victims;
    {
        const std::lock_guard lock(mutex_);
        victims = table_->by_age();
    }
    const auto at = now();
    // Where each node counts for itself, one that is used up here has uses left elsewhere.
    const bool own_count = clustered_ && !shared_times_;
    std::erase_if(victims, [&](const live_pointer& one) {
        const bool expired = one->expires_ns != 0 && at >= one->expires_ns;
        return own_count ? !expired : one->usable(at);
    });
    co_return co_await remove_these(std::move(victims), removal_notes::each, removal::unchanged);
}

} // namespace mockfleet::store
