// Creating and updating: decide on the local content, write to the backend on condition that it was right,
// apply.
#include "store/expectations.hpp"

#include "base/log.hpp"
#include "base/random_id.hpp"
#include "store/expectation_table.hpp"
#include "store/stored_expectation.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr int most_attempts = 16;

/// How often an I/O thread looks for the lock before it leaves the work to others: about as long as another
/// one has it.
constexpr int most_looks = 64;
/// Beyond so many stored ones the index may need milliseconds to grow.
constexpr std::size_t most_at_once = 20'000;

/// core.md 3.2: would posting `next` change anything?
bool same_content(const live_expectation& stored, const model::expectation& next, std::int64_t now_ns) {
    if (!stored.usable(now_ns)) return false;
    if (stored.remaining.load(std::memory_order_relaxed) != next.times.remaining.value_or(-1)) return false;
    if (stored.definition.time_to_live.end_date_ms == next.time_to_live.end_date_ms)
        return stored.definition == next;
    auto undated = next;
    undated.time_to_live.end_date_ms = stored.definition.time_to_live.end_date_ms;
    return stored.definition == undated;
}

/// May what was answered so have been written?
bool is_doubtful(base::errc code) {
    return code == base::errc::timeout || code == base::errc::unavailable || code == base::errc::cancelled ||
           code == base::errc::internal;
}

base::error half_stored() {
    return {base::errc::timeout,
            "only a part of the expectations could be stored, and the state backend does "
            "not let it be taken back: repeat the call with the same ids"};
}

} // namespace

/// One call of upsert on its way.
class expectations::upsert_plan {
public:
    struct write {
        std::size_t element; ///< of `compiled`
        live_pointer previous;
        std::string value;
        std::string uses;          ///< the counter's start; empty: none
        std::uint64_t version = 0; ///< once written
        [[nodiscard]] condition when() const {
            return previous ? condition::unchanged_since(previous->version) : condition::absent();
        }
    };
    /// Of what is stored, before anything is written.
    text_map<entry> counters;
    /// Written in several transactions: then each has to know exactly what it may have to bring back.
    bool in_parts = false;
    bool only_absent = false; ///< what is stored stays what it is

    std::vector<std::shared_ptr<live_expectation>> compiled; ///< one per posted element
    live_list result;
    std::vector<write> writes; ///< one per id
    live_list created, updated;

    [[nodiscard]] const std::string& id_of(const write& one) const {
        return compiled[one.element]->definition.id;
    }

    /// Under the store's mutex: what has to be written, given what is stored now.
    void decide(expectation_table& table, std::int64_t now_ns, std::uint64_t node) {
        result.clear();
        writes.clear();
        created.clear();
        updated.clear();
        std::unordered_map<std::string_view, std::size_t> staged; ///< id -> index in writes
        for (std::size_t i = 0; i < compiled.size(); ++i) {
            auto& live = *compiled[i];
            const auto earlier = staged.find(live.definition.id);
            const auto stored = earlier != staged.end() ? compiled[writes[earlier->second].element]
                                                        : table.find(live.definition.id);
            if (stored && (only_absent || same_content(*stored, live.definition, now_ns))) {
                result.push_back(stored);
                continue;
            }
            live.order = stored ? stored->order : table.next_order(now_ns, node);
            live.expires_ns = deadline_of(live.definition.time_to_live, now_ns);
            result.push_back(compiled[i]);
            (stored ? updated : created).push_back(compiled[i]);
            if (earlier != staged.end()) {
                writes[earlier->second].element = i;
            } else {
                staged.emplace(live.definition.id, writes.size());
                writes.push_back({i, stored, {}, {}});
            }
        }
        for (const auto& one : writes)
            table.flights.take_off(id_of(one));
    }

    void encode_all() {
        for (auto& one : writes) {
            auto& live = *compiled[one.element];
            one.value = encode(live.definition, live.order, live.expires_ns);
            live.weigh(one.value.size());
            if (live.counted) one.uses = std::to_string(live.remaining.load(std::memory_order_relaxed));
        }
    }

