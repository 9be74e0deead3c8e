// Who is in the fleet, as this node has applied it: told to the barriers, the fabric, the log and describe().
#pragma once

#include "etcd/engine.hpp"
#include "peer/peer_fabric.hpp"
#include "settings/settings.hpp"
#include "state/barrier.hpp"
#include "state/members.hpp"
#include "state/seat.hpp"

#include <mockfleet/state.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// All of it on the loop, but describe_members().
class roster {
public:
    struct parts_of_node {
        engine& store;
        peer_fabric* fabric; ///< null when not clustered
        seat* own = nullptr; ///< set before the first change
        barrier& readable;
        barrier& visible;
        const std::string& node;
        const settings& asked;
        plugin::host host;
    };
    explicit roster(parts_of_node with) : with_(with) {}
    void sits_on(seat& own) { with_.own = &own; }

    /// As replica_events::member tells it.
    void changed(const std::string& node, const std::optional<engine_entry>& entry);
    /// The end of what a copy told: whoever it did not name is gone.
    void settle_copy();
    void peer_applied(const std::string& node, std::uint64_t revision, std::uint64_t settled);
    /// Its process is gone: takes its seat away, so that nobody waits until its lease runs out.
    void peer_gone(const std::string& node);

    [[nodiscard]] const member_table& table() const { return table_; }
    /// The other nodes that can be asked something.
    [[nodiscard]] std::vector<std::string> live_peers() const;
    /// Revisions that a node has applied, by its own word; 0 = nothing heard.
    [[nodiscard]] std::uint64_t applied_by(const std::string& node) const;

    // Any thread.
    /// Fills members and coordinator.
    void describe(plugin::info& into, std::uint64_t own_applied) const;

private:
    void keep(const std::string& node, member_entry entry);
    void drop(const std::string& node);
    void connect();
    void log_joined(const std::string& node, const member_entry& entry) const;
    [[nodiscard]] std::string serving_count() const;

    parts_of_node with_;
    std::map<std::string, std::uint64_t> applied_;
    std::set<std::string> excluded_;
    std::optional<std::set<std::string>> unconfirmed_; ///< by the copy that is being told
    mutable std::mutex mutex_;                         ///< table_ and applied_ are changed under it
    member_table table_;
};

} // namespace mockfleet::replicated
