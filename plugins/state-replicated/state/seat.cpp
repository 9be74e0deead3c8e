// Entering, renewing, fencing, losing and leaving a seat.
#include "state/seat.hpp"

#include "base/ticker.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mockfleet::replicated {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr auto forever = std::numeric_limits<std::int64_t>::max();

} // namespace

seat::seat(boost::asio::io_context& loop, engine& to, const keyspace& keys, feed& fed, const settings& asked,
           std::string node, member_entry self, plugin::host host)
    : loop_(loop), engine_(to), keys_(keys), feed_(fed), asked_(asked), node_(std::move(node)),
      self_(std::move(self)), host_(host), renew_timer_(loop), again_timer_(loop) {}

std::int64_t seat::ttl_ns() const {
    return static_cast<std::int64_t>(asked_.lease_seconds) * 1000 * millisecond;
}

void seat::start(std::function<void()> done) {
    started_ = std::move(done);
    enter();
}

void seat::stop() {
    stopped_ = true;
    serve_until_ = 0;
    renew_timer_.cancel();
    again_timer_.cancel();
}

void seat::enter() {
    phase_ = phase::entering;
    const auto attempt = ++attempt_;
    if (!asked_.clustered) {
        // Nobody else uses this store: keys of members are leftovers of a run that was killed.
        return clean_up_alone(
            [this] { put_self(member_state::joining, [this](std::uint64_t at) { joined(at); }); });
    }
    const auto sent_at = boot_ns();
    engine_.grant_lease(asked_.lease_seconds,
                        lifetime_.guard([this, attempt, sent_at](engine_answer<std::int64_t> answer) {
                            if (stopped_ || attempt != attempt_) return;
                            if (answer.failed) return enter_again();
                            lease_ = answer.value;
                            renewed_at_ = sent_at;
                            renew();
                            put_self(member_state::joining, [this](std::uint64_t at) { joined(at); });
                        }));
}

void seat::enter_again() {
    // A node that keeps losing its seat must not keep the others busy.
    const auto pause = std::min<std::chrono::milliseconds>(50ms * (1 << std::min(failures_++, 5)), 1000ms);
    again_timer_.expires_after(pause);
    again_timer_.async_wait(lifetime_.guard([this](boost::system::error_code ec) {
        if (!ec && !stopped_ && phase_ == phase::entering) enter();
    }));
}

void seat::clean_up_alone(std::function<void()> done) {
    transaction asked;
    for (const auto& prefix : {keys_.members(), keys_.mark({})}) {
        operation remove;
        remove.what = operation::kind::remove;
        remove.key = prefix;
        remove.range_end = prefix_end(prefix);
        asked.then.push_back(std::move(remove));
    }
    engine_.transact(std::move(asked), lifetime_.guard([this, attempt = attempt_, done = std::move(done)](
                                                           engine_answer<transaction_result> answer) {
        if (stopped_ || attempt != attempt_) return;
        if (answer.failed) return enter_again();
        done();
    }));
}

operation seat::write_of_self() {
    operation put;
    put.what = operation::kind::put;
    put.key = own_key();
    put.value = encode(self_, next_write());
    put.lease = lease_;
    return put;
}

transaction seat::write_while_seated() {
    transaction asked;
    asked.when.push_back(
        {own_key(), comparison::target::create_revision, comparison::relation::equal, since_});
    asked.then.push_back(write_of_self());
    return asked;
}

void seat::put_self(member_state state, std::function<void(std::uint64_t)> done) {
    self_.state = state;
    transaction asked;
    asked.then.push_back(write_of_self());
    engine_.transact(std::move(asked), lifetime_.guard([this, attempt = attempt_, done = std::move(done)](
                                                           engine_answer<transaction_result> answer) {
        if (stopped_ || attempt != attempt_) return;
        if (answer.failed) return enter_again();
        done(answer.value.revision);
    }));
}

void seat::joined(std::uint64_t revision) {
    const auto ready = lifetime_.guard([this, attempt = attempt_] {
        if (stopped_ || attempt != attempt_) return;
        fed_ = true;
        put_self(member_state::serving, [this](std::uint64_t at) {
            feed_.reach(at, lifetime_.guard([this, at, attempt = attempt_] {
                if (!stopped_ && attempt == attempt_) serve(at);
            }));
        });
    });
    if (fed_)
        feed_.reach(revision, ready);
    else
        feed_.start(ready);
}

void seat::serve(std::uint64_t revision) {
    if (!key_present_) return enter_again();
    guard_ = std::max(guard_, revision);
    phase_ = phase::serving;
    failures_ = 0;
    serves_from_ = revision;
    if (asked_.clustered)
        renewed(renewed_at_);
    else
        serve_until_ = forever;
    if (on_change) on_change(true);
    if (const auto done = std::exchange(started_, {})) done();
}