    /// The entries of writes [begin, end) with their counters, and for each operation the write it belongs
    /// to.
    struct batch {
        std::vector<batch_operation> operations;
        std::vector<std::size_t> owners;
    };
    [[nodiscard]] batch batch_of(std::size_t begin, std::size_t end) const {
        batch made;
        for (auto i = begin; i < end; ++i) {
            const auto& one = writes[i];
            made.operations.push_back({batch_operation::kind::put, space, id_of(one), one.value, one.when()});
            made.owners.push_back(i);
            if (!has_counter(one)) continue;
            const auto when = in_parts ? counter_unchanged(one) : condition();
            if (one.uses.empty())
                made.operations.push_back({batch_operation::kind::remove, uses_space, id_of(one), {}, when});
            else
                made.operations.push_back(
                    {batch_operation::kind::put, uses_space, id_of(one), one.uses, when});
            made.owners.push_back(i);
        }
        return made;
    }
    [[nodiscard]] condition counter_unchanged(const write& one) const {
        const auto found = counters.find(id_of(one));
        return found != counters.end() ? condition::unchanged_since(found->second.version) : condition();
    }
    /// A fleet counts its uses, or did so before this write.
    [[nodiscard]] bool has_counter(const write& one) const {
        return compiled[one.element]->counted || (one.previous && one.previous->counted);
    }
    [[nodiscard]] bool any_counter() const {
        return std::any_of(writes.begin(), writes.end(),
                           [this](const write& one) { return has_counter(one); });
    }
};

/// Without the lock when an I/O thread would have to wait for it.
std::unique_lock<std::mutex> expectations::locked(pace how) const {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (how == pace::may_wait) {
        lock.lock();
        return lock;
    }
    for (int look = 0; look < most_looks && !lock.try_lock(); ++look)
        std::this_thread::yield();
    return lock;
}

/// False: an I/O thread would have to wait.
bool expectations::decide(upsert_plan& plan, pace how) {
    const auto lock = locked(how);
    if (!lock) return false;
    const auto bound = std::min(max_.load(std::memory_order_relaxed), most_at_once);
    if (how == pace::at_once && table_->size() >= bound) return false;
    plan.decide(*table_, now(), node_);
    return true;
}

asio::awaitable<void> expectations::evict(pace how) {
    auto evicting = evictor_ ? evictor_() : evict_surplus();
    if (how == pace::at_once)
        co_await asio::co_spawn(control_, std::move(evicting), asio::use_awaitable);
    else
        co_await std::move(evicting);
}

expectations::answer<live_list> expectations::upsert(std::vector<model::expectation> posted, pace how) {
    if (how == pace::at_once && (posted.size() != 1 || !begins_at_once()))
        co_return base::error{base::errc::cancelled, "not at once"};
    upsert_plan plan;
    co_return co_await carry_out(plan, std::move(posted), how);
}

expectations::answer<live_list> expectations::add_absent(std::vector<model::expectation> posted) {
    upsert_plan plan;
    plan.only_absent = true;
    co_return co_await carry_out(plan, std::move(posted), pace::may_wait);
}

expectations::answer<live_list> expectations::carry_out(upsert_plan& plan,
                                                        std::vector<model::expectation> posted, pace how) {
    plan.compiled.reserve(posted.size());
    for (auto& one : posted) {
        if (one.id.empty()) one.id = base::random_id();
        plan.compiled.push_back(compile(std::move(one)));
    }
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        // Whether content is the same depends on the uses left.
        auto counters = co_await refresh_uses_of(counted_among(plan.compiled));
        if (!counters) co_return counters.error();
        plan.counters = std::move(*counters);
        if (!decide(plan, how)) co_return base::error{base::errc::cancelled, "not at once"};
        // Whatever is thrown: a flight that never lands would postpone all that is heard of its key.
        base::result<bool> written = false;
        std::exception_ptr thrown;
        try {
            plan.encode_all();
            // Alone, nobody asks (is_own).
            if (!alone_.load()) {
                const std::lock_guard lock(mutex_);
                for (const auto& one : plan.writes)
                    table_->flights.carry(plan.id_of(one), one.value);
            }
            written = co_await write_through(plan);
        } catch (...) {
            thrown = std::current_exception();
            const std::lock_guard lock(mutex_);
            for (const auto& one : plan.writes)
                static_cast<void>(table_->flights.postpone(plan.id_of(one), 0)); // finish() reads them
        }
        co_await finish(plan, written, how);
        if (thrown) std::rethrow_exception(thrown);
        if (!written) co_return written.error();
        if (!*written) continue;
        note_change(entry_type::created_expectation, "creating expectation:{}with id:{}", plan.created);
        note_change(entry_type::updated_expectation, "updated expectation:{}with id:{}", plan.updated);
        if (!plan.created.empty() && size() > max_.load(std::memory_order_relaxed)) co_await evict(how);
        if (const auto safe = co_await kept(); !safe) co_return safe.error();
        co_return std::move(plan.result);
    }
    co_return base::error{base::errc::unavailable,
                          "the expectation is being changed by too many others at the same time; nothing is "
                          "stored, try again"};
}

