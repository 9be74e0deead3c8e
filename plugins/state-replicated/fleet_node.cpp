// The calls of a node; fleet_life.cpp starts and stops it.
#include "fleet_state.hpp"

#include "state/call_rules.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace mockfleet::replicated {

using plugin::slice;
using plugin::state_completion;
using plugin::view;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t default_page = 512;
constexpr std::chrono::seconds default_peer_patience{5};
constexpr std::string_view cut_off = "this node is cut off from the fleet's store and does not answer from "
                                     "its copy (clusterOnIsolation=refuse)";
constexpr std::string_view foreign_entry =
    "the entry was stored by a newer version of this program, or is damaged; upgrade this node";

std::string too_large(std::size_t size) {
    return "a value of " + std::to_string(size) + " bytes; at most " + std::to_string(most_value_bytes) +
           " can be replicated";
}

/// When the call's caller gives up, or when confirmation takes too long.
steady_clock::time_point deadline_of(const mf_call& call, std::chrono::milliseconds most) {
    const auto now = steady_clock::now();
    const auto latest = now + most;
    if (call.deadline_ns == 0) return latest;
    // steady_clock is CLOCK_MONOTONIC here.
    const steady_clock::time_point asked{std::chrono::nanoseconds(
        std::min<std::uint64_t>(call.deadline_ns, std::numeric_limits<std::int64_t>::max()))};
    return std::min(latest, asked);
}

void reply_entry(state_completion& done, std::string_view key, const replica_entry& found) {
    if (found.version == 0) return done.fail(MF_NOT_FOUND, no_such_key);
    if (found.foreign) return done.fail(MF_UNSUPPORTED, foreign_entry);
    done.entry(key, found.payload, found.version);
}

} // namespace

fleet_node::fleet_node(settings asked, plugin::host host)
    : state_(std::make_unique<state>(std::move(asked), host)) {}

fleet_node::~fleet_node() {
    state_->end();
}

void fleet_node::start(const mf_state_events& events, state_completion done) {
    state_->begin(events, std::move(done));
}

void fleet_node::stop(state_completion done) {
    state_->end();
    done.ok();
}

void fleet_node::get(const mf_call& call, std::string_view space, std::string_view key,
                     state_completion done) {
    if (!named(space, key)) return done.fail(MF_INVALID, empty_name);
    auto* const parts = state_->running();
    if (parts == nullptr || !state_->may_read()) return done.fail(MF_UNAVAILABLE, cut_off);
    auto found = parts->copy.find(space, key);
    if (found.revision <= parts->readable.floor()) return reply_entry(done, key, found);
    // Not everywhere yet: whoever is told of it now must find it on every node afterwards.
    struct waiting {
        state_completion done;
        replica_entry found;
    };
    auto one = std::make_shared<waiting>();
    one->done = std::move(done);
    one->found = std::move(found);
    boost::asio::post(state_->loop(), [self = state_.get(), parts, one, key,
                                       deadline = deadline_of(call, state_->asked().barrier_timeout)] {
        parts->readable.wait(
            one->found.revision, deadline, [self, one, key](const std::vector<std::string>& missing) {
                if (!missing.empty())
                    return one->done.fail(
                        MF_TIMEOUT, "the entry was written just now and is not confirmed by every node");
                if (!self->may_read()) return one->done.fail(MF_UNAVAILABLE, cut_off);
                reply_entry(one->done, key, one->found);
            });
    });
}

void fleet_node::scan(const mf_call&, std::string_view space, std::string_view after, std::uint32_t limit,
                      state_completion done) {
    if (space.empty()) return done.fail(MF_INVALID, empty_name);
    auto* const parts = state_->running();
    if (parts == nullptr || !state_->may_read()) return done.fail(MF_UNAVAILABLE, cut_off);
    const auto [found, more] = parts->copy.scan(space, after, limit == 0 ? default_page : limit);
    std::vector<mf_entry> entries;
    entries.reserve(found.size());
    for (const auto& [key, one] : found)
        entries.push_back({slice(key), slice(one.payload), one.version});
    done.entries(entries, more);
}

void fleet_node::put(const mf_call& call, std::string_view space, std::string_view key,
                     std::string_view value, mf_condition condition, state_completion done) {
    if (!named(space, key)) return done.fail(MF_INVALID, empty_name);
    if (!is_put_condition(condition)) return done.fail(MF_INVALID, unknown_condition);
    if (value.size() > most_value_bytes) return done.fail(MF_INVALID, too_large(value.size()));
    state_->write(call, {MF_BATCH_PUT, space, key, value, condition}, std::move(done));
}

void fleet_node::remove(const mf_call& call, std::string_view space, std::string_view key,
                        mf_condition condition, state_completion done) {
    if (!named(space, key)) return done.fail(MF_INVALID, empty_name);
    if (!is_remove_condition(condition)) return done.fail(MF_INVALID, unknown_condition);
    state_->write(call, {MF_BATCH_REMOVE, space, key, {}, condition}, std::move(done));
}

