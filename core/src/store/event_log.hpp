// The event log: what was received and answered, bounded, recorded by I/O threads without contention (core.md
// 6).
#pragma once

#include "base/log.hpp"
#include "store/evicted_counts.hpp"
#include "store/fleet_clock.hpp"
#include "store/log_entry.hpp"
#include "store/slab_pool.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace mockfleet::store {

class log_segment;

/// The log at one moment, oldest entry first; independent of what happens to the log afterwards. Everything
/// read through it is valid while it lives. One thread at a time.
class log_snapshot {
public:
    log_snapshot();
    ~log_snapshot();
    log_snapshot(log_snapshot&&) noexcept;
    log_snapshot& operator=(log_snapshot&&) noexcept;

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] bool is_note(std::size_t index) const;
    /// Among the newest max_entries of its kind? What is older is shown to nobody but still counts as
    /// evidence.
    [[nodiscard]] bool visible(std::size_t index) const;
    /// Pre: is_note(index) says which.
    void read(std::size_t index, recorded_exchange& out) const;
    void read(std::size_t index, recorded_note& out) const;
    /// Marks an entry as cleared for all later snapshots.
    void erase(std::size_t index) const;
    [[nodiscard]] std::int64_t stamp_ns(std::size_t index) const;
    [[nodiscard]] std::uint64_t correlation(std::size_t index) const;
    /// Whose entry it is: what add() and of_node() were given, 0 without them.
    [[nodiscard]] std::uint32_t node(std::size_t index) const { return entries_[index].node; }

    // The log of a fleet: the snapshot of this node with the entries of others. Stamps decide the order, then
    // the number of the node.

    /// What is in the snapshot so far belongs to that node.
    void of_node(std::uint32_t number);
    /// Drops what is not visible().
    void keep_visible();
    /// Entries of another node, in their order.
    void add(std::shared_ptr<log_segment> foreign, std::uint32_t node);
    /// After the last add().
    void put_in_order();

    /// What is known of older requests that are no longer in the log.
    [[nodiscard]] const evicted_counts& evicted() const { return evicted_; }

private:
    friend class event_log;
    struct position {
        log_segment* segment;
        std::uint32_t number;
        std::uint32_t node = 0;
    };
    std::vector<std::shared_ptr<log_segment>> segments_;
    std::vector<position> entries_;
    std::size_t first_visible_exchange_ = 0;
    std::size_t first_visible_note_ = 0;
    evicted_counts evicted_;
};

/// One shard per I/O thread, written by that thread alone without any lock, and one shard for all other
/// threads. A shard is a list of segments; entries are packed one after another and become visible to readers
/// by one atomic store. Order over shards is by stamp, then shard, then position.
///
/// Bounds: `max_entries` exchanges and as many notes, `max_bytes` over all shards. Whole segments go, the
/// globally oldest first, never a shard's newest; so memory may exceed a bound by one segment per shard,
/// while retrieve shows exactly the newest `max_entries`. Of evicted requests exact counts are kept.
/// Responses of expectations are not copied: a segment keeps the expectation alive instead, and once it is
/// served no longer its bytes count as the log's.
class event_log {
public:
    struct limits {
        std::size_t max_entries = 100000;             ///< maxLogEntries
        std::size_t max_bytes = 300U * 1024U * 1024U; ///< maxEventLogSizeInBytes
    };

    /// `io_threads` shards, numbered from 0.
    explicit event_log(std::size_t io_threads);
    event_log(std::size_t io_threads, limits bounds);
    ~event_log();
    event_log(const event_log&) = delete;
    event_log& operator=(const event_log&) = delete;

    /// From I/O thread number `slot` only. Once it returns every snapshot taken later holds the exchange.
    /// About 0.2 us; a lock is taken only when a segment is full.
    void record(std::size_t slot, const exchange& made);
    /// The same for any other thread.
    void record(const exchange& made);
    /// Room for the answer of another server; from I/O thread number `slot` only.
    [[nodiscard]] text_room::place room_for_answer(std::size_t slot, std::size_t bytes);
    /// From any thread but I/O threads. Does nothing when the level is not admitted.
    void record(const note& made);

    [[nodiscard]] log_snapshot take() const;
    /// Read before a snapshot is taken: as long as it stays equal, another one would hold the same.
    struct revision {
        std::size_t entries = 0;
        std::uint64_t evicted = 0;
        std::uint64_t clears = 0;
        bool operator==(const revision&) const = default;
    };
    [[nodiscard]] revision at_present() const;

    /// How often the answers of other servers that are in the log have become more, or may have become fewer.
    [[nodiscard]] std::uint64_t forwarded_changes() const;

    /// These are served no longer: from now on it is the log that keeps their bytes.
    void retired(const live_list& gone);

    /// Whether a clear leaves a CLEARED entry: in a fleet only where it was asked for.
    enum class trace { entry, none };
    /// Forgets everything, evicted counts included.
    void clear(trace left = trace::entry);
    /// The same for the endpoint of that name; leaves a CLEARED entry.
    void reset();
    /// Forgets the entries whose request the filter matches (core.md 1.5); answers how many exchanges went.
    std::size_t clear_matching(const model::request_matcher& filter, trace left = trace::entry);

    /// Stamps entries; whoever records an exchange takes its stamp from here.
    [[nodiscard]] fleet_clock& clock() { return clock_; }

    /// The least level that is kept (core.md 6.1); exchanges are kept in any case. Any thread.
    void set_level(base::log::level least) { level_.store(least, std::memory_order_relaxed); }
    [[nodiscard]] bool admits(base::log::level at) const {
        const auto least = level_.load(std::memory_order_relaxed);
        return at >= least && least != base::log::level::off;
    }
    /// Any thread; memory follows with the next segment.
    void set_limits(limits bounds);
    [[nodiscard]] std::size_t max_entries() const { return max_entries_.load(std::memory_order_relaxed); }

    /// Bytes held by segments and by the expectations that only they keep, for tests and metrics.
    [[nodiscard]] std::size_t memory() const;
    /// Entries held, exchanges and notes, and exchanges that had to go; about, for metrics.
    [[nodiscard]] std::size_t entries() const;
    [[nodiscard]] std::uint64_t evicted() const;
    [[nodiscard]] std::size_t max_bytes() const { return max_bytes_.load(std::memory_order_relaxed); }

private:
    struct shard;
    using segment_list = std::vector<std::shared_ptr<log_segment>>;

    log_segment& room_for(shard& target, std::size_t bytes);
    [[nodiscard]] std::size_t most_pinned() const;
    /// Small entries may keep large expectations: then a segment ends early, so that it can be evicted.
    [[nodiscard]] bool overburdened(const log_segment& current) const;
    [[nodiscard]] segment_list evict();
    void count_evicted(const log_segment& going);
    void drop_all();
    void note_cleared(const char* format, std::string_view filter_json, const model::request_matcher& filter);

    fleet_clock clock_;
    std::vector<std::unique_ptr<shard>>
        shards_; ///< the last one belongs to the threads that have none of their own
    std::shared_ptr<slab_pool> slabs_;
    std::mutex last_shard_; ///< its writers
    mutable std::mutex
        segments_; ///< the segment lists of all shards and what follows up to next_correlation_
    evicted_counts evicted_;
    std::uint64_t clears_ = 0;
    std::uint64_t forwarded_evictions_ = 0;
    std::uint64_t next_correlation_;
    std::atomic<base::log::level> level_{base::log::level::info};
    std::atomic<std::size_t> max_entries_;
    std::atomic<std::size_t> max_bytes_;
};

} // namespace mockfleet::store
