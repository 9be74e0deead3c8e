// The order in which a revision is passed on: listener, members, barriers, peers.
#include "node_parts.hpp"

#include <boost/asio/post.hpp>

namespace mockfleet::replicated {

namespace {

/// Kept for a host that has not said yet what it acts on.
constexpr std::size_t most_unsettled = 65'536;

} // namespace

engine_limits limits_of(const settings& asked) {
    // An engine that others run has etcd's defaults: 128 operations, 1.5 MB with the encoding.
    if (asked.engine == engine_mode::external) return {128, 1U << 20};
    return {1024, 2U << 20};
}

node_parts::node_parts(boost::asio::io_context& loop, engine& store, const settings& asked,
                       peer_fabric* fabric, const std::string& node, member_entry self, plugin::host host)
    : keys(asked.cluster_name), readable(loop), visible(loop),
      copy(keys, {[this](const std::string& who, std::optional<engine_entry> entry) {
                      members.changed(who, entry);
                  },
                  [this](const seen_transaction& one) {
                      if (one.by.life == own.life()) writes.written(one);
                  },
                  [this](std::uint64_t revision) { applied(revision); }}),
      members({store, fabric, nullptr, readable, visible, node, asked, host}),
      fed(loop, store, keys, copy, host), own(loop, store, keys, fed, asked, node, std::move(self), host),
      writes({loop, store, keys, copy, fed, own, readable, visible, host}, limits_of(asked)),
      counts(loop, store, keys, copy, own, members.table(), host),
      additions({loop, fabric, counts, members.table(), node, own, readable, visible}),
      upkeep(loop, store, copy, fed, members, fabric, own, host), loop_(loop), fabric_(fabric) {
    members.sits_on(own);
    own.on_change = [this](bool) { writes.seat_changed(); };
    if (fabric_ == nullptr) return;
    fabric_->on_applied = [this](const std::string& who, std::uint64_t revision, std::uint64_t settled) {
        members.peer_applied(who, revision, settled);
    };
    fabric_->on_gone = [this](const std::string& who) { members.peer_gone(who); };
    fabric_->handle(counter_user::topic, [this](const std::string&, std::string_view payload,
                                                std::chrono::milliseconds patience,
                                                peer_fabric::answer answer) {
        auto asked_for = decode_take_request(payload);
        if (!asked_for) return answer(MF_INVALID, "a malformed request for a counter");
        counts.take(std::move(*asked_for), std::chrono::steady_clock::now() + patience,
                    [answer](mf_status status, const take_answer& taken, const std::string& why) {
                        answer(status, status == MF_OK ? encode(taken) : why);
                    });
    });
}

void node_parts::applied(std::uint64_t revision) {
    members.settle_copy();
    if (copy.told_events() > told_events_) {
        unsettled_.emplace_back(revision, copy.told_events());
        if (!host_settles_ && unsettled_.size() > most_unsettled) unsettled_.pop_front();
    }
    told_events_ = copy.told_events();
    readable.own_applied(revision);
    push();
    fed.applied(revision);
    copy.forget_removals(readable.floor());
    upkeep.applied(revision);
}

void node_parts::host_settled(std::uint64_t events) noexcept {
    settled_events_.store(events, std::memory_order_release);
    if (!settling_.exchange(true)) boost::asio::post(loop_, lifetime_.guard([this] { settle(); }));
}

void node_parts::settle() {
    settling_ = false;
    host_settles_ = true;
    const auto events = settled_events_.load(std::memory_order_acquire);
    while (!unsettled_.empty() && unsettled_.front().second <= events)
        unsettled_.pop_front();
    push();
}

void node_parts::push() {
    const auto applied = copy.applied();
    const auto settled = host_settles_ && !unsettled_.empty() ? unsettled_.front().first - 1 : applied;
    settled_ = settled;
    visible.own_applied(settled);
    if (fabric_ != nullptr) fabric_->push_applied(applied, settled);
}

void node_parts::stop() {
    upkeep.stop();
    additions.stop();
    counts.stop();
    writes.stop();
    readable.stop();
    visible.stop();
    fed.stop();
    copy.listen(nullptr);
}

} // namespace mockfleet::replicated
