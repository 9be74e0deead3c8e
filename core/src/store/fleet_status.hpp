// What each node of the fleet says of itself.
#pragma once

#include "base/error.hpp"
#include "store/peer_topics.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mockfleet::store {

struct member_status {
    member who;            ///< as the backend knows it
    bool answered = false; ///< false: nothing below but `state` is known
    std::string state;     ///< serving, joining, draining, isolated; unreachable
    std::string version;   ///< of the program
    std::uint64_t revision = 0;
    std::int64_t uptime_ms = 0;
};

struct fleet_view {
    state_info info;
    std::vector<member_status> members;
};

/// Any thread.
class fleet_status {
public:
    /// Adds its topic to `peers`. `state` is one word for this node; all outlive it.
    fleet_status(state_client state, peer_topics& peers, std::string version,
                 std::function<std::string()> own_state);

    /// A node that does not answer is listed as unreachable.
    [[nodiscard]] boost::asio::awaitable<base::result<fleet_view>> read();

private:
    [[nodiscard]] boost::asio::awaitable<base::result<std::string>> answer(std::string payload);

    state_client state_;
    peer_topics& peers_;
    std::string version_;
    std::function<std::string()> own_state_;
    std::int64_t started_ns_;
};

} // namespace mockfleet::store
