// One slab of the event log: entries packed one after another by a single writer, readable by anyone once
// published.
#pragma once

#include "store/log_entry.hpp"
#include "store/slab_pool.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace mockfleet::store {

/// Entries grow from the front of the slab, their slots from its back. One writer at a time; readers need no
/// lock: they see the first count() slots, which never change but for the mark of erasure.
class log_segment {
public:
    /// `bytes` is the least room needed; `first_correlation` numbers the entries.
    log_segment(std::shared_ptr<slab_pool> pool, std::size_t bytes, std::uint64_t first_correlation);
    ~log_segment();
    log_segment(const log_segment&) = delete;
    log_segment& operator=(const log_segment&) = delete;

    // The writer.

    [[nodiscard]] static std::size_t room_for(const exchange& made);
    [[nodiscard]] static std::size_t room_for(const note& made);
    [[nodiscard]] bool has_room(std::size_t bytes) const { return used_ + bytes <= slots_begin_; }
    /// Pre: has_room(room_for(...)). Published when it returns.
    void append(const exchange& made, bool detailed);
    void append(const note& made, std::int64_t stamp_ns, std::int64_t wall_ns);
    /// The entry appended last is one of another node and keeps the number that it has there. For segments
    /// that hold nothing else.
    void keep_correlation(std::uint64_t correlation) { correlations_.push_back(correlation); }
    /// Bytes of the expectations that no other segment kept before; for the writer.
    [[nodiscard]] std::size_t first_pinned() const { return first_pinned_; }
    /// Of all that it keeps.
    [[nodiscard]] std::size_t pinned() const { return pinned_bytes_; }
    /// Is any of its entries about a request that was forwarded? The writer, or anyone once it is sealed.
    [[nodiscard]] bool has_forwarded() const { return weight_ != nullptr; }
    /// Of the answers of other servers that its entries have.
    [[nodiscard]] std::size_t answer_bytes() const { return weight_ ? weight_->bytes() : 0; }
    /// What it pins no longer counts as kept by the log; by whoever removed the sealed segment from the log.
    void let_go();
    /// Bytes in use without the expectations, which slab_pool::pins counts; for the writer, or anyone once
    /// the segment is sealed.
    [[nodiscard]] std::size_t used() const {
        return used_ + (capacity_ - slots_begin_) + (pins_.size() + pinned_.size()) * sizeof(pins_[0]);
    }

    // Anyone.

    [[nodiscard]] std::uint32_t count() const { return count_.load(std::memory_order_acquire); }
    /// Entries below this number were cleared together.
    [[nodiscard]] std::uint32_t hidden() const { return hidden_.load(std::memory_order_acquire); }
    void hide_all() { hidden_.store(count(), std::memory_order_release); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // Pre of all: number < count() as seen by the caller.
    [[nodiscard]] bool is_note(std::uint32_t number) const;
    [[nodiscard]] bool erased(std::uint32_t number) const;
    void erase(std::uint32_t number);
    [[nodiscard]] std::int64_t stamp_ns(std::uint32_t number) const;
    [[nodiscard]] std::uint64_t correlation_of(std::uint32_t number) const {
        return correlations_.empty() ? first_correlation_ + number : correlations_[number];
    }
    void read(std::uint32_t number, recorded_exchange& out) const;
    void read(std::uint32_t number, recorded_note& out) const;
    /// evicted_counts::key_of the request, and what else eviction needs, without unpacking.
    struct summary {
        std::uint64_t key;
        std::string_view method;
        std::string_view path;
        const live_expectation* served_by;
    };
    [[nodiscard]] summary summarize(std::uint32_t number) const;

private:
    struct slot;
    struct exchange_head;
    struct note_head;
    template <class Size>
    struct span_of;

    static constexpr std::size_t span_count(const model::request_view& request) {
        return 5 + 2 * request.headers.size();
    }
    [[nodiscard]] slot& slot_at(std::uint32_t number) const;
    [[nodiscard]] const exchange_head& head_at(std::uint32_t number) const;
    template <class Size>
    void unpack(const exchange_head& head, recorded_exchange& out) const;
    void publish(std::size_t offset, std::size_t end, std::uint64_t key, bool is_note);
    void pin(const live_expectation* kept);

    std::shared_ptr<slab_pool> pool_;
    std::size_t capacity_;
    slab slab_;
    std::size_t used_ = 0;
    std::size_t slots_begin_;
    std::uint64_t first_correlation_;
    std::vector<std::uint64_t> correlations_; ///< only of a segment with another node's entries
    std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> hidden_{0};
    std::vector<std::shared_ptr<const void>> pins_;
    std::unordered_map<const live_expectation*, live_pointer> pinned_;
    std::shared_ptr<answer_weight> weight_; ///< once there is a forwarded request
    std::size_t first_pinned_ = 0;
    std::size_t pinned_bytes_ = 0;
    bool let_go_ = false;
    std::array<const live_expectation*, 64> recent_{}; ///< pinned already, by address
};

} // namespace mockfleet::store
