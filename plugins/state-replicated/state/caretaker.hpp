// What the coordinator does now and then: compares the nodes' copies, and removes what given-up writes left.
#pragma once

#include "base/lifetime.hpp"
#include "etcd/engine.hpp"
#include "peer/peer_fabric.hpp"
#include "state/feed.hpp"
#include "state/replica.hpp"
#include "state/roster.hpp"
#include "state/seat.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::replicated {

/// All of it on the loop.
class caretaker {
public:
    caretaker(boost::asio::io_context& loop, engine& store, const replica& copy, feed& fed,
              const roster& members, peer_fabric* fabric, const seat& own, plugin::host host);
    void start();
    void stop();
    /// After each step of the replica.
    void applied(std::uint64_t revision);

private:
    void round();
    void compare_with(const std::string& node);
    void sweep();
    [[nodiscard]] bool coordinates() const;

    engine& engine_;
    const replica& replica_;
    feed& feed_;
    const roster& members_;
    peer_fabric* fabric_;
    const seat& seat_;
    plugin::host host_;
    boost::asio::steady_timer timer_;
    bool stopped_ = false;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> hashes_; ///< of the last revisions
    lifetime lifetime_;
};

} // namespace mockfleet::replicated
