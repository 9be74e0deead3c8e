// The event log: what was received and answered, bounded, recorded by I/O threads without contention (core.md
// 6).
#pragma once

#include "base/log.hpp"
#include "matching/compiled_matcher.hpp"
#include "store/evicted_counts.hpp"
#include "store/log_entry.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace mockfleet::store {

class log_segment;

/// The log at one moment, oldest entry first; independent of what happens to the log afterwards. Everything
/// read through it is valid while it lives. One thread at a time.
class log_snapshot {
public:
    enum class kind : std::uint8_t { exchange, note };

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] kind kind_of(std::size_t index) const;
    /// Pre: kind_of(index) says so.
    void read(std::size_t index, recorded_exchange& out) const;
    void read(std::size_t index, recorded_note& out) const;
    /// Marks an entry as cleared for later snapshots.
    void erase(std::size_t index) const;

    /// What is known of older requests that are no longer in the log.
    [[nodiscard]] const evicted_counts& evicted() const { return evicted_; }

private:
    friend class event_log;
    struct position {
        const log_segment* segment;
        std::uint32_t slot;
        std::uint32_t shard;
    };
    std::vector<std::shared_ptr<log_segment>> segments_;
    std::vector<position> entries_;
    evicted_counts evicted_;
};

/// One shard per I/O thread, written by that thread alone without any lock, and one shard for all other
/// threads. A shard is a list of segments; entries are packed one after another and become visible to readers
/// by one atomic store. Order over shards is by monotonic time, then shard, then position.
///
/// Bounds: `max_entries` exchanges and as many notes, `max_bytes` over all shards; whole segments go, the
/// globally oldest first, so memory may exceed a bound by one segment per shard while readers see exactly the
/// newest `max_entries`. Of evicted requests exact counts are kept (evicted_counts). Responses of
/// expectations are not copied: a segment keeps the expectation alive.
class event_log {
public:
    struct limits {
        std::size_t max_entries = 100000;          ///< maxLogEntries
        std::size_t max_bytes = 300 * 1024 * 1024; ///< maxEventLogSizeInBytes
    };

    /// `io_threads` shards, numbered from 0.
    event_log(std::size_t io_threads, limits bounds);
    ~event_log();
    event_log(const event_log&) = delete;
    event_log& operator=(const event_log&) = delete;

    /// From I/O thread number `shard` only. Once it returns every snapshot taken later holds the exchange.
    /// About 0.2 us; takes a lock only when a segment is full.
    void record(std::size_t shard, const exchange& made);

    /// From any other thread. Does nothing when the level is not admitted.
    void record(const note& made);
    /// For control threads that answer a data-plane request themselves.
    void record_elsewhere(const exchange& made);

    [[nodiscard]] log_snapshot take() const;

    /// Forgets everything, evicted counts included.
    void clear();
    /// Forgets the exchanges whose request the filter matches; notes stay (core.md 1.5). Answers how many
    /// went.
    std::size_t clear_matching(const model::request_matcher& filter);

    /// The least level that is kept (core.md 6.1); exchanges are kept in any case. Any thread.
    void set_level(base::log::level least);
    [[nodiscard]] bool admits(base::log::level at) const {
        return at >= level_.load(std::memory_order_relaxed);
    }
    /// Any thread; takes effect with the next segment.
    void set_limits(limits bounds);
    [[nodiscard]] std::size_t max_entries() const { return max_entries_.load(std::memory_order_relaxed); }

    /// Bytes of the segments held, for tests and metrics.
    [[nodiscard]] std::size_t memory() const;

private:
    struct shard;

    log_segment& room_for(shard& target, std::size_t bytes);
    void write(shard& target, const exchange& made);
    void evict();

    std::vector<std::unique_ptr<shard>> shards_; ///< the last one is for notes
    std::mutex notes_;                           ///< writers of the last shard
    mutable std::mutex segments_;                ///< the segment lists of all shards, evicted_, spare_
    evicted_counts evicted_;
    std::vector<std::shared_ptr<log_segment>> spare_;
    std::atomic<base::log::level> level_{base::log::level::info};
    std::atomic<std::size_t> max_entries_;
    std::atomic<std::size_t> max_bytes_;
    std::size_t segment_bytes_;
};

} // namespace mockfleet::store
