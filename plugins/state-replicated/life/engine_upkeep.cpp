// The rounds of the engine's upkeep.
#include "life/engine_upkeep.hpp"

#include "life/engine_command.hpp"
#include "life/lifecycle_rules.hpp"
#include "life/seed_question.hpp"
#include "net/http_link.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

using namespace std::chrono_literals;

namespace {

constexpr auto defragment_lease_seconds = 180U;
constexpr auto probe_patience = 1000ms;

bool is_full(const engine_status& now) {
    return std::any_of(now.alarms.begin(), now.alarms.end(),
                       [](const std::string& alarm) { return alarm.find("NOSPACE") != std::string::npos; });
}

} // namespace

engine_upkeep::engine_upkeep(boost::asio::io_context& loop, engine& store, settings of, plugin::logger log,
                             seed_probe* probe, upkeep_view view, upkeep_limits limits)
    : loop_(loop), engine_(store), of_(std::move(of)), log_(log), probe_(probe), view_(std::move(view)),
      limits_(limits), timer_(loop), turn_(loop) {}

void engine_upkeep::start() {
    wait();
}

void engine_upkeep::stop() {
    stopped_ = true;
    timer_.cancel();
    turn_.cancel();
}

void engine_upkeep::wait() {
    timer_.expires_after(limits_.period);
    timer_.async_wait(guarded([](engine_upkeep& self, const boost::system::error_code& cancelled) {
        if (!cancelled) self.round();
    }));
}

void engine_upkeep::round() {
    wait();
    engine_.status(guarded([](engine_upkeep& self, const engine_answer<engine_status>& now) {
        if (now.failed) return;
        self.count_elections(now.value.term);
        const bool own = self.of_.engine == engine_mode::supervised;
        if (is_full(now.value)) {
            if (own)
                self.full(now.value);
            else
                self.log_.error(
                    "the external engine's store is full: writes are refused until its operator has "
                    "compacted and defragmented it and disarmed the alarm");
            return;
        }
        if (!own) return;
        if (self.view_.coordinates()) {
            self.compact(self.limits_.kept_revisions);
            if (self.of_.clustered && self.probe_ != nullptr) self.review_members();
        }
        const bool has_member = !self.of_.clustered || self.of_.is_voter();
        if (has_member) self.defragment_when_due(now.value);
    }));
}

void engine_upkeep::count_elections(std::uint64_t term) {
    const auto before = std::exchange(term_, term);
    if (before != 0 && term > before && view_.elected) view_.elected(term - before);
}

void engine_upkeep::compact(std::uint64_t keep) {
    const auto applied = view_.applied_by_all();
    if (applied <= keep || applied - keep <= compacted_) return;
    const auto to = applied - keep;
    engine_.compact(to, guarded([to](engine_upkeep& self, const engine_answer<bool>& done) {
                        if (!done.failed) self.compacted_ = to;
                    }));
}

/// A full store refuses every put, so turns cannot be taken by a key: each member waits for its place in the
/// order of the members' ids.
void engine_upkeep::full(const engine_status& now) {
    if (freeing_) return;
    freeing_ = true;
    log_.error(
        "the engine's store is full: writes are refused until it has been compacted and defragmented, "
        "which begins now",
        {{"bytes", std::to_string(now.store_bytes)}, {"in_use", std::to_string(now.store_bytes_in_use)}});
    if (view_.coordinates()) compact(0);
    engine_.members(guarded([own = now.member_id](engine_upkeep& self,
                                                  const engine_answer<std::vector<engine_member>>& members) {
        const std::size_t count = members.failed ? 1 : members.value.size();
        const auto place = static_cast<std::size_t>(std::count_if(
            members.value.begin(), members.value.end(), [&](const auto& one) { return one.id < own; }));
        const auto slot = self.limits_.period / 2;
        self.turn_.expires_after(slot * (place + 1));
        self.turn_.async_wait(
            self.guarded([slot, left = count - std::min(place, count - 1)](
                             engine_upkeep& later, const boost::system::error_code& cancelled) {
                if (cancelled) return;
                later.defragment(later.guarded([slot, left](engine_upkeep& then) {
                    // After the last of them the alarm can go; it comes back if nothing was won.
                    then.turn_.expires_after(slot * left);
                    then.turn_.async_wait(
                        then.guarded([](engine_upkeep& last, const boost::system::error_code& stopped) {
                            last.freeing_ = false;
                            if (stopped || !last.view_.coordinates()) return;
                            last.engine_.disarm(last.guarded([](engine_upkeep& end,
                                                                const engine_answer<bool>& disarmed) {
                                if (!disarmed.failed && disarmed.value)
                                    end.log_.warn("the engine's store has room again: writes are accepted");
                            }));
                        }));
                }));
            }));
    }));
}

