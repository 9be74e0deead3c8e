// Removing: what is chosen here goes from the backend first, and from the index when that is done.
#include "store/expectations.hpp"

#include "base/log.hpp"
#include "matching/compiled_matcher.hpp"
#include "model/codec.hpp"
#include "store/event_log.hpp"
#include "store/expectation_table.hpp"
#include "store/scenarios.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <set>
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
    // Those that did not go have changed; or, after a call that failed, may have gone too.
    std::vector<std::string> doubtful;
    std::unordered_set<const live_expectation*> gone;
    for (const auto& one : victims)
        gone.insert(one.get());
    for (const auto& one : asked) {
        if (!gone.contains(one.get())) doubtful.push_back(one->definition.id);
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
            if (table_->find(one->definition.id)) doubtful.push_back(one->definition.id);
            static_cast<void>(table_->flights.postpone(one->definition.id, 0));
        }
    }
    if (!removed) {
        read_later(std::move(doubtful)); // the backend was slow enough already
    } else {
        for (auto& id : doubtful)
            co_await fetch(std::move(id));
    }
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

void expectations::tell_removal(change_observer::selection which) const {
    if (auto* const observer = observer_.load()) observer->removing(std::move(which));
}

expectations::answer<std::size_t> expectations::clear_all() {
    tell_removal({});
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
    tell_removal([id](const model::expectation& one) { return one.id == id; });
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
    const auto compiled = std::make_shared<const matching::compiled_matcher>(
        matching::compiled_matcher::compile(&filter, matching::direction::control_plane));
    const auto selects = [compiled](const model::expectation& one) {
        return matching::filter_selects(*compiled, one.request ? &*one.request : nullptr);
    };
    tell_removal(selects);
    // What is changed between the choice and the removal is looked at again: it may not be meant any more.
    std::set<std::string, std::less<>> chosen;
    std::size_t total = 0;
    bool done = false;
    for (int attempt = 0; attempt < most_attempts && !done; ++attempt) {
        live_list victims;
        {
            const std::lock_guard lock(mutex_);
            victims = table_->by_age();
        }
        std::erase_if(victims, [&](const live_pointer& one) {
            if (attempt != 0 && !chosen.contains(one->definition.id)) return true;
            return !selects(one->definition);
        });
        const auto expected = victims.size();
        if (attempt == 0) {
            for (const auto& one : victims)
                chosen.insert(one->definition.id);
        }
        const auto gone = co_await remove_these(std::move(victims), removal_notes::each, removal::unchanged);
        if (!gone) co_return gone.error();
        total += *gone;
        done = *gone == expected;
    }
    if (!done)
        co_return base::error{base::errc::unavailable,
                              "expectations that match are changed by too many others at the same time; some "
                              "are not removed, try again"};
    const auto shown = json::pretty(model::to_json(filter));
    note made;
    made.type = entry_type::cleared;
    made.format = "cleared expectations that match:{}";
    made.arguments = {{note_argument::kind::request, shown}};
    made.request = std::make_shared<const model::request_matcher>(std::move(filter));
    log_.record(made);
    if (const auto safe = co_await kept(); !safe) co_return safe.error();
    co_return total;
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
        if (own_count || one->open_uses.load() != 0) return !expired;
        return one->usable(at);
    });
    co_return co_await remove_these(std::move(victims), removal_notes::each, removal::unchanged);
}

} // namespace mockfleet::store