void fleet_node::clear(const mf_call& call, std::string_view space, state_completion done) {
    if (space.empty()) return done.fail(MF_INVALID, empty_name);
    state_->write(call, {MF_BATCH_CLEAR, space, {}, {}, {}}, std::move(done));
}

void fleet_node::batch(const mf_call& call, std::span<const mf_batch_op> operations, state_completion done) {
    std::size_t failed = 0;
    const auto refuse = [&](std::string_view why) {
        mf_state_reply answer{};
        answer.status = MF_INVALID;
        answer.message = slice(why);
        answer.count = failed;
        done.reply(answer);
    };
    const auto most = state_->max_batch();
    if (operations.size() > most) {
        failed = most;
        return refuse("more operations than one batch can have; describe tells how many");
    }
    if (const auto problem = problem_of(operations, failed); !problem.empty()) return refuse(problem);
    if (operations.empty()) return done.entries({});
    auto one = std::make_shared<pending_write>();
    one->is_batch = true;
    one->ops.reserve(operations.size());
    for (failed = 0; failed < operations.size(); ++failed) {
        const auto& op = operations[failed];
        if (op.value.size > most_value_bytes) return refuse(too_large(op.value.size));
        one->ops.push_back({op.kind, view(op.space), view(op.key), view(op.value), op.condition});
        // Conditions of a clear, and values of a removal, mean nothing.
        if (op.kind == MF_BATCH_CLEAR) one->ops.back().condition = {};
        if (op.kind != MF_BATCH_PUT) one->ops.back().value = {};
    }
    state_->write(call, std::move(one), std::move(done));
}

void fleet_node::add(const mf_call& call, std::string_view space, std::string_view key, std::int64_t delta,
                     std::int64_t min, std::int64_t max, state_completion done) {
    if (!named(space, key)) return done.fail(MF_INVALID, empty_name);
    if (min > max) return done.fail(MF_INVALID, "the least value is greater than the greatest");
    auto* const parts = state_->running();
    if (parts == nullptr || !state_->own_seat_held()) return done.fail(MF_UNAVAILABLE, cut_off);
    // A counter that is used up costs the engine nothing: what every node has applied is enough to say no.
    const auto here = parts->copy.find(space, key);
    if (here.revision <= parts->readable.floor()) {
        if (here.version == 0) return done.fail(MF_NOT_FOUND, no_such_key);
        if (const auto number = here.foreign ? std::nullopt : counter_value(here.payload)) {
            auto sum = *number;
            if (!add_to(sum, {1, delta, min, max}))
                return done.entry(key, here.payload, here.version, *number, MF_CONFLICT);
        }
    }
    auto one = std::make_shared<pending_add>();
    one->space = space;
    one->key = key;
    one->what = {1, delta, min, max};
    one->deadline = deadline_of(call, state_->asked().barrier_timeout);
    one->done = std::move(done);
    parts->additions.submit(std::move(one));
}

void fleet_node::peers(const mf_call& call, std::string_view topic, std::string_view payload,
                       mf_peer_sink sink, state_completion done) {
    if (!state_->asked().clustered || state_->running() == nullptr) return done.ok();
    struct asked {
        std::string topic;
        std::string payload;
        state_completion done;
    };
    auto one = std::make_shared<asked>();
    one->topic = topic;
    one->payload = payload;
    one->done = std::move(done);
    const auto left = deadline_of(call, default_peer_patience) - steady_clock::now();
    const auto patience =
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), std::chrono::milliseconds(1));
    boost::asio::post(state_->loop(), [self = state_.get(), one, sink, patience] {
        self->ask_peers(one->topic, one->payload, patience, sink, std::move(one->done));
    });
}

plugin::info fleet_node::describe() {
    return state_->describe();
}

void fleet_node::settled(std::uint64_t events) noexcept {
    if (auto* const parts = state_->running()) parts->host_settled(events);
}

std::int32_t fleet_node::contact() const noexcept {
    const auto* const parts = state_->running();
    if (parts != nullptr && parts->in_contact()) return MF_CONTACT_HELD;
    return state_->asked().isolation == on_isolation::stale ? MF_CONTACT_STALE : MF_CONTACT_LOST;
}

std::uint16_t fleet_node::ack_port() const {
    return state_->ack_port();
}

const std::string& fleet_node::node_id() const {
    return state_->node_id();
}

void fleet_node::state::write(const mf_call& call, const write_op& op, state_completion done) {
    auto one = std::make_shared<pending_write>();
    one->ops.push_back(op);
    write(call, std::move(one), std::move(done));
}

void fleet_node::state::write(const mf_call& call, write_ptr one, state_completion done) {
    auto* const parts = running();
    if (parts == nullptr)
        return done.fail(MF_UNAVAILABLE, "this node is starting or stopping; nothing was written");
    one->patience = asked_.barrier_timeout;
    one->latest = deadline_of(call, std::chrono::hours(1));
    one->deadline = deadline_of(call, one->patience);
    one->done = std::move(done);
    parts->writes.submit(std::move(one));
}

} // namespace mockfleet::replicated