void engine_upkeep::defragment(std::function<void()> done) {
    engine_.defragment(
        guarded([done = std::move(done)](engine_upkeep& self, const engine_answer<bool>& answer) {
            if (answer.failed)
                self.log_.warn("the engine's store could not be defragmented",
                               {{"reason", answer.error.message}});
            else
                self.log_.info("the engine's store was defragmented");
            done();
        }));
}

/// Defragmenting stops a member for a moment: one at a time, by a leased key outside of what is replicated,
/// the leader last.
void engine_upkeep::defragment_when_due(const engine_status& now) {
    const bool due =
        now.store_bytes > limits_.defragment_above && now.store_bytes_in_use < now.store_bytes / 2;
    due_rounds_ = due ? due_rounds_ + 1 : 0;
    const bool leads = now.leader == now.member_id;
    if (!due || freeing_ || (leads && due_rounds_ <= limits_.patience_of_leader)) return;
    freeing_ = true;
    engine_.grant_lease(
        defragment_lease_seconds, guarded([](engine_upkeep& self, const engine_answer<std::int64_t>& lease) {
            if (lease.failed) {
                self.freeing_ = false;
                return;
            }
            const auto key = "/" + self.of_.cluster_name + ":upkeep/defragment";
            transaction take{
                .when = {{key, comparison::target::mod_revision, comparison::relation::equal, 0}},
                .then = {{.what = operation::kind::put,
                          .key = key,
                          .range_end = {},
                          .value = self.of_.own_name,
                          .lease = lease.value}},
                .otherwise = {}};
            self.engine_.transact(
                std::move(take),
                self.guarded(
                    [id = lease.value](engine_upkeep& then, const engine_answer<transaction_result>& taken) {
                        const auto release = then.guarded([id](engine_upkeep& last) {
                            last.freeing_ = false;
                            last.engine_.revoke_lease(id, [](const engine_answer<bool>&) {});
                        });
                        if (taken.failed || !taken.value.succeeded)
                            release();
                        else
                            then.defragment(release);
                    }));
        }));
}

void engine_upkeep::review_members() {
    engine_.members(
        guarded([](engine_upkeep& self, const engine_answer<std::vector<engine_member>>& members) {
            if (members.failed) return;
            std::map<std::uint64_t, std::uint32_t> strangers;
            for (const auto& one : members.value) {
                const auto end = self.of_.seeds.begin() + static_cast<std::ptrdiff_t>(voter_count(self.of_));
                const bool listed = std::any_of(self.of_.seeds.begin(), end, [&](const seed& s) {
                    return std::find(one.peer_urls.begin(), one.peer_urls.end(), peer_url(self.of_, s)) !=
                           one.peer_urls.end();
                });
                if (listed) continue;
                const auto known = self.absent_.find(one.id);
                strangers[one.id] = known == self.absent_.end() ? 0 : known->second;
            }
            self.absent_ = std::move(strangers);
            for (const auto& one : members.value) {
                if (self.absent_.contains(one.id)) self.review(one);
            }
        }));
}

/// Another node may have a newer list in which it stands: only who is not there either is removed.
void engine_upkeep::review(const engine_member& stranger) {
    const auto origin = stranger.peer_urls.empty() ? std::nullopt : parse_origin(stranger.peer_urls.front());
    if (!origin) return;
    const auto distance = of_.ack_port - of_.peer_port;
    const seed_address there{origin->host, static_cast<std::uint16_t>(origin->port + distance)};
    const seed_question look{.cluster = of_.cluster_name, .name = of_.own_name, .peer_url = {}};
    probe_->ask(there, encode(look), probe_patience,
                guarded([stranger](engine_upkeep& self, const seed_reply& reply) {
                    auto& absent = self.absent_[stranger.id];
                    absent = reply.answered ? 0 : absent + 1;
                    if (absent < self.limits_.absent_rounds) return;
                    self.absent_.erase(stranger.id);
                    self.log_.warn(
                        "a voting node that is not in clusterSeeds and does not answer any more is removed",
                        {{"node", stranger.name}, {"reason", reply.reason}});
                    self.engine_.remove_member(stranger.id, [](const engine_answer<bool>&) {});
                }));
}

} // namespace mockfleet::replicated
