// How a member comes to a majority with the other nodes: decides, joins, replaces, waits, goes on alone.
#include "life/lifecycle_state.hpp"
#include "life/seed_survey.hpp"
#include "settings/seed_list.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds survey_patience = 1000ms;
constexpr std::chrono::milliseconds admit_patience = 8000ms;
constexpr std::chrono::milliseconds promote_patience = 6000ms;
constexpr std::chrono::seconds silence_patience = 15s;

} // namespace

void lifecycle::state::decide() {
    phase_ = seed_phase::empty;
    survey(
        *probe_, settings_, survey_patience, guarded([](state& self, const std::vector<seed_view>& others) {
            const auto next = decide_without_data(self.settings_, self.own_token_, others);
            if (next.what == next_step::kind::wait) {
                self.note_heard(others);
                self.pause(200ms, &state::decide, next.reason);
                return;
            }
            if (const auto busy = self.fallen_silent(others);
                next.what == next_step::kind::bootstrap && !busy.empty()) {
                self.pause(200ms, &state::decide, busy + " answered before and may be starting a new fleet");
                return;
            }
            self.act(next);
        }));
}

void lifecycle::state::note_heard(const std::vector<seed_view>& others) {
    for (const auto& one : others) {
        if (one.answered) heard_[one.index] = clock::now();
    }
}

/// A voter that answered a moment ago and now does not, though its process is there: a second fleet must not
/// begin beside the one that it may be starting.
std::string lifecycle::state::fallen_silent(const std::vector<seed_view>& others) const {
    for (const auto& one : others) {
        const auto before = heard_.find(one.index);
        if (one.answered || one.refused || one.index >= settings_.voters || before == heard_.end()) continue;
        if (clock::now() - before->second < silence_patience)
            return authority(settings_.seeds[one.index].host, settings_.seeds[one.index].peer_port);
    }
    return {};
}

void lifecycle::state::act(const next_step& next) {
    switch (next.what) {
    case next_step::kind::wait:
        pause(300ms, &state::await, next.reason);
        break;
    case next_step::kind::bootstrap: {
        log_.info("a new fleet is started: " + next.reason, {{"name", next.token}});
        phase_ = seed_phase::bootstrapping;
        auto made = place(engine_start::fresh);
        made.token = next.token;
        run(std::move(made));
        break;
    }
    case next_step::kind::join:
        join(next.via);
        break;
    case next_step::kind::replace:
        log_.warn("this node's engine data are put aside as member.old and the node joins without them: " +
                      next.reason,
                  {{"directory", dir_->path()}});
        replace(next.via);
        break;
    case next_step::kind::force:
        log_.warn("this node's engine goes on alone with its own data: " + next.reason);
        restart_forced();
        break;
    }
}

void lifecycle::state::join(std::size_t via) {
    const auto& own = settings_.seeds[settings_.self];
    const seed_question question{.what = seed_question::kind::admit,
                                 .cluster = settings_.cluster_name,
                                 .name = settings_.own_name,
                                 .peer_url = peer_url(settings_, own)};
    ask_seed(*probe_, settings_, via, question, admit_patience,
             guarded([](state& self, const seed_view& said) {
                 if (!said.answered || !said.answer.accepted) {
                     self.pause(300ms, &state::decide,
                                "the fleet runs, but does not admit this node yet: " +
                                    (said.answered ? said.answer.reason : said.trouble));
                     return;
                 }
                 auto made = self.place(engine_start::existing);
                 made.initial_cluster = initial_cluster(self.settings_, said.answer.members);
                 self.phase_ = seed_phase::recovering;
                 self.run(std::move(made));
             }));
}

void lifecycle::state::replace(std::size_t via) {
    supervisor_->stop(stop_patience, guarded([via](state& self) {
                          try {
                              self.dir_->discard();
                          } catch (const plugin::failure& thrown) {
                              self.pause(1s, &state::await, thrown.what());
                              return;
                          }
                          self.had_majority_ = false;
                          self.removed_ = false;
                          self.known_ = {};
                          self.phase_ = seed_phase::empty;
                          self.join(via);
                      }));
}

void lifecycle::state::restart_forced() {
    supervisor_->stop(stop_patience, guarded([](state& self) {
                          self.phase_ = seed_phase::recovering;
                          self.run(self.place(engine_start::forced));
                      }));
}

void lifecycle::state::await() {
    client_.confirm(confirm_patience, guarded([](state& self, const engine_answer<bool>& now) {
                        if (!now.failed) {
                            self.running();
                            return;
                        }
                        self.phase_ =
                            self.phase_ == seed_phase::running ? seed_phase::recovering : self.phase_;
                        self.waiting_ = now.error.message;
                        if (self.settings_.clustered)
                            self.look_around();
                        else
                            self.pause(50ms, &state::await, now.error.message);
                    }));
}

