// GET /mockserver/metrics (contract fleet 9.3).
#include "base/metrics.hpp"
#include "control/resources.hpp"
#include "store/peer_topics.hpp"

namespace mockfleet::control {

boost::asio::awaitable<answer> read_metrics(const wiring* parts, call*) {
    if (!parts->settings->current().flag("metricsEnabled")) co_return empty_answer(404);
    // How many nodes there are is read now, not at the last second.
    static_cast<void>(co_await parts->peers->learn());
    answer made{200, {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}}, parts->metrics->text()};
    co_return made;
}

} // namespace mockfleet::control