void seat::renew() {
    if (stopped_ || phase_ == phase::left || phase_ == phase::none) return;
    const auto period = ttl_ns() / 4;
    renew_timer_.expires_after(std::chrono::nanoseconds(period));
    renew_timer_.async_wait(lifetime_.guard([this](boost::system::error_code ec) {
        if (!ec) renew();
    }));
    feed_.probe();
    check_fence();
    const bool current = boot_ns() - feed_.current_at() <= ttl_ns() / 2;
    // While it enters there is nothing yet that could be behind.
    if (renewing_ || (phase_ == phase::serving && !current)) return;
    renewing_ = true;
    const auto sent_at = boot_ns();
    engine_.renew_lease(
        lease_, lifetime_.guard([this, attempt = attempt_, sent_at](engine_answer<std::uint32_t> answer) {
            renewing_ = false;
            if (stopped_ || attempt != attempt_ || answer.failed) return;
            if (answer.value == 0) return lose("its lease ran out");
            renewed(sent_at);
        }));
}

void seat::renewed(std::int64_t sent_at) {
    renewed_at_ = std::max(renewed_at_, sent_at);
    if (phase_ != phase::serving) return;
    const auto ttl = ttl_ns();
    serve_until_ = renewed_at_ + ttl - ttl / 10 - 100 * millisecond;
    check_fence();
}

void seat::check_fence() {
    if (phase_ != phase::serving || !asked_.clustered || may_serve() != fenced_) return;
    fenced_ = !fenced_;
    if (fenced_) {
        host_.count("mock_server_cluster_fenced");
        host_.log().warn(
            "this node is cut off from the fleet's store and answers nothing from its copy until it "
            "is back; check the network and the engine",
            {{"node", self_.name}});
    } else {
        host_.log().info("this node is back with the fleet and answers again", {{"node", self_.name}});
    }
    if (on_change) on_change(!fenced_);
}

void seat::lose(const std::string& reason) {
    if (stopped_ || (phase_ != phase::serving && phase_ != phase::entering)) return;
    const bool served = phase_ == phase::serving;
    serve_until_ = 0;
    check_fence();
    phase_ = phase::entering;
    guard_ = 0;
    ++attempt_;
    renew_timer_.cancel();
    renewing_ = false;
    if (served) {
        host_.count("mock_server_cluster_seats_lost");
        host_.log().warn("this node lost its seat in the fleet and takes a new one",
                         {{"node", self_.name}, {"cause", reason}});
    }
    enter_again();
}

void seat::own_key_changed(const std::optional<engine_entry>& entry) {
    key_present_ = entry.has_value();
    if (!entry) {
        if (phase_ == phase::serving)
            lose("its key is gone: the lease ran out, or another node found it dead");
        return;
    }
    since_ = entry->create_revision;
    guard_ = std::max(guard_, entry->mod_revision);
}

void seat::found_own_key(const std::optional<engine_entry>& entry) {
    if (entry && entry->create_revision == since_) {
        guard_ = std::max(guard_, entry->mod_revision);
        return;
    }
    lose("its key is gone: the lease ran out, or another node found it dead");
}

void seat::renew_guard(std::function<void(std::uint64_t)> done) {
    if (stopped_) return;
    engine_.transact(
        write_while_seated(),
        lifetime_.guard([this, done = std::move(done)](engine_answer<transaction_result> answer) mutable {
            if (stopped_) return;
            if (!answer.failed) {
                if (answer.value.succeeded)
                    guard_ = std::max(guard_, answer.value.revision);
                else
                    lose("its key is gone: the lease ran out, or another node found it dead");
                return done(answer.value.revision);
            }
            call_after(loop_, 50ms, lifetime_.guard([this, done = std::move(done)]() mutable {
                renew_guard(std::move(done));
            }));
        }));
}

void seat::leave(std::function<void()> done) {
    serve_until_ = 0;
    const bool served = phase_ == phase::serving;
    phase_ = phase::leaving;
    ++attempt_;
    if (!served) return done();
    self_.state = member_state::leaving;
    engine_.transact(write_while_seated(), lifetime_.guard([this, done = std::move(done)](
                                                               engine_answer<transaction_result> answer) {
        if (!answer.failed && answer.value.succeeded) guard_ = std::max(guard_, answer.value.revision);
        done();
    }));
}

void seat::release(std::function<void()> done) {
    phase_ = phase::left;
    renew_timer_.cancel();
    again_timer_.cancel();
    if (asked_.clustered) {
        if (lease_ == 0) return done();
        return engine_.revoke_lease(
            lease_, lifetime_.guard([done = std::move(done)](engine_answer<bool>) { done(); }));
    }
    transaction asked;
    for (const auto& key : {own_key(), keys_.mark(node_)}) {
        operation remove;
        remove.what = operation::kind::remove;
        remove.key = key;
        asked.then.push_back(std::move(remove));
    }
    engine_.transact(std::move(asked), lifetime_.guard([done = std::move(done)](
                                                           engine_answer<transaction_result>) { done(); }));
}

} // namespace mockfleet::replicated
