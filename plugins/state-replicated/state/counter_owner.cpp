// One transaction at a time per counter; the next batch forms meanwhile.
#include "state/counter_owner.hpp"

#include "base/ticker.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds retry_pause{20};
constexpr std::size_t most_idle = 256;
/// A node that lost its seat for a while asks again for what it was not told before.
constexpr std::chrono::minutes grant_memory{10};
constexpr std::size_t most_without_seat = 1024;

} // namespace

counter_owner::counter_owner(boost::asio::io_context& loop, engine& store, const keyspace& keys,
                             const replica& copy, seat& own, const member_table& members, plugin::host host)
    : loop_(loop), engine_(store), keys_(keys), replica_(copy), seat_(own), members_(members), host_(host) {}

void counter_owner::take(take_request asked, steady_clock::time_point deadline, taken done) {
    if (stopped_) return done(MF_UNAVAILABLE, {}, "this node is stopping");
    const auto name = keys_.entry(asked.space, asked.key);
    auto& at = accounts_[name];
    if (!at) {
        at = std::make_shared<account>();
        at->space = asked.space;
        at->key = asked.key;
    }
    const auto on = at;
    on->next.push_back({std::move(asked), deadline, std::move(done)});
    if (on->now.empty()) work(on);
}

counter_owner::known_entry counter_owner::known_of(const engine_entry& entry) {
    known_entry made;
    made.revision = entry.mod_revision;
    const auto opened = unseal(entry.value);
    if (!opened) return made; // no number in it
    made.version = version_of(entry.mod_revision, opened->index);
    made.text = opened->payload;
    made.grants = opened->grants;
    return made;
}

/// What the last transaction left is newer than the copy for a moment, and older once somebody else wrote.
void counter_owner::look(account& on) const {
    const auto here = replica_.find(on.space, on.key);
    if (here.revision <= on.known.revision) return;
    on.known = {};
    if (here.version == 0) return;
    engine_entry entry;
    entry.mod_revision = here.revision;
    entry.value = here.in_parts ? std::string() : *here.bytes;
    on.known = known_of(entry);
    on.known.version = here.version;
}

void counter_owner::work(const account_ptr& on) {
    if (stopped_) return refuse(on, MF_UNAVAILABLE, "this node is stopping");
    if (on->now.empty()) {
        on->now.swap(on->next);
        if (!on->now.empty()) wake(*on);
        look(*on);
    }
    if (on->now.empty()) return rest(on);
    transaction asked;
    operation range;
    range.key = keys_.entry(on->space, on->key);
    asked.when.push_back(
        {range.key, comparison::target::mod_revision, comparison::relation::equal, on->known.revision});
    asked.otherwise.push_back(range);

    auto wanted = on->known;
    auto number = counter_value(wanted.text);
    on->answers.clear();
    bool changed = false;
    if (on->known.revision != 0 && number) {
        for (const auto& one : on->now) {
            const auto granted =
                std::find_if(wanted.grants.begin(), wanted.grants.end(),
                             [&](const counter_grant& grant) { return grant.life == one.asked.life; });
            // An earlier one comes late, by another way; its asker has had its answer and asked again since.
            if (granted != wanted.grants.end() && granted->sequence >= one.asked.sequence) {
                on->answers.push_back({granted->before, 0});
                continue;
            }
            const auto before = *number;
            on->answers.push_back({before, 0});
            if (!add_all(*number, one.asked.additions)) continue;
            changed = true;
            const counter_grant grant{one.asked.life, one.asked.sequence, before};
            if (granted != wanted.grants.end())
                *granted = grant;
            else
                wanted.grants.push_back(grant);
        }
    }
    if (changed) {
        keep_grants(wanted.grants);
        wanted.text = std::to_string(*number);
        envelope made;
        made.by = seat_.next_write();
        made.grants = wanted.grants;
        made.payload = wanted.text;
        operation put;
        put.what = operation::kind::put;
        put.key = range.key;
        put.value = seal(made);
        asked.then.push_back(std::move(put));
    } else {
        // Nothing to write, but that must be true of the engine's entry and not only of what is known here.
        asked.then.push_back(range);
    }
    host_.count("mock_server_cluster_counter_batches");
    engine_.transact(std::move(asked), lifetime_.guard([this, on, wanted = std::move(wanted), changed](
                                                           engine_answer<transaction_result> answer) mutable {
        if (changed && !answer.failed && answer.value.succeeded) {
            wanted.revision = answer.value.revision;
            wanted.version = version_of(answer.value.revision, 0);
        }
        settle(on, std::move(answer), std::move(wanted));
    }));
}

