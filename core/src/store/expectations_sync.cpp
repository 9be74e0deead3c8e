// Loading, and following what others do to the backend.
#include "store/expectations.hpp"

#include "base/log.hpp"
#include "store/expectation_table.hpp"
#include "store/stored_expectation.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr int most_attempts = 16;

base::error too_fast() {
    return {base::errc::conflict, "expectations are removed faster than they can be read"};
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

void expectations::add_change(std::vector<change>& changes, const entry& stored,
                              const live_pointer& earlier) const {
    auto restored = restore(stored);
    if (restored) {
        changes.push_back({stored.key, std::move(*restored), nullptr});
        return;
    }
    base::log::error("expectation-unreadable",
                     "an expectation in the state backend cannot be read and is not served",
                     {{"expectation", stored.key}, {"error", restored.error().message}});
    // What it was before is no longer what was asked for.
    if (earlier) changes.push_back({stored.key, nullptr, earlier});
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
    const auto done = co_await read_all();
    if (done && !clustered_) alone_.store(true);
    co_return done;
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
        std::unordered_map<std::string_view, live_pointer> known;
        for (const auto& one : before)
            known.emplace(one->definition.id, one);
        std::unordered_set<std::string_view> found;
        std::vector<change> changes;
        for (const auto& one : *entries) {
            found.insert(one.key);
            const auto at = known.find(one.key);
            const auto earlier = at != known.end() ? at->second : nullptr;
            if (earlier && earlier->version >= one.version) continue;
            add_change(changes, one, earlier);
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
    co_return too_fast();
}

asio::awaitable<void> expectations::reread() {
    {
        const std::lock_guard lock(mutex_);
        table_->flights.postpone_all();
    }
    const auto done = co_await read_all();
    if (!done) unread({}, done.error());
}

bool expectations::is_own(std::string_view id, std::uint64_t version) {
    if (!alone_.load()) return false;
    const auto lock = locked(pace::at_once);
    if (!lock) return false;
    // The write reads the entry again if what it hears here is not what it wrote.
    if (table_->flights.postpone(id, version)) return true;
    const auto stored = table_->find(id);
    return version == 0 ? !stored : stored && stored->version >= version;
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
                unread(std::move(id), got.error());
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
            add_change(changes, *got, before);
        }
        live_list retired;
        const std::lock_guard lock(mutex_);
        if (got && removals != table_->removals()) continue;
        retired = apply_locked(changes);
        co_return;
    }
    unread(std::move(id), too_fast());
}

} // namespace mockfleet::store
