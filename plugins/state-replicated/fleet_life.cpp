// Starting a node: peers, engine, seat, copy. Stopping it: leave, drain, give the seat back, engine, peers.
#include "fleet_state.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <random>
#include <utility>

#include <pthread.h>
#include <signal.h>

namespace mockfleet::replicated {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto drain_patience = 2s;
constexpr auto introduction_patience = 2s;
/// All of stopping but the engine's own end, whose patience the lifecycle has.
constexpr auto end_patience = 8s;

/// A random UUID, version 4.
std::string random_id() {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device source;
    std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    for (auto& c : id) {
        if (c == 'x')
            c = digits[source() % 16];
        else if (c == 'y')
            c = digits[8 + source() % 4];
    }
    return id;
}

std::uint64_t random_life() {
    std::random_device source;
    return (std::uint64_t{source()} << 32) | source() | 1;
}

} // namespace

fleet_node::state::state(settings asked, plugin::host host)
    : asked_(std::move(asked)), host_(host), node_(random_id()), max_batch_(most_batch(limits_of(asked_))),
      drain_timer_(loop_), end_timer_(loop_) {
    if (asked_.clustered) fabric_ = std::make_unique<peer_fabric>(loop_, asked_, node_, host_);
}

void fleet_node::state::begin(const mf_state_events& events, plugin::state_completion done) {
    events_ = &events;
    starting_ = std::move(done);
    work_.emplace(loop_.get_executor());
    boost::asio::post(loop_, [this] { start_engine(); });
    thread_ = std::thread([this] {
        // Signals belong to the program's own threads.
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
        for (;;) {
            try {
                loop_.run();
                return;
            } catch (const std::exception& thrown) {
                host_.log().error("an unexpected failure in the replication; it goes on",
                                  {{"cause", thrown.what()}});
            }
        }
    });
}

void fleet_node::state::start_engine() {
    if (fabric_) {
        const auto problem = fabric_->listen();
        if (!problem.empty()) return fail_start(MF_UNAVAILABLE, problem);
        ack_port_ = fabric_->port();
    }
    lifecycle_ = std::make_unique<lifecycle>(loop_, asked_, host_.log(), fabric_.get());
    lifecycle_->start([this](const std::string& problem) { engine_started(problem); });
}

void fleet_node::state::engine_started(const std::string& problem) {
    if (ending_) return;
    if (!problem.empty()) return fail_start(MF_INVALID, problem);
    if (asked_.witness) {
        if (starting_) starting_.ok();
        return;
    }
    parts_ = std::make_unique<node_parts>(loop_, lifecycle_->client(), asked_, fabric_.get(), node_,
                                          own_entry(), host_);
    described_ = parts_.get();
    if (fabric_) peer_calls_ = std::make_unique<peer_calls>(loop_, *fabric_, parts_->members, host_);
    parts_->own.start([this] { started(); });
}

member_entry fleet_node::state::own_entry() const {
    const auto& now = lifecycle_->effective();
    member_entry self;
    if (asked_.clustered) {
        self.host = now.address;
        if (self.host.empty() && now.self < now.seeds.size()) self.host = now.seeds[now.self].host;
        boost::system::error_code ignored;
        if (self.host.empty())
            self.host = now.loopback_only() ? "127.0.0.1" : boost::asio::ip::host_name(ignored);
        self.ack_port = fabric_->port();
    }
    self.name = now.own_name.empty() ? self.host + ":" + std::to_string(self.ack_port) : now.own_name;
    self.program = MOCKFLEET_REPLICATED_VERSION;
    self.life = random_life();
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    self.started_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
    return self;
}

void fleet_node::state::started() {
    if (ending_) return;
    parts_->upkeep.start();
    engine_upkeep_ = make_engine_upkeep();
    engine_upkeep_->start();
    // Once it answers requests, no node may leave it out of a call to all: so they must have heard of it
    // first.
    parts_->readable.wait(parts_->own.guard(), steady_clock::now() + introduction_patience,
                          [this](const std::vector<std::string>&) {
                              if (ending_) return;
                              parts_->copy.listen(events_);
                              running_ = parts_.get();
                              if (starting_) starting_.ok();
                              if (peer_calls_) peer_calls_->open();
                          });
}

