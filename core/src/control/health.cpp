// GET /mockserver/ready and /mockserver/live: what a balancer and a process supervisor ask.
#include "control/node_health.hpp"
#include "control/resources.hpp"

#include "json/writer.hpp"

namespace mockfleet::control {

namespace {

answer one_line(int status, const json::value& document) {
    return {status, {{"content-type", "application/json; charset=utf-8"}}, json::compact(document)};
}

json::array list_of(const std::vector<std::string>& texts) {
    json::array listed;
    for (const auto& one : texts)
        listed.emplace_back(one);
    return listed;
}

} // namespace

boost::asio::awaitable<answer> ready(const wiring* parts, call*) {
    const auto reasons = parts->health->reasons();
    json::value told;
    told.set("status", reasons.empty() ? "READY" : "NOT_READY");
    if (!reasons.empty()) told.set("reasons", list_of(reasons));
    if (const auto details = parts->health->details(); !details.empty())
        told.set("details", list_of(details));
    co_return one_line(reasons.empty() ? 200 : 503, told);
}

boost::asio::awaitable<answer> live(const wiring*, call*) {
    co_return one_line(200, json::object{{"status", "LIVE"}});
}

} // namespace mockfleet::control
