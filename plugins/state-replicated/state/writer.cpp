// The queue of writes, group commit, and what becomes of a transaction.
#include "state/writer.hpp"

#include "state/write_flight.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

using namespace std::chrono_literals;
using plugin::slice;
using std::chrono::steady_clock;

namespace {

/// More do not raise throughput: while they fly, the next fills up.
constexpr std::size_t most_in_flight = 2;
constexpr std::chrono::milliseconds deadline_tick{20};
constexpr std::chrono::milliseconds retry_pause{20};

constexpr std::string_view no_such_key = "no such key";

void count_latency(const plugin::host& host, steady_clock::time_point since) {
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - since);
    host.count("mock_server_cluster_barrier_microseconds", spent.count());
    host.count("mock_server_cluster_barriers");
}

} // namespace

writer::writer(parts_of_node with, engine_limits limits)
    : loop_(with.loop), engine_(with.store), keys_(with.keys), replica_(with.copy), feed_(with.fed),
      seat_(with.own), readable_(with.readable), visible_(with.visible), host_(with.host), limits_(limits),
      inbox_(with.loop,
             [this](std::vector<write_ptr> taken) {
                 for (const auto& one : taken)
                     accept(one);
                 pump();
             }),
      pause_(with.loop), deadlines_(with.loop, deadline_tick, [this] { return answer_late(); }) {}

void writer::submit(write_ptr one) {
    if (!inbox_.put(one)) one->done.fail(MF_UNAVAILABLE, "this node is stopping");
}

void writer::accept(const write_ptr& one) {
    if (stopped_) return one->done.fail(MF_UNAVAILABLE, "this node is stopping");
    open_.push_back(one);
    deadlines_.run();
    if (refuse_early(one)) return;
    choose_parts(*one);
    if (std::any_of(one->parts.begin(), one->parts.end(), [](const auto& part) { return part.wanted; }))
        return store_parts(one);
    queue_.push_back(one);
}

bool writer::refuse_early(const write_ptr& one) {
    for (std::size_t i = 0; i < one->ops.size(); ++i) {
        const auto& op = one->ops[i];
        if (op.kind == MF_BATCH_CLEAR || op.condition.kind == MF_IF_ANY) continue;
        auto found = replica_.find(op.space, op.key);
        if (found.version == 0) continue;
        // Versions of a key only grow, so what is here is enough to know that an older one, or an absent key,
        // is not what the engine has.
        const bool lost =
            op.condition.kind == MF_IF_ABSENT || found.version > op.condition.version ||
            (found.revision == revision_of(op.condition.version) && found.version != op.condition.version);
        if (!lost) continue;
        const auto revision = found.revision;
        conflict(one, i, MF_CONFLICT, std::move(found), revision);
        return true;
    }
    return false;
}

void writer::pump() {
    while (!stopped_ && !resolving_ && !pausing_ && in_flight_ < most_in_flight && !queue_.empty() &&
           seat_.guard() != 0) {
        const auto next = next_flight();
        if (!next) return;
        send(next);
    }
}

writer::flight_ptr writer::next_flight() {
    auto made = std::make_shared<flight>(keys_, replica_, seat_.own_key(), seat_.guard(), seat_.next_write());
    std::deque<write_ptr> left;
    while (!queue_.empty()) {
        auto one = std::move(queue_.front());
        queue_.pop_front();
        if (one->answered()) continue;
        if (!made->writes.empty() && (one->alone || made->writes.front()->alone)) {
            left.push_back(std::move(one));
            break;
        }
        if (!made->add(one, limits_)) left.push_back(std::move(one));
        if (made->full(limits_) || left.size() >= limits_.operations) break;
    }
    queue_.insert(queue_.begin(), std::make_move_iterator(left.begin()), std::make_move_iterator(left.end()));
    return made->writes.empty() ? nullptr : made;
}

void writer::send(const flight_ptr& one) {
    ++in_flight_;
    one->close(keys_, seat_.lease());
    flights_.emplace(one->by.sequence, one);
    for (const auto& write : one->writes)
        write->sent = true;
    host_.count("mock_server_cluster_transactions");
    host_.count("mock_server_cluster_writes", static_cast<std::int64_t>(one->writes.size()));
    engine_.transact(std::move(one->asked),
                     lifetime_.guard([this, one](engine_answer<transaction_result> answer) {
                         --in_flight_;
                         landed(one, std::move(answer));
                         pump();
                     }));
}