live_list expectations::counted_among(const std::vector<std::shared_ptr<live_expectation>>& posted) const {
    live_list found;
    if (!shared_times_ || !clustered_) return found;
    const std::lock_guard lock(mutex_);
    for (const auto& one : posted) {
        auto stored = table_->find(one->definition.id);
        if (stored && stored->counted) found.push_back(std::move(stored));
    }
    return found;
}

expectations::answer<bool> expectations::write_through(upsert_plan& plan) {
    const auto total = plan.writes.size();
    if (total == 0) co_return true;
    const bool counters = plan.any_counter();
    if (!counters && (total == 1 || !state_.has_batch())) co_return co_await write_one_by_one(plan);
    const std::size_t most = counters ? max_batch_ / 2 : max_batch_;
    const auto step = most == 0 ? total : most;
    plan.in_parts = total > step;
    for (std::size_t begin = 0; begin < total; begin += step) {
        const auto end = std::min(total, begin + step);
        const auto sent = plan.batch_of(begin, end);
        const auto outcome = co_await state_.batch(sent.operations);
        if (!outcome) co_return co_await start_over(plan, begin, end, outcome.error());
        if (!outcome->applied) {
            if (!co_await undo(plan, begin)) co_return half_stored();
            co_await fetch(plan.id_of(plan.writes[sent.owners[outcome->failed]]));
            co_return false;
        }
        for (std::size_t i = 0; i < outcome->versions.size() && i < sent.operations.size(); ++i) {
            if (sent.operations[i].space == space) plan.writes[sent.owners[i]].version = outcome->versions[i];
        }
    }
    co_return true;
}

expectations::answer<bool> expectations::write_one_by_one(upsert_plan& plan) {
    plan.in_parts = plan.writes.size() > 1;
    for (std::size_t i = 0; i < plan.writes.size(); ++i) {
        auto& one = plan.writes[i];
        const auto outcome = co_await state_.put(space, plan.id_of(one), one.value, one.when());
        if (!outcome) co_return co_await start_over(plan, i, i + 1, outcome.error());
        if (!outcome->applied) {
            if (!co_await undo(plan, i)) co_return half_stored();
            co_await fetch(plan.id_of(one));
            co_return false;
        }
        one.version = outcome->version;
    }
    co_return true;
}

/// Of writes [begin, end) it is not known whether they were made.
expectations::answer<bool> expectations::start_over(upsert_plan& plan, std::size_t begin, std::size_t end,
                                                    base::error reason) {
    bool found = false;
    if (plan.in_parts && is_doubtful(reason.code)) {
        const auto looked = co_await find_written(plan, begin, end);
        if (!looked) co_return half_stored();
        found = *looked;
    }
    if (!co_await undo(plan, found ? end : begin)) co_return half_stored();
    if (found)
        co_return base::error{base::errc::unavailable,
                              "nothing is stored, because a part could not be confirmed: " + reason.message};
    if (reason.code != base::errc::not_found) co_return reason;
    // An entry that was to be updated has gone; which one is not said.
    for (const auto& one : plan.writes) {
        if (one.previous) co_await fetch(plan.id_of(one));
    }
    co_return false;
}

