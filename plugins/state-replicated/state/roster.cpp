// Members coming and going, with one sentence for the operator each time.
#include "state/roster.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

namespace {

std::string address_of(const member_entry& entry) {
    if (entry.host.empty()) return {};
    const bool v6 = entry.host.find(':') != std::string::npos;
    return (v6 ? "[" + entry.host + "]" : entry.host) + ":" + std::to_string(entry.ack_port);
}

} // namespace

void roster::changed(const std::string& node, const std::optional<engine_entry>& entry) {
    if (node.empty()) {
        unconfirmed_.emplace();
        for (const auto& [known, one] : table_)
            unconfirmed_->insert(known);
        return;
    }
    if (unconfirmed_) unconfirmed_->erase(node);
    const auto decoded = entry ? decode_member(*entry) : std::nullopt;
    if (decoded)
        keep(node, *decoded);
    else
        drop(node);
    if (node == with_.node) with_.own->own_key_changed(entry);
    if (!unconfirmed_) connect();
}

void roster::settle_copy() {
    if (!unconfirmed_) return;
    const auto gone = *std::exchange(unconfirmed_, std::nullopt);
    for (const auto& node : gone) {
        drop(node);
        if (node == with_.node) with_.own->own_key_changed(std::nullopt);
    }
    connect();
}

void roster::keep(const std::string& node, member_entry entry) {
    const auto known = table_.find(node);
    const bool unchanged = known != table_.end() && known->second.state == entry.state;
    const auto state = entry.state;
    const auto revision = entry.revision;
    {
        const std::lock_guard lock(mutex_);
        table_[node] = std::move(entry);
    }
    if (unchanged) return;
    const auto& now = table_[node];
    const bool own = node == with_.node;
    if (state == member_state::serving) {
        excluded_.erase(node);
        if (!own) {
            with_.readable.serves(node, revision);
            with_.visible.serves(node, revision);
        }
        with_.host.count("mock_server_cluster_joins");
        if (with_.asked.clustered) log_joined(node, now);
    } else {
        with_.readable.leaves(node);
        with_.visible.leaves(node);
        if (state == member_state::leaving && !own)
            with_.host.log().info("a node is about to leave the fleet; writes do not wait for it any more",
                                  {{"node", now.name}, {"id", node}});
    }
}

void roster::log_joined(const std::string& node, const member_entry& entry) const {
    if (node == with_.node)
        with_.host.log().info("this node has the fleet's state and serves",
                              {{"node", entry.name}, {"id", node}, {"members", serving_count()}});
    else
        with_.host.log().info("a node serves; writes wait for it from now on",
                              {{"node", entry.name},
                               {"id", node},
                               {"address", address_of(entry)},
                               {"version", entry.program},
                               {"members", serving_count()}});
}

std::string roster::serving_count() const {
    return std::to_string(std::count_if(table_.begin(), table_.end(), [](const auto& one) {
        return one.second.state == member_state::serving;
    }));
}

void roster::drop(const std::string& node) {
    const auto known = table_.find(node);
    if (known == table_.end()) return;
    const auto gone = known->second;
    {
        const std::lock_guard lock(mutex_);
        table_.erase(known);
        applied_.erase(node);
    }
    with_.readable.leaves(node);
    with_.visible.leaves(node);
    if (node == with_.node) return;
    with_.host.count("mock_server_cluster_leaves");
    const auto log = with_.host.log();
    if (gone.state == member_state::leaving)
        log.info("a node left the fleet", {{"node", gone.name}, {"id", node}, {"members", serving_count()}});
    else if (excluded_.erase(node) != 0)
        log.warn("a node is out of the fleet because its process is gone",
                 {{"node", gone.name}, {"id", node}, {"members", serving_count()}});
    else
        log.warn(
            "a node is out of the fleet because it renewed its lease no more: it hangs, was killed, or the "
            "network is cut; it comes back by itself when it can",
            {{"node", gone.name}, {"id", node}, {"address", address_of(gone)}, {"members", serving_count()}});
}

void roster::connect() {
    if (with_.fabric == nullptr) return;
    std::vector<peer_address> peers;
    for (const auto& [node, one] : table_) {
        if (node != with_.node) peers.push_back({node, one.host, one.ack_port});
    }
    with_.fabric->connect_to(peers);
}

void roster::peer_applied(const std::string& node, std::uint64_t revision, std::uint64_t settled) {
    {
        const std::lock_guard lock(mutex_);
        applied_[node] = revision;
    }
    with_.readable.applied(node, revision);
    with_.visible.applied(node, settled);
}

void roster::peer_gone(const std::string& node) {
    const auto found = table_.find(node);
    if (found == table_.end() || found->second.lease == 0 || !with_.asked.fast_fail) return;
    if (found->second.state == member_state::leaving) return; // it gives its seat back itself
    if (!excluded_.insert(node).second) return;
    with_.host.count("mock_server_cluster_exclusions");
    with_.host.log().warn(
        "the process of a node is gone: its connection was cut and nothing listens there; it is "
        "taken out of the fleet",
        {{"node", found->second.name}, {"id", node}, {"address", address_of(found->second)}});
    with_.store.revoke_lease(found->second.lease, [](engine_answer<bool>) {});
}

std::vector<std::string> roster::live_peers() const {
    std::vector<std::string> nodes;
    for (const auto& [node, one] : table_) {
        if (node != with_.node && one.state != member_state::joining) nodes.push_back(node);
    }
    return nodes;
}

std::uint64_t roster::applied_by(const std::string& node) const {
    const auto found = applied_.find(node);
    return found == applied_.end() ? 0 : found->second;
}

void roster::describe(plugin::info& into, std::uint64_t own_applied) const {
    const std::lock_guard lock(mutex_);
    into.coordinator = coordinator_of(table_);
    // What anybody has applied exists; a node that has less is behind by that much.
    auto newest = own_applied;
    for (const auto& [node, revision] : applied_)
        newest = std::max(newest, revision);
    bool listed = false;
    for (const auto& [node, one] : table_) {
        plugin::member member;
        member.id = node;
        member.address = address_of(one);
        member.version = one.program;
        member.local = node == with_.node;
        member.coordinator = node == into.coordinator;
        listed = listed || member.local;
        const auto heard = applied_.find(node);
        const auto applied = member.local ? own_applied : heard == applied_.end() ? 0 : heard->second;
        member.lag = newest - std::min(newest, applied);
        into.members.push_back(std::move(member));
    }
    if (!listed) into.members.push_back({with_.node, {}, {}, 0, false, true});
}

} // namespace mockfleet::replicated