void writer::landed(const flight_ptr& one, engine_answer<transaction_result> answer) {
    if (stopped_) return;
    if (answer.failed) return failed(one, answer.error);
    flights_.erase(one->by.sequence);
    trouble_.clear();
    if (answer.value.succeeded) return committed(one, answer.value.revision, &answer.value);
    refused(one, answer.value);
}

void writer::committed(const flight_ptr& one, std::uint64_t revision, const transaction_result* result) {
    auto latest = steady_clock::time_point::min();
    for (std::size_t i = 0; i < one->writes.size(); ++i) {
        const auto& write = one->writes[i];
        if (write->answered()) continue;
        one->note_result(i, result);
        write->committed = revision;
        latest = std::max(latest, write->deadline);
    }
    if (latest == steady_clock::time_point::min()) return;
    visible_.wait(revision, latest,
                  lifetime_.guard([this, one, revision,
                                   since = steady_clock::now()](const std::vector<std::string>& missing) {
                      count_latency(host_, since);
                      for (const auto& write : one->writes) {
                          if (write->answered()) continue;
                          if (missing.empty())
                              one->answer(write, revision);
                          else
                              unconfirmed(write);
                      }
                  }));
}

void writer::unconfirmed(const write_ptr& one) {
    // A host acts on what every copy has: who lacks it keeps the others from confirming.
    auto missing = readable_.missing(one->committed);
    if (missing.empty()) missing = visible_.missing(one->committed);
    host_.count("mock_server_cluster_replication_unconfirmed");
    one->done.fail(MF_TIMEOUT, "replication-unconfirmed: the write is stored with version " +
                                   std::to_string(version_of(one->committed, 0)) +
                                   " and stays; not confirmed by: " + joined(missing));
}

void writer::refused(const flight_ptr& one, const transaction_result& result) {
    // The first range of the failure branch is this node's own key.
    std::optional<engine_entry> own;
    if (!result.results.empty() && !result.results[0].entries.empty()) own = result.results[0].entries[0];
    if (!own || own->mod_revision != one->guard) {
        seat_.found_own_key(own);
        requeue(one);
        return;
    }
    std::vector<write_ptr> again;
    for (std::size_t i = 0; i < one->writes.size(); ++i) {
        const auto& write = one->writes[i];
        if (write->answered()) continue;
        auto verdict = one->judge(i, result);
        if (verdict.parts_gone) {
            store_parts(write);
        } else if (verdict.status == MF_OK) {
            again.push_back(write);
        } else {
            drop_parts(*write);
            const auto revision = verdict.winner ? verdict.winner->revision : result.revision;
            conflict(write, verdict.op, verdict.status, std::move(verdict.winner), revision);
        }
    }
    queue_.insert(queue_.begin(), again.begin(), again.end());
}

void writer::conflict(const write_ptr& one, std::size_t op, mf_status status,
                      std::optional<replica_entry> winner, std::uint64_t revision) {
    const bool elsewhere = winner && winner->in_parts && winner->payload.empty();
    const auto won = winner ? std::make_shared<replica_entry>(std::move(*winner)) : nullptr;
    const auto tell = [this, one, op, status, elsewhere, won](const std::vector<std::string>& missing) {
        if (one->answered()) return;
        if (!missing.empty()) {
            host_.count("mock_server_cluster_replication_unconfirmed");
            return one->done.fail(MF_TIMEOUT, "replication-unconfirmed: nothing was written, and what stands "
                                              "against it is not confirmed by: " +
                                                  joined(missing));
        }
        const auto& what = one->ops[op];
        if (elsewhere) {
            const auto here = replica_.find(what.space, what.key);
            return one->done.entry(what.key, here.payload, here.version, 0, status, op);
        }
        if (won) return one->done.entry(what.key, won->payload, won->version, 0, status, op);
        mf_state_reply reply{};
        reply.status = status;
        reply.message = slice(no_such_key);
        reply.count = op;
        one->done.reply(reply);
    };
    // Whoever is told that another write won must find that write everywhere. When the key is absent the
    // revision is the store's, which another fleet's write may have raised: then the copy is brought there
    // first.
    if (revision != 0 && status == MF_CONFLICT) return readable_.wait(revision, one->deadline, tell);
    feed_.reach(revision, lifetime_.guard([this, one, op, tell] {
        if (one->answered()) return;
        const auto here = replica_.find(one->ops[op].space, one->ops[op].key);
        readable_.wait(here.version == 0 ? here.revision : 0, one->deadline, tell);
    }));
}