std::shared_ptr<engine_upkeep> fleet_node::state::make_engine_upkeep() {
    upkeep_view view;
    view.coordinates = [this] {
        return parts_->own.is_serving() && coordinator_of(parts_->members.table()) == node_;
    };
    view.applied_by_all = [this]() -> std::uint64_t {
        // A node that joins reads at a revision that nobody knows yet.
        for (const auto& [node, one] : parts_->members.table()) {
            if (one.state == member_state::joining) return 0;
        }
        return parts_->readable.floor();
    };
    view.elected = [this](std::uint64_t elections) {
        host_.count("mock_server_cluster_elections", static_cast<std::int64_t>(elections));
    };
    host_.count("mock_server_cluster_elections", 0); // to be seen before the first
    return std::make_shared<engine_upkeep>(loop_, lifecycle_->client(), lifecycle_->effective(), host_.log(),
                                           fabric_.get(), std::move(view));
}

void fleet_node::state::fail_start(mf_status status, const std::string& why) {
    // Who is started tells it in one line.
    if (starting_)
        starting_.fail(status, why);
    else
        host_.log().error(why);
}

void fleet_node::state::end() {
    if (!thread_.joinable()) return;
    boost::asio::post(loop_, [this] { leave(); });
    thread_.join();
}

void fleet_node::state::leave() {
    ending_ = true;
    end_timer_.expires_after(end_patience);
    end_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        host_.log().warn(
            "leaving the fleet took too long and is cut short; the others go on when this node's lease "
            "runs out");
        end_parts();
    });
    if (starting_)
        starting_.fail(MF_CANCELLED, "stopped while it was starting: " +
                                         (lifecycle_ ? lifecycle_->waiting_for() : std::string()));
    if (!parts_) return end_engine();
    drain_until_ = steady_clock::now() + drain_patience;
    parts_->own.leave([this] { drain(); });
}

void fleet_node::state::drain() {
    if (stage_ended_) return;
    const auto open = parts_->writes.outstanding() + parts_->additions.outstanding();
    if (open != 0 && steady_clock::now() < drain_until_) {
        drain_timer_.expires_after(5ms);
        drain_timer_.async_wait([this](boost::system::error_code ec) {
            if (!ec) drain();
        });
        return;
    }
    parts_->own.release([this] { end_parts(); });
}

void fleet_node::state::end_parts() {
    if (std::exchange(stage_ended_, true)) return;
    end_timer_.cancel();
    drain_timer_.cancel();
    running_ = nullptr;
    if (engine_upkeep_) engine_upkeep_->stop();
    if (peer_calls_) peer_calls_->stop();
    if (parts_) {
        parts_->own.stop();
        parts_->stop();
    }
    end_engine();
}

void fleet_node::state::end_engine() {
    end_timer_.cancel();
    if (!lifecycle_) return finish();
    lifecycle_->stop([this] { finish(); });
}

void fleet_node::state::finish() {
    if (fabric_) fabric_->stop();
    // What completes now has been posted before; then the loop runs dry.
    boost::asio::post(loop_, [this] {
        work_.reset();
        loop_.stop();
    });
}

void fleet_node::state::ask_peers(const std::string& topic, const std::string& payload,
                                  std::chrono::milliseconds patience, mf_peer_sink sink,
                                  plugin::state_completion done) {
    if (ending_ || !peer_calls_) return done.fail(MF_UNAVAILABLE, "this node is stopping");
    if (!own_seat_held())
        return done.fail(MF_UNAVAILABLE, "this node is cut off from the fleet and does not know its peers");
    peer_calls_->ask(topic, payload, patience, sink, std::move(done));
}

plugin::info fleet_node::state::describe() {
    plugin::info now;
    now.node_id = node_;
    now.clustered = asked_.clustered;
    now.visible_everywhere = true;
    if (asked_.clustered) now.cluster_name = asked_.cluster_name;
    now.max_value_size = most_value_bytes;
    now.max_batch = max_batch_;
    if (auto* const parts = described_.load(std::memory_order_acquire)) {
        const auto applied = parts->copy.applied();
        now.revision = version_of(applied, most_index);
        parts->members.describe(now, applied);
    } else {
        now.members.push_back({node_, {}, {}, 0, false, true});
    }
    if (!asked_.clustered) {
        now.coordinator = node_;
        now.members.front().coordinator = true;
    }
    return now;
}

} // namespace mockfleet::replicated
