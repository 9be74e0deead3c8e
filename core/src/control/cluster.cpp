// GET /mockserver/cluster (contract fleet 9.1): who is in the fleet, and how far each is.
#include "control/resources.hpp"

#include "store/fleet_status.hpp"

namespace mockfleet::control {

namespace {

json::value member_json(const store::member_status& one, bool clustered) {
    json::value shown{json::object{}};
    shown.set("id", one.who.id);
    shown.set("coordinator", one.who.coordinator);
    shown.set("local", one.who.local);
    if (!clustered) return shown;
    if (!one.who.address.empty()) shown.set("address", one.who.address);
    const auto& version = one.version.empty() ? one.who.version : one.version;
    if (!version.empty()) shown.set("version", version);
    shown.set("state", one.state);
    if (one.answered) {
        shown.set("appliedRevision", static_cast<std::int64_t>(one.revision));
        shown.set("uptimeMillis", one.uptime_ms);
    }
    shown.set("lag", static_cast<std::int64_t>(one.who.lag));
    return shown;
}

} // namespace

boost::asio::awaitable<answer> read_cluster(const wiring* parts, call*) {
    const auto fleet = co_await parts->fleet_status->read();
    if (!fleet) {
        const json::value failure{json::object{{"error", "failed to get cluster status"}}};
        co_return json_answer(500, failure);
    }
    const auto& info = fleet->info;
    json::value document{json::object{}};
    document.set("clustered", info.clustered);
    document.set("nodeId", info.node_id);
    document.set("coordinator", info.coordinator);
    if (!info.cluster_name.empty()) document.set("clusterName", info.cluster_name);
    document.set("memberCount", static_cast<std::int64_t>(fleet->members.size()));
    json::array members;
    for (const auto& one : fleet->members)
        members.push_back(member_json(one, info.clustered));
    document.set("members", std::move(members));
    co_return json_answer(200, document);
}

} // namespace mockfleet::control
