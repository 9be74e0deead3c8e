// Gathering additions, asking the owner, and telling each caller its own outcome.
#include "state/counter_user.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds deadline_tick{20};
constexpr milliseconds retry_pause{20};
/// An owner that does not answer is asked again, or its successor is.
constexpr milliseconds owner_patience{500};

} // namespace

counter_user::counter_user(parts_of_node with)
    : loop_(with.loop), fabric_(with.fabric), owner_(with.owner), members_(with.members), node_(with.node),
      seat_(with.own), readable_(with.readable), visible_(with.visible),
      inbox_(with.loop,
             [this](std::vector<add_ptr> taken) {
                 for (const auto& one : taken)
                     accept(one);
             }),
      deadlines_(with.loop, deadline_tick, [this] { return answer_late(); }) {}

void counter_user::submit(add_ptr one) {
    if (!inbox_.put(one)) one->done.fail(MF_UNAVAILABLE, "this node is stopping");
}

void counter_user::accept(const add_ptr& one) {
    if (stopped_) return one->done.fail(MF_UNAVAILABLE, "this node is stopping");
    open_.push_back(one);
    deadlines_.run();
    auto& at = desks_[{std::string(one->space), std::string(one->key)}];
    if (!at) {
        at = std::make_shared<desk>();
        at->space = one->space;
        at->key = one->key;
        // After everything that came with it has been taken.
        boost::asio::post(loop_, lifetime_.guard([this, on = at] { ask(on); }));
    }
    at->next.push_back(one);
}

void counter_user::ask(const desk_ptr& on) {
    if (stopped_ || !on->now.empty()) return;
    std::erase_if(on->next, [](const add_ptr& one) { return one->answered(); });
    if (on->next.empty()) {
        desks_.erase({on->space, on->key});
        return;
    }
    const auto taken = std::min(on->next.size(), most_additions);
    const auto rest = on->next.begin() + static_cast<std::ptrdiff_t>(taken);
    on->now.assign(on->next.begin(), rest);
    on->next.erase(on->next.begin(), rest);
    on->asked = {seat_.life(), ++sequence_, on->space, on->key, {}};
    auto& additions = on->asked.additions;
    for (const auto& one : on->now) {
        one->sent = true;
        const bool same = !additions.empty() && additions.back().delta == one->what.delta &&
                          additions.back().min == one->what.min && additions.back().max == one->what.max;
        if (same)
            ++additions.back().count;
        else
            additions.push_back(one->what);
    }
    send(on);
}

void counter_user::send(const desk_ptr& on) {
    if (stopped_) return;
    const auto now = steady_clock::now();
    auto latest = now;
    for (const auto& one : on->now) {
        if (!one->answered()) latest = std::max(latest, one->deadline);
    }
    if (latest <= now) return next(on); // everybody has been told that it is unknown
    const auto patience =
        std::min(owner_patience, std::chrono::duration_cast<milliseconds>(latest - now) + milliseconds(1));
    const counter_owner::taken done =
        lifetime_.guard([this, on](mf_status status, const take_answer& answer, const std::string& why) {
            answered(on, status, answer, why);
        });
    const auto owner = owner_of(members_, on->space, on->key);
    // Two owners at once cost conflicts, never a wrong count; so one that cannot be reached is stood in for.
    if (fabric_ == nullptr || owner == node_ || owner.empty() || !fabric_->is_up(owner))
        return owner_.take(on->asked, now + patience, done);
    fabric_->request(
        owner, topic, encode(on->asked), patience, lifetime_.guard([done](const peer_result& reply) {
            if (reply.status != MF_OK) return done(reply.status, take_answer{}, reply.payload);
            const auto answer = decode_take_answer(reply.payload);
            if (!answer)
                return done(MF_UNAVAILABLE, take_answer{}, "the counter's owner sent a malformed answer");
            done(MF_OK, *answer, std::string());
        }));
}

void counter_user::answered(const desk_ptr& on, mf_status status, const take_answer& answer,
                            const std::string& why) {
    if (stopped_) return;
    if (status == MF_UNAVAILABLE || status == MF_TIMEOUT || status == MF_UNSUPPORTED) {
        // The same request again: whoever owns the counter now sees whether it was charged.
        call_after(loop_, retry_pause, lifetime_.guard([this, on] { send(on); }));
        return;
    }
    const auto these = std::exchange(on->now, {});
    if (status == MF_OK) {
        served(these, answer);
    } else {
        for (const auto& one : these) {
            if (!one->answered()) one->done.fail(status, why);
        }
    }
    next(on);
}

void counter_user::next(const desk_ptr& on) {
    on->now.clear();
    ask(on);
}

void counter_user::served(const std::vector<add_ptr>& these, const take_answer& answer) {
    struct outcome {
        add_ptr one;
        std::int64_t number;
        bool granted;
    };
    auto outcomes = std::make_shared<std::vector<outcome>>();
    auto number = answer.before;
    bool changed = false;
    auto latest = steady_clock::time_point::min();
    for (const auto& one : these) {
        const bool granted = add_to(number, one->what);
        changed = changed || granted;
        if (one->answered()) continue; // told that it is unknown: it counts as made
        outcomes->push_back({one, number, granted});
        latest = std::max(latest, one->deadline);
    }
    auto& until = changed ? visible_ : readable_;
    until.wait(
        revision_of(answer.version), latest,
        lifetime_.guard([this, outcomes, version = answer.version](std::vector<std::string> missing) {
            // A host acts on what every copy has: who lacks it keeps the others from confirming.
            if (auto copies = readable_.missing(revision_of(version)); !missing.empty() && !copies.empty())
                missing = std::move(copies);
            for (const auto& [one, value, granted] : *outcomes) {
                if (one->answered()) continue;
                if (!missing.empty())
                    one->done.fail(MF_TIMEOUT,
                                   granted ? "replication-unconfirmed: the addition is made, with version " +
                                                 std::to_string(version) +
                                                 ", and stays; not confirmed by: " + joined(missing)
                                           : "replication-unconfirmed: nothing was added, and the value that "
                                             "forbids it is not confirmed by: " +
                                                 joined(missing));
                else
                    one->done.entry({}, std::to_string(value), version, value, granted ? MF_OK : MF_CONFLICT);
            }
        }));
}

bool counter_user::answer_late() {
    const auto now = steady_clock::now();
    std::vector<add_ptr> late;
    std::erase_if(open_, [&](const add_ptr& one) {
        if (one->answered()) return true;
        if (one->deadline > now) return false;
        late.push_back(one);
        return true;
    });
    for (const auto& one : late) {
        if (one->sent)
            one->done.fail(MF_TIMEOUT, "the counter was not confirmed in time; it counts as taken");
        else
            one->done.fail(MF_UNAVAILABLE,
                           "nothing was counted: an earlier request for this counter is not answered");
    }
    return !open_.empty();
}

std::size_t counter_user::outstanding() const {
    return inbox_.size() +
           static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(),
                                                  [](const add_ptr& one) { return !one->answered(); }));
}

void counter_user::stop() {
    for (auto& one : inbox_.close())
        open_.push_back(std::move(one));
    stopped_ = true;
    deadlines_.stop();
    for (const auto& one : std::exchange(open_, {})) {
        if (!one->answered())
            one->done.fail(MF_UNAVAILABLE, one->sent ? "this node is stopping; the addition counts as made"
                                                     : "this node is stopping; nothing was counted");
    }
    desks_.clear();
}

} // namespace mockfleet::replicated
