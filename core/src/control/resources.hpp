// The resources of the control plane and what they work on; one function per endpoint.
#pragma once

#include "control/call.hpp"
#include "control/live_settings.hpp"
#include "control/router.hpp"
#include "control/server_control.hpp"

#include <boost/asio/awaitable.hpp>

namespace mockfleet::base {
class metrics;
} // namespace mockfleet::base

namespace mockfleet::store {
class cassettes;
class expectations;
class event_log;
class file_store;
class fleet_log;
class fleet_status;
class peer_topics;
class scenarios;
class scenario_timers;
} // namespace mockfleet::store

namespace mockfleet::control {

class node_health;

/// What the endpoints work on; everything outlives the router.
struct wiring {
    live_settings* settings = nullptr;
    store::expectations* expectations = nullptr;
    store::event_log* log = nullptr;
    server_control* server = nullptr;
    store::scenarios* scenarios = nullptr;
    store::scenario_timers* scenario_timers = nullptr;
    store::fleet_log* fleet_log = nullptr;
    store::fleet_status* fleet_status = nullptr;
    store::peer_topics* peers = nullptr;
    node_health* health = nullptr;
    base::metrics* metrics = nullptr;
    store::file_store* files = nullptr;
    store::cassettes* cassettes = nullptr;
};

/// Runs on a control thread. Pointers, not references, because coroutines outlive the statement that starts
/// them; router::handle keeps both alive until the answer is there.
using resource = boost::asio::awaitable<answer> (*)(const wiring* parts, call* request);

boost::asio::awaitable<answer> put_expectation(const wiring* parts, call* request);      ///< core.md 1.3
boost::asio::awaitable<answer> clear(const wiring* parts, call* request);                ///< core.md 1.5
boost::asio::awaitable<answer> reset(const wiring* parts, call* request);                ///< core.md 1.6
boost::asio::awaitable<answer> retrieve(const wiring* parts, call* request);             ///< core.md 1.7
boost::asio::awaitable<answer> verify(const wiring* parts, call* request);               ///< core.md 1.8
boost::asio::awaitable<answer> verify_sequence(const wiring* parts, call* request);      ///< core.md 1.9
boost::asio::awaitable<answer> status(const wiring* parts, call* request);               ///< core.md 1.10
boost::asio::awaitable<answer> bind(const wiring* parts, call* request);                 ///< core.md 1.10
boost::asio::awaitable<answer> stop(const wiring* parts, call* request);                 ///< core.md 1.10
boost::asio::awaitable<answer> read_configuration(const wiring* parts, call* request);   ///< core.md 1.11
boost::asio::awaitable<answer> change_configuration(const wiring* parts, call* request); ///< core.md 1.11
boost::asio::awaitable<answer> ready(const wiring* parts, call* request);           ///< contract fleet 9.2
boost::asio::awaitable<answer> live(const wiring* parts, call* request);            ///< an addition
boost::asio::awaitable<answer> read_cluster(const wiring* parts, call* request);    ///< contract fleet 9.1
boost::asio::awaitable<answer> read_metrics(const wiring* parts, call* request);    ///< contract fleet 9.3
boost::asio::awaitable<answer> store_file(const wiring* parts, call* request);      ///< core.md 1.13
boost::asio::awaitable<answer> retrieve_file(const wiring* parts, call* request);   ///< core.md 1.13
boost::asio::awaitable<answer> list_files(const wiring* parts, call* request);      ///< core.md 1.13
boost::asio::awaitable<answer> delete_file(const wiring* parts, call* request);     ///< core.md 1.13
boost::asio::awaitable<answer> list_cassettes(const wiring* parts, call* request);  ///< core.md 1.20
boost::asio::awaitable<answer> put_cassette(const wiring* parts, call* request);    ///< core.md 1.20
boost::asio::awaitable<answer> delete_cassette(const wiring* parts, call* request); ///< core.md 1.20
boost::asio::awaitable<answer> list_scenarios(const wiring* parts, call* request);  ///< core.md 1.17
boost::asio::awaitable<answer> read_scenario(const wiring* parts, call* request);   ///< core.md 1.17
boost::asio::awaitable<answer> change_scenario(const wiring* parts, call* request); ///< core.md 1.17

} // namespace mockfleet::control
