// This node as one of a fleet: what it asks and answers of others, and how it follows the state they share.
#pragma once

#include "app/state_follower.hpp"
#include "base/error.hpp"
#include "control/node_health.hpp"
#include "store/expectations.hpp"
#include "store/fleet_log.hpp"
#include "store/fleet_status.hpp"
#include "store/peer_topics.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace mockfleet::app {

/// Of a single node too: then it asks nobody. Made before the backend starts; stop() before `executor` ends.
class fleet {
public:
    fleet(boost::asio::any_io_executor executor, plugin::state_backend& backend, store::event_log& log,
          store::expectations& expectations, std::vector<store::shared_kind*> kinds,
          control::node_health& health);
    fleet(const fleet&) = delete;
    fleet& operator=(const fleet&) = delete;

    /// For the registry's on_peer and start.
    void answer(std::string_view topic, std::string_view payload, mf_peer_answer to) {
        peers_.answer(topic, payload, to);
    }
    [[nodiscard]] plugin::state_listener& listener() { return follower_.listener(); }

    /// Once the backend has started: takes over the fleet's clock and its state. Then this node may serve.
    [[nodiscard]] boost::asio::awaitable<base::result<void>> join();
    void stop();

    /// Entries of the shared state that this node cannot read and goes on without.
    [[nodiscard]] std::size_t passed_over() const { return follower_.passed_over(); }
    [[nodiscard]] store::fleet_log& log() { return log_; }
    [[nodiscard]] store::fleet_status& status() { return status_; }
    [[nodiscard]] store::peer_topics& peers() { return peers_; }
    [[nodiscard]] const store::peer_topics& peers() const { return peers_; }

private:
    [[nodiscard]] boost::asio::awaitable<void> evict();
    [[nodiscard]] boost::asio::awaitable<void> tick();

    store::state_client state_;
    store::expectations& expectations_;
    store::peer_topics peers_;
    store::fleet_log log_;
    store::fleet_status status_;
    state_follower follower_;
    boost::asio::strand<boost::asio::any_io_executor> ticking_;
    boost::asio::steady_timer timer_; ///< on ticking_
    bool stopped_ = false;            ///< the same
};

} // namespace mockfleet::app