void counter_owner::settle(const account_ptr& on, engine_answer<transaction_result> answer,
                           known_entry wanted) {
    if (stopped_) return refuse(on, MF_UNAVAILABLE, "this node is stopping");
    if (answer.failed) {
        if (answer.error.code == engine_errc::no_space)
            return refuse(on, MF_EXHAUSTED, "the engine's store is full: " + answer.error.message);
        return retry(on);
    }
    if (!answer.value.succeeded) {
        const auto& found = answer.value.results[0].entries;
        on->known = found.empty() ? known_entry() : known_of(found[0]);
        return work(on);
    }
    on->known = std::move(wanted);
    if (on->known.revision == 0) return refuse(on, MF_NOT_FOUND, "no such key");
    if (!counter_value(on->known.text))
        return refuse(on, MF_INVALID, "the value is no decimal 64-bit integer");
    // All of it taken out first: whoever is told may ask again at once, and the next batch then begins here.
    const auto version = on->known.version;
    const auto served = std::exchange(on->now, {});
    const auto answers = std::exchange(on->answers, {});
    std::int64_t count = 0;
    for (std::size_t i = 0; i < served.size(); ++i) {
        for (const auto& one : served[i].asked.additions)
            count += one.count;
        auto told = answers[i];
        if (told.version == 0) told.version = version;
        served[i].done(MF_OK, told, {});
    }
    host_.count("mock_server_cluster_counter_additions", count);
    if (on->now.empty()) work(on);
}

void counter_owner::refuse(const account_ptr& on, mf_status status, const std::string& why) {
    auto refused = std::exchange(on->now, {});
    for (const auto& one : refused)
        one.done(status, {}, why);
    if (!stopped_ && on->now.empty()) work(on);
}

void counter_owner::retry(const account_ptr& on) {
    // Whether the attempt was applied shows when it is made again: the entry's revision has changed then, and
    // what was granted stands in it.
    const auto now = steady_clock::now();
    auto waiting_for = std::exchange(on->now, {});
    std::vector<waiting> late;
    for (auto& one : waiting_for)
        (one.deadline <= now ? late : on->now).push_back(std::move(one));
    const bool again = !on->now.empty();
    if (again) {
        call_after(loop_, retry_pause, lifetime_.guard([this, on] { work(on); }));
    }
    // Last: whoever is told may ask again at once, and nothing may be begun twice.
    for (const auto& one : late)
        one.done(MF_TIMEOUT, {}, "the engine did not answer in time; whether it was counted is unknown");
    if (!again && on->now.empty()) work(on);
}

void counter_owner::wake(account& on) {
    if (!on.rests_at) return;
    idle_.erase(*on.rests_at);
    on.rests_at.reset();
}

void counter_owner::rest(const account_ptr& on) {
    if (on->rests_at) return;
    on->rests_at = idle_.insert(idle_.end(), on);
    if (idle_.size() <= most_idle) return;
    const auto oldest = idle_.front();
    wake(*oldest);
    const auto at = accounts_.find(keys_.entry(oldest->space, oldest->key));
    if (at != accounts_.end() && at->second == oldest) accounts_.erase(at);
}

void counter_owner::keep_grants(std::vector<counter_grant>& grants) {
    const auto now = steady_clock::now();
    for (const auto& [node, member] : members_)
        without_seat_.erase(member.life);
    std::erase_if(grants, [&](const counter_grant& grant) {
        if (std::any_of(members_.begin(), members_.end(),
                        [&](const auto& member) { return member.second.life == grant.life; }))
            return false;
        return now - without_seat_.emplace(grant.life, now).first->second > grant_memory;
    });
    // To forget since when only keeps grants longer.
    if (without_seat_.size() > most_without_seat) without_seat_.clear();
}

void counter_owner::stop() {
    stopped_ = true;
    for (const auto& on : std::exchange(idle_, {}))
        on->rests_at.reset();
    for (const auto& [name, on] : std::exchange(accounts_, {})) {
        for (const auto& one : std::exchange(on->now, {}))
            one.done(MF_UNAVAILABLE, {}, "this node is stopping");
        for (const auto& one : std::exchange(on->next, {}))
            one.done(MF_UNAVAILABLE, {}, "this node is stopping");
    }
}

} // namespace mockfleet::replicated
