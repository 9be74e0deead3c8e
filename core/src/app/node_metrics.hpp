// The numbers of this node for operators (contract fleet 9.3): which there are and where each is read.
#pragma once

#include "base/metrics.hpp"

namespace mockfleet::control {
class node_health;
} // namespace mockfleet::control
namespace mockfleet::store {
class event_log;
class expectations;
} // namespace mockfleet::store

namespace mockfleet::app {

class fleet;
class mock_dispatcher;

/// All of it outlives `to`'s last use.
void add_node_metrics(base::metrics& to, const mock_dispatcher& dispatcher,
                      const store::expectations& expectations, const store::event_log& log, const fleet& self,
                      const control::node_health& health);

} // namespace mockfleet::app
