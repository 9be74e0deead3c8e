// GET /mockserver/ready and /mockserver/live: what a balancer and a process supervisor ask.
#include "control/node_health.hpp"
#include "control/resources.hpp"

#include "json/writer.hpp"

namespace mockfleet::control {

namespace {

answer one_line(int status, const json::value& document) {
    return {status, {{"content-type", "application/json; charset=utf-8"}}, json::compact(document)};
}

} // namespace

boost::asio::awaitable<answer> ready(const wiring* parts, call*) {
    const auto reasons = parts->health->reasons();
    if (reasons.empty()) co_return one_line(200, json::object{{"status", "READY"}});
    json::array listed;
    for (const auto& one : reasons)
        listed.emplace_back(one);
    co_return one_line(503, json::object{{"status", "NOT_READY"}, {"reasons", std::move(listed)}});
}

boost::asio::awaitable<answer> live(const wiring*, call*) {
    co_return one_line(200, json::object{{"status", "LIVE"}});
}

} // namespace mockfleet::control