/// True when the backend has some of them: then they have versions.
expectations::answer<bool> expectations::find_written(upsert_plan& plan, std::size_t begin, std::size_t end) {
    bool found = false;
    for (auto i = begin; i < end; ++i) {
        auto& one = plan.writes[i];
        const auto stored = co_await state_.get(space, plan.id_of(one));
        if (!stored) {
            if (stored.error().code != base::errc::not_found) co_return stored.error();
            continue;
        }
        if (stored->value != one.value) continue;
        one.version = stored->version;
        found = true;
    }
    co_return found;
}

expectations::answer<void> expectations::take_back(const upsert_plan& plan, std::size_t index) {
    const auto& one = plan.writes[index];
    const auto& id = plan.id_of(one);
    // As long as the entry is the one written here, the counter beside it is its counter.
    const auto when = condition::unchanged_since(one.version);
    std::string value;
    batch_operation entry{batch_operation::kind::remove, space, id, {}, when};
    batch_operation counter{batch_operation::kind::remove, uses_space, id, {}};
    if (one.previous) {
        const auto& before = *one.previous;
        value = encode(before.definition, before.order, before.expires_ns);
        entry.what = batch_operation::kind::put;
        entry.value = value;
        if (const auto uses = plan.counters.find(id); before.counted && uses != plan.counters.end()) {
            counter.what = batch_operation::kind::put;
            counter.value = uses->second.value;
        }
    }
    if (plan.has_counter(one)) {
        const std::vector<batch_operation> both{entry, counter};
        const auto done = co_await state_.batch(both);
        if (!done) co_return done.error();
    } else if (one.previous) {
        const auto done = co_await state_.put(space, id, value, when);
        if (!done) co_return done.error();
    } else {
        const auto done = co_await state_.remove(space, id, when);
        if (!done) co_return done.error();
    }
    co_return base::result<void>();
}

/// False when something of it may still be stored.
asio::awaitable<bool> expectations::undo(upsert_plan& plan, std::size_t written) {
    // Several writes are not one transaction; the condition leaves alone what others wrote since.
    for (auto i = written; i-- > 0;) {
        auto& one = plan.writes[i];
        if (one.version == 0) continue;
        const auto& id = plan.id_of(one);
        const auto outcome = co_await take_back(plan, i);
        if (!outcome && outcome.error().code != base::errc::not_found) {
            base::log::error(
                "expectation-undo-failed", "an upsert failed and what it had written could not be taken back",
                {{"expectation", id}, {"others", std::to_string(i)}, {"error", outcome.error().message}});
            co_return false;
        }
        one.version = 0;
        const std::lock_guard lock(mutex_);
        static_cast<void>(table_->flights.postpone(id, 0)); // finish() reads what is there now
    }
    co_return true;
}

asio::awaitable<void> expectations::finish(upsert_plan& plan, const base::result<bool>& outcome, pace how) {
    const bool written = outcome && *outcome;
    std::vector<std::string> stale;
    {
        live_list retired;
        const auto lock = locked(how);
        if (!lock) {
            co_await asio::co_spawn(control_, finish(plan, outcome, pace::may_wait), asio::use_awaitable);
            co_return;
        }
        if (written) {
            std::vector<change> changes;
            changes.reserve(plan.writes.size());
            for (const auto& one : plan.writes) {
                auto& live = plan.compiled[one.element];
                live->version = one.version;
                // Whether before or after this write, the backend knows.
                if (table_->flights.was_removed(live->definition.id)) continue;
                changes.push_back({live->definition.id, live, nullptr});
            }
            retired = apply_locked(changes);
        }
        for (const auto& one : plan.writes) {
            if (table_->flights.land(plan.id_of(one), written ? one.version : 0, one.value))
                stale.push_back(plan.id_of(one));
        }
    }
    if (!outcome) {
        read_later(std::move(stale)); // the backend was slow enough already
        co_return;
    }
    for (auto& id : stale)
        co_await fetch(std::move(id));
}

} // namespace mockfleet::store