void writer::failed(const flight_ptr& one, const engine_error& error) {
    trouble_ = error.message;
    if (error.code == engine_errc::unknown) {
        doubtful_.push_back(one);
        return resolve_doubts();
    }
    flights_.erase(one->by.sequence);
    switch (error.code) {
    case engine_errc::too_large:
        if (one->writes.size() > 1) {
            for (const auto& write : one->writes)
                write->alone = true;
            return requeue(one);
        }
        return one->fail_all(MF_INVALID, "the engine takes no transaction of this size: " + error.message);
    case engine_errc::no_space:
        return one->fail_all(MF_EXHAUSTED, "the engine's store is full: " + error.message);
    case engine_errc::denied:
        return one->fail_all(MF_DENIED, "the engine refuses this node: " + error.message);
    default:
        requeue(one);
        pause_then_pump();
    }
}

void writer::requeue(const flight_ptr& one) {
    std::vector<write_ptr> again;
    for (const auto& write : one->writes) {
        if (!write->answered()) again.push_back(write);
    }
    queue_.insert(queue_.begin(), again.begin(), again.end());
}

void writer::pause_then_pump() {
    if (std::exchange(pausing_, true)) return;
    pause_.expires_after(retry_pause);
    pause_.async_wait(lifetime_.guard([this](boost::system::error_code ec) {
        pausing_ = false;
        if (!ec && !stopped_) pump();
    }));
}

void writer::resolve_doubts() {
    if (std::exchange(resolving_, true)) return;
    // Once the guard has changed, what is still on its way can never be applied; what was, lies before the
    // change.
    seat_.renew_guard(lifetime_.guard([this](std::uint64_t revision) {
        feed_.reach(revision, lifetime_.guard([this] {
            resolving_ = false;
            for (const auto& one : std::exchange(doubtful_, {})) {
                flights_.erase(one->by.sequence);
                if (one->seen.revision != 0)
                    committed(one, one->seen.revision, nullptr);
                else
                    requeue(one);
            }
            pump();
        }));
    }));
}

void writer::written(const seen_transaction& one) {
    const auto found = flights_.find(one.by.sequence);
    if (found != flights_.end()) found->second->seen = one;
}

void writer::seat_changed() {
    if (seat_.guard() != 0) boost::asio::post(loop_, lifetime_.guard([this] { pump(); }));
}

bool writer::answer_late() {
    const auto now = steady_clock::now();
    std::vector<write_ptr> late;
    std::erase_if(open_, [&](const write_ptr& one) {
        if (one->answered()) return true;
        if (one->deadline > now) return false;
        late.push_back(one);
        return true;
    });
    for (const auto& one : late) {
        if (one->committed != 0)
            unconfirmed(one);
        else if (one->sent)
            one->done.fail(MF_TIMEOUT,
                           "the engine did not answer in time; whether the write took place is unknown" +
                               (trouble_.empty() ? std::string() : ": " + trouble_));
        else if (seat_.guard() == 0)
            one->done.fail(MF_UNAVAILABLE,
                           "nothing was written: this node is cut off from the fleet's store");
        else
            one->done.fail(MF_UNAVAILABLE, "nothing was written: the engine did not answer in time" +
                                               (trouble_.empty() ? std::string() : ": " + trouble_));
    }
    return !open_.empty();
}

std::size_t writer::outstanding() const {
    return inbox_.size() +
           static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(),
                                                  [](const write_ptr& one) { return !one->answered(); }));
}

void writer::stop() {
    for (auto& one : inbox_.close())
        open_.push_back(std::move(one));
    stopped_ = true;
    pause_.cancel();
    deadlines_.stop();
    for (const auto& one : std::exchange(open_, {})) {
        if (one->answered()) continue;
        if (one->committed != 0)
            unconfirmed(one);
        else
            one->done.fail(MF_UNAVAILABLE,
                           one->sent ? "this node is stopping; whether the write took place is unknown"
                                     : "this node is stopping; nothing was written");
    }
    queue_.clear();
    flights_.clear();
    doubtful_.clear();
}

} // namespace mockfleet::replicated