/// No majority: perhaps a learner that may vote now, perhaps outdated, perhaps the last one.
void lifecycle::state::look_around() {
    desk_->look(guarded([](state& self, seed_answer own) {
        if (own.member_id != 0) self.known_ = own;
        // While its engine is down, what it was before counts.
        own.member_id = self.known_.member_id;
        own.cluster_id = self.known_.cluster_id;
        if (own.learner) {
            self.ask_promotion(own.member_id);
            return;
        }
        // An engine that has just been started needs a moment before anything is concluded.
        if (++self.rounds_ % 2 == 1) {
            self.pause(100ms, &state::await);
            return;
        }
        survey(*self.probe_, self.settings_, survey_patience,
               self.guarded(
                   [own](state& now, const std::vector<seed_view>& others) { now.conclude(own, others); }));
    }));
}

void lifecycle::state::conclude(const seed_answer& own, const std::vector<seed_view>& others) {
    auto next = decide_without_majority(settings_, own, others);
    const auto runs = std::find_if(others.begin(), others.end(), [](const seed_view& one) {
        return one.answered && one.answer.phase == seed_phase::running;
    });
    if (removed_ && runs != others.end())
        next = {next_step::kind::replace, runs->index, {}, "the fleet has removed this member"};
    const bool pair = settings_.survivor != two_node_survivor::none && had_majority_;
    if (next.what == next_step::kind::wait && pair)
        last_of_two(others);
    else
        act(next);
}

void lifecycle::state::ask_promotion(std::uint64_t member) {
    survey(
        *probe_, settings_, survey_patience,
        guarded([member](state& self, const std::vector<seed_view>& others) {
            const auto found = std::find_if(others.begin(), others.end(), [](const seed_view& one) {
                return one.answered && one.answer.phase == seed_phase::running;
            });
            if (found == others.end()) {
                self.pause(300ms, &state::await,
                           "this node is caught up by nobody: no other node has a majority");
                return;
            }
            // Removed again while it caught up: another attempt of this node replaced it.
            const bool member_there = std::any_of(found->answer.members.begin(), found->answer.members.end(),
                                                  [&](const engine_member& one) { return one.id == member; });
            if (!member_there) {
                self.act({next_step::kind::replace, found->index, {}, "the fleet does not know this member"});
                return;
            }
            const seed_question question{.what = seed_question::kind::promote,
                                         .cluster = self.settings_.cluster_name,
                                         .name = self.settings_.own_name,
                                         .peer_url = {},
                                         .member_id = member};
            ask_seed(*self.probe_, self.settings_, found->index, question, promote_patience,
                     self.guarded([](state& now, const seed_view& said) {
                         if (said.answered && said.answer.accepted)
                             now.await();
                         else
                             now.pause(100ms, &state::await,
                                       "catching up with the fleet: " +
                                           (said.answered ? said.answer.reason : said.trouble));
                     }));
        }));
}

void lifecycle::state::last_of_two(const std::vector<seed_view>& others) {
    const bool long_enough = clock::now() - without_majority_since_ > 2 * settings_.election;
    if (others.empty() || others[0].answered || !long_enough) {
        pause(200ms, &state::await, "the engine has no majority: one of two nodes is missing");
        return;
    }
    const auto decided = [other = others[0]](state& self, bool tie_breaker) {
        self.act(decide_survivor(self.settings_, other, tie_breaker));
    };
    const auto there = parse_host_port(settings_.tie_breaker);
    if (!there) {
        decided(*this, false);
        return;
    }
    // A connection is all that is asked of it.
    auto link = std::make_shared<http_link>(loop_.get_executor(),
                                            http_origin{false, there->host, there->port}, tls_choice{});
    auto timer = std::make_shared<asio::steady_timer>(loop_, 1s);
    auto once = std::make_shared<std::function<void(bool)>>(
        guarded([decided](state& self, bool reached) { decided(self, reached); }));
    const auto finish = [once, timer, weak = std::weak_ptr(link)](bool reached) {
        const auto told = std::exchange(*once, nullptr);
        if (const auto open = weak.lock()) open->close();
        timer->cancel();
        if (told) told(reached);
    };
    timer->async_wait([finish, link](const auto& cancelled) {
        if (!cancelled) finish(false);
    });
    link->open({[finish] { finish(true); }, [](std::string_view) {},
                [finish](const std::string&, bool) { finish(false); }});
}

/// A node without a vote uses the voters' engines.
void lifecycle::state::follow() {
    if (phase_ == seed_phase::running) phase_ = seed_phase::recovering;
    survey(*probe_, settings_, survey_patience,
           guarded([](state& self, const std::vector<seed_view>& others) {
               for (const auto& one : others) {
                   if (!one.answered || one.answer.phase != seed_phase::running) continue;
                   const auto urls = self.reachable(one.answer.members);
                   if (urls.empty()) continue;
                   self.client_.set_endpoints(urls);
                   self.client_.confirm(confirm_patience,
                                        self.guarded([](state& now, const engine_answer<bool>& usable) {
                                            if (usable.failed)
                                                now.pause(300ms, &state::follow, usable.error.message);
                                            else
                                                now.running();
                                        }));
                   return;
               }
               self.pause(500ms, &state::follow,
                          "no voting node has a majority and an engine that this node can reach");
           }));
}

} // namespace mockfleet::replicated
