// Memory of the event log in pieces of one size, which are used again.
#pragma once

#include "store/forwarded_answer.hpp"
#include "store/log_pins.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace mockfleet::store {

struct slab_deleter {
    void operator()(char* bytes) const;
};
using slab = std::unique_ptr<char[], slab_deleter>;

/// Keeps a few slabs of the usual size, so that a log that is full recycles memory instead of faulting in new
/// pages.
class slab_pool {
public:
    explicit slab_pool(std::size_t slab_size) : slab_size_(slab_size) {}
    [[nodiscard]] std::size_t slab_size() const { return slab_size_; }
    /// Of all segments of the pool.
    log_pins pins;
    /// Bytes of answers of other servers that segments keep.
    [[nodiscard]] std::size_t answer_bytes() const { return answers_->bytes.load(std::memory_order_relaxed); }
    /// Answers of other servers that came so far.
    [[nodiscard]] std::uint64_t answers() const { return answers_->answers.load(std::memory_order_acquire); }
    [[nodiscard]] std::shared_ptr<answer_weight> weigh() const {
        return std::make_shared<answer_weight>(answers_);
    }
    [[nodiscard]] slab take(std::size_t size);
    void give_back(slab used, std::size_t size);

private:
    static constexpr std::size_t kept = 4;
    std::size_t slab_size_;
    std::mutex mutex_;
    std::vector<slab> spare_;
    std::shared_ptr<answer_totals> answers_ = std::make_shared<answer_totals>();
};

/// Room for texts that go about as they came, one behind the other on slabs. One thread takes; whoever drops
/// the last text of a slab returns it.
class text_room {
public:
    explicit text_room(std::shared_ptr<slab_pool> pool) : pool_(std::move(pool)) {}

    struct place {
        std::shared_ptr<const void> owner;
        char* at;
    };
    [[nodiscard]] place take(std::size_t bytes);

private:
    struct shared_slab;
    std::shared_ptr<slab_pool> pool_;
    std::shared_ptr<shared_slab> current_;
    std::size_t used_ = 0;
};

} // namespace mockfleet::store
