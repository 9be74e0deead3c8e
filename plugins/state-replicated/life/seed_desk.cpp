// Looks, admits, promotes.
#include "life/seed_desk.hpp"

#include "life/engine_command.hpp"
#include "life/lifecycle_rules.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

using namespace std::chrono_literals;

namespace {

constexpr auto look_patience = 400ms;
constexpr auto status_patience = 200ms;

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

seed_desk::seed_desk(etcd_client& client, settings of, plugin::logger log, std::function<place()> where)
    : client_(client), of_(std::move(of)), log_(log), where_(std::move(where)) {}

seed_answer seed_desk::blank() const {
    seed_answer made;
    const auto now = where_();
    made.cluster = of_.cluster_name;
    made.name = of_.own_name;
    made.phase = now.phase;
    made.token = now.token;
    made.cluster_id = now.engine.cluster_id;
    made.member_id = now.engine.member_id;
    made.term = now.engine.last_term;
    made.log_index = now.engine.last_index;
    made.votes = of_.is_voter();
    return made;
}

seed_answer seed_desk::refusal(const std::string& reason) const {
    auto made = blank();
    made.accepted = false;
    made.reason = reason;
    return made;
}

void seed_desk::answer(const std::string& question, std::function<void(std::string)> done) {
    if (closed_) return;
    const auto say = [done = std::move(done), self = shared_from_this()](const seed_answer& what) {
        if (!self->closed_) done(encode(what));
    };
    const auto asked = decode_seed_question(question);
    if (!asked) {
        say(refusal("this node does not know that form of question: the versions differ too much"));
    } else if (asked->cluster != of_.cluster_name) {
        say(refusal("this node is of the fleet '" + of_.cluster_name + "', not '" + asked->cluster + "'"));
    } else if (asked->what == seed_question::kind::look) {
        look(say);
    } else if (where_().phase != seed_phase::running) {
        say(refusal("this node's engine has no majority itself"));
    } else if (!is_voter(*asked)) {
        say(refusal("'" + asked->name + "' is not among the voting nodes of this node's clusterSeeds"));
    } else if (asked->what == seed_question::kind::admit) {
        admit(*asked, say);
    } else {
        promote(*asked, say);
    }
}

bool seed_desk::is_voter(const seed_question& question) const {
    const auto end = of_.seeds.begin() + static_cast<std::ptrdiff_t>(voter_count(of_));
    return std::any_of(of_.seeds.begin(), end, [&](const seed& one) { return one.name == question.name; });
}

void seed_desk::look(reply done) {
    auto known = blank();
    if (known.phase != seed_phase::running) {
        with_status(known, std::move(done));
        return;
    }
    // It ran a moment ago; what counts is now.
    client_.confirm(look_patience,
                    [self = shared_from_this(), known, done = std::move(done)](const auto& now) mutable {
                        if (self->closed_) return;
                        if (now.failed) {
                            known.phase = seed_phase::recovering;
                            self->with_status(known, std::move(done));
                            return;
                        }
                        self->client_.members([self, known, done = std::move(done)](auto members) mutable {
                            if (self->closed_) return;
                            if (!members.failed) known.members = std::move(members.value);
                            self->with_status(known, std::move(done));
                        });
                    });
}

void seed_desk::with_status(seed_answer answer, reply done) {
    if (answer.phase == seed_phase::empty) {
        done(std::move(answer));
        return;
    }
    client_.status_within(status_patience, [self = shared_from_this(), answer = std::move(answer),
                                            done = std::move(done)](const auto& status) mutable {
        if (self->closed_) return;
        if (!status.failed) {
            answer.cluster_id = status.value.cluster_id;
            answer.member_id = status.value.member_id;
            answer.term = status.value.term;
            answer.log_index = status.value.log_index;
            answer.learner = status.value.learner;
        }
        done(std::move(answer));
    });
}

void seed_desk::admit(const seed_question& question, reply done) {
    client_.members([self = shared_from_this(), question, done = std::move(done)](const auto& members) {
        if (self->closed_) return;
        if (members.failed) {
            done(self->refusal(members.error.message));
            return;
        }
        const auto old =
            std::find_if(members.value.begin(), members.value.end(), [&](const engine_member& one) {
                return one.name == question.name || std::find(one.peer_urls.begin(), one.peer_urls.end(),
                                                              question.peer_url) != one.peer_urls.end();
            });
        if (old == members.value.end()) {
            self->add(question, done);
            return;
        }
        self->log_.info("a voting node has lost its data; its old member is removed",
                        {{"node", question.name}, {"member", std::to_string(old->id)}});
        self->client_.remove_member(old->id, [self, question, done](const auto& removed) {
            if (self->closed_) return;
            if (removed.failed && !has(removed.error.message, "not found"))
                done(self->refusal(removed.error.message));
            else
                self->add(question, done);
        });
    });
}

void seed_desk::add(const seed_question& question, reply done) {
    client_.add_member(question.peer_url, true,
                       [self = shared_from_this(), question, done = std::move(done)](const auto& added) {
                           if (self->closed_) return;
                           if (added.failed) {
                               done(self->refusal(added.error.message));
                               return;
                           }
                           self->client_.members([self, question, done, id = added.value.id](auto members) {
                               if (self->closed_) return;
                               if (members.failed) {
                                   done(self->refusal(members.error.message));
                                   return;
                               }
                               self->log_.info("a voting node is admitted and catches up",
                                               {{"node", question.name}});
                               auto answer = self->blank();
                               answer.members = std::move(members.value);
                               answer.member_id = id;
                               done(std::move(answer));
                           });
                       });
}

void seed_desk::promote(const seed_question& question, reply done) {
    client_.promote_member(question.member_id, [self = shared_from_this(), question,
                                                done = std::move(done)](const auto& promoted) {
        if (self->closed_) return;
        // Voting already: by an attempt whose answer was lost.
        const bool votes = promoted.failed && has(promoted.error.message, "only promote a learner member") &&
                           !has(promoted.error.message, "in sync");
        if (promoted.failed && !votes) {
            done(self->refusal(promoted.error.message));
            return;
        }
        self->log_.info("a node has caught up and votes", {{"node", question.name}});
        done(self->blank());
    });
}

} // namespace mockfleet::replicated
