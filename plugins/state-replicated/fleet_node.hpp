// One node of the fleet: its loop, its parts in their order, and the calls of state.h on top of them.
#pragma once

#include "settings/settings.hpp"

#include <mockfleet/state.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// Every call may come from any thread and returns at once, but stop(), which returns when the loop's thread
/// has ended. Completions run on the loop, or on the caller's thread when the local copy is enough to answer.
class fleet_node {
public:
    fleet_node(settings asked, plugin::host host);
    ~fleet_node();
    fleet_node(const fleet_node&) = delete;
    fleet_node& operator=(const fleet_node&) = delete;

    void start(const mf_state_events& events, plugin::state_completion done);
    void stop(plugin::state_completion done);

    void get(const mf_call& call, std::string_view space, std::string_view key,
             plugin::state_completion done);
    void put(const mf_call& call, std::string_view space, std::string_view key, std::string_view value,
             mf_condition condition, plugin::state_completion done);
    void remove(const mf_call& call, std::string_view space, std::string_view key, mf_condition condition,
                plugin::state_completion done);
    void scan(const mf_call& call, std::string_view space, std::string_view after, std::uint32_t limit,
              plugin::state_completion done);
    void clear(const mf_call& call, std::string_view space, plugin::state_completion done);
    void batch(const mf_call& call, std::span<const mf_batch_op> operations, plugin::state_completion done);
    void add(const mf_call& call, std::string_view space, std::string_view key, std::int64_t delta,
             std::int64_t min, std::int64_t max, plugin::state_completion done);
    void peers(const mf_call& call, std::string_view topic, std::string_view payload, mf_peer_sink sink,
               plugin::state_completion done);
    plugin::info describe();
    void settled(std::uint64_t events) noexcept;
    [[nodiscard]] std::int32_t contact() const noexcept;

    /// Where the peer fabric listens; 0 before start and when not clustered.
    [[nodiscard]] std::uint16_t ack_port() const;
    [[nodiscard]] const std::string& node_id() const;

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace mockfleet::replicated
