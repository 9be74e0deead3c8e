// The parts of a node that has an engine, wired together: what the replica applies reaches everyone
// concerned.
#pragma once

#include "peer/peer_fabric.hpp"
#include "settings/settings.hpp"
#include "state/barrier.hpp"
#include "state/caretaker.hpp"
#include "state/counter_owner.hpp"
#include "state/counter_user.hpp"
#include "state/feed.hpp"
#include "state/keyspace.hpp"
#include "state/replica.hpp"
#include "state/roster.hpp"
#include "state/seat.hpp"
#include "state/writer.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace mockfleet::replicated {

/// What one transaction may hold.
[[nodiscard]] engine_limits limits_of(const settings& asked);

/// Built on the loop once the engine answers; ended with stop() before anything it uses.
class node_parts {
public:
    node_parts(boost::asio::io_context& loop, engine& store, const settings& asked, peer_fabric* fabric,
               const std::string& node, member_entry self, plugin::host host);

    /// From any thread: the host has acted on that many events.
    void host_settled(std::uint64_t events) noexcept;
    /// Any thread: this node has its seat, and its host has acted on all that came before it took it.
    [[nodiscard]] bool in_contact() const {
        return own.may_serve() && settled_.load(std::memory_order_acquire) >= own.serves_from();
    }
    /// Ends all but the seat, which is released by the owner.
    void stop();

    const keyspace keys;
    barrier readable; ///< applied by the copies: until here reads are the same everywhere
    barrier visible;  ///< settled by the hosts: until here writes are complete
    replica copy;
    roster members;
    feed fed;
    seat own;
    writer writes;
    counter_owner counts;
    counter_user additions;
    caretaker upkeep;

private:
    void applied(std::uint64_t revision);
    void settle();
    void push();

    boost::asio::io_context& loop_;
    peer_fabric* fabric_;
    std::uint64_t told_events_ = 0;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> unsettled_; ///< revision, events told by its end
    std::atomic<std::uint64_t> settled_events_{0};
    std::atomic<bool> settling_{false};
    std::atomic<std::uint64_t> settled_{0}; ///< the revision
    bool host_settles_ = false;             ///< a host that does not say so is taken to act on events at once
    lifetime lifetime_;
};

} // namespace mockfleet::replicated
