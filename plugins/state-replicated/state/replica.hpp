// This node's copy of the fleet's state: read from any thread, written by the watch only.
#pragma once

#include "etcd/engine.hpp"
#include "state/envelope.hpp"
#include "state/keyspace.hpp"

#include <mockfleet/state.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mockfleet::replicated {

/// An entry, kept alive while it is looked at.
struct replica_entry {
    std::shared_ptr<const std::string> bytes;
    std::string_view payload;
    std::uint64_t version = 0;  ///< 0 = there is none
    std::uint64_t revision = 0; ///< in which it was written; of an absent key: when it was seen to go, or 0
    bool in_parts = false;
    bool foreign = false; ///< of a format that this program does not know
    write_id parts_by;    ///< when in parts
};

/// A transaction as the replica saw it: enough to answer for it when the engine's own answer was lost.
struct seen_transaction {
    write_id by;
    std::uint64_t revision = 0;
    std::vector<std::string> removed;                          ///< engine keys of entries
    std::map<std::string, std::uint64_t, std::less<>> cleared; ///< spaces, and how many entries went
};

/// What the loop does with the changes, in this order for each revision.
struct replica_events {
    /// A member's key, or nullopt when it went. Called before `applied` of that revision.
    std::function<void(const std::string& node, std::optional<engine_entry>)> member;
    std::function<void(const seen_transaction&)> written;
    /// After all of the above and the host's listener.
    std::function<void(std::uint64_t revision)> applied;
};

class replica {
public:
    replica(const keyspace& keys, replica_events told) : keys_(keys), told_(std::move(told)) {}

    // Any thread.
    [[nodiscard]] replica_entry find(std::string_view space, std::string_view key) const;
    /// Up to `limit` entries after `after`, and whether there are more.
    [[nodiscard]] std::pair<std::vector<std::pair<std::string, replica_entry>>, bool>
    scan(std::string_view space, std::string_view after, std::size_t limit) const;
    [[nodiscard]] std::uint64_t applied() const { return applied_.load(std::memory_order_acquire); }

    // The loop.
    /// Null = nobody listens.
    void listen(const mf_state_events* events) { listener_ = events; }
    /// How many events the listener was told.
    [[nodiscard]] std::uint64_t told_events() const { return told_events_; }
    void apply(std::vector<watch_event> events);
    /// Reads of absent keys need not remember removals up to here.
    void forget_removals(std::uint64_t revision);

    /// A full copy is gathered page by page, then takes the place of what is here; the listener hears of the
    /// differences. The pages are of one revision.
    void begin_copy();
    void add_to_copy(std::vector<engine_entry> entries);
    void end_copy(std::uint64_t revision);

    /// The revision in which the space was cleared last, 0 = never.
    [[nodiscard]] std::uint64_t generation(std::string_view space) const;
    /// Of all entries and their revisions, whatever the order they came in.
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::size_t size() const;
    /// Parts that belong to no entry since that long: what is left of writes that were given up.
    [[nodiscard]] std::vector<std::string> orphans(std::chrono::seconds age) const;

private:
    struct item {
        std::shared_ptr<const std::string> bytes;
        std::uint32_t offset = 0;
        std::uint64_t version = 0;
        bool in_parts = false;
        bool foreign = false;
        write_id parts_by; ///< when in parts
    };
    using space_items = std::map<std::string, item, std::less<>>;
    struct loose_parts {
        std::chrono::steady_clock::time_point since;
        std::string prefix; ///< of their engine keys
        std::map<std::uint16_t, std::string> bytes;
    };
    struct content {
        std::map<std::string, space_items, std::less<>> spaces;
        std::map<std::string, loose_parts, std::less<>> loose; ///< by write, until their entry comes
        std::map<std::string, std::uint64_t, std::less<>> generations;
        std::map<std::string, engine_entry> members;
        std::uint64_t hash = 0;
    };
    struct change {
        std::string space;
        std::string key;
        std::uint64_t version = 0;
        bool cleared = false;
    };

    void apply_revision(std::vector<watch_event>& events, std::size_t from, std::size_t to);
    static std::uint64_t hash_of(std::string_view space, std::string_view key, std::uint64_t version);
    [[nodiscard]] item item_of(content& in, engine_entry& entry, std::optional<write_id>& by) const;
    void add_part(content& in, const keyspace::parsed& where, std::string bytes) const;
    /// The parts of an entry that goes: removed with it, or left for orphans().
    void leave_parts(std::string_view space, std::string_view key, const item& gone);
    void tell(const std::vector<change>& changes);
    static replica_entry entry_of(const item& found);

    const keyspace& keys_;
    replica_events told_;
    const mf_state_events* listener_ = nullptr;
    mutable std::shared_mutex
        mutex_; ///< guards content_.spaces and the removals; taken exclusively by the loop only
    content content_;
    std::unordered_map<std::string, std::uint64_t> removed_; ///< by engine key
    std::map<std::string, std::uint64_t, std::less<>> cleared_;
    std::deque<std::pair<std::uint64_t, std::string>>
        removals_; ///< by revision; a space's prefix when cleared
    std::uint64_t hash_ = 0;
    std::uint64_t told_events_ = 0;
    std::unique_ptr<content> copy_;
    std::atomic<std::uint64_t> applied_{0};
};

} // namespace mockfleet::replicated
