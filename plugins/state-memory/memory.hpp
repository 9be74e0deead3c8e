// The state of one node in memory: versioned bytes under (space, key), gone when the process ends.
#pragma once

#include "change_log.hpp"

#include <mockfleet/state.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::memory {

/// Any thread; no call blocks. Each space is cut into shards by a hash of the key, each with its own lock and
/// ordered map: writers of different keys do not wait on each other (two keys in one shard by chance do, for
/// a map operation). Values are shared, so nothing is copied under a lock and no lock is held while a
/// completion runs.
class memory_state {
public:
    static constexpr const char* summary =
        "state in the memory of this process: fast, not shared, gone at its end";

    memory_state();

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

private:
    struct item {
        std::shared_ptr<const std::string> value;
        std::uint64_t version = 0;
    };
    struct alignas(64) shard {
        std::mutex mutex;
        std::map<std::string, item, std::less<>> items;
    };
    static constexpr std::size_t shard_count = 32;
    struct space_data {
        std::array<shard, shard_count> shards;
        shard& of(std::string_view key) { return shards[std::hash<std::string_view>()(key) % shard_count]; }
    };
    struct batch_step;

    /// Null when nothing was ever put there.
    space_data* find(std::string_view space) const;
    space_data& make(std::string_view space);
    void apply(batch_step& step) noexcept;

    std::string node_id_;
    change_log log_;
    mutable std::shared_mutex spaces_mutex_;
    std::map<std::string, std::unique_ptr<space_data>, std::less<>> spaces_;
};

} // namespace mockfleet::memory
