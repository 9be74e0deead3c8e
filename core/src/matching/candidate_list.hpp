// Rules in the order in which they are tried: a sorted list in blocks, cheap to append to, to change in the
// middle and to walk.
#pragma once

#include "matching/rule_index.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mockfleet::matching {

/// A rule with a copy of its rank, so that ordering does not touch the rule.
struct candidate {
    const rule* subject = nullptr;
    std::uint64_t order = 0;
    std::int32_t priority = 0;

    candidate() = default;
    explicit candidate(const rule* of) : subject(of), order(of->order), priority(of->priority) {}
    bool operator==(const candidate&) const = default;
    /// Tried before `other`.
    [[nodiscard]] bool before(const candidate& other) const {
        if (priority != other.priority) return priority > other.priority;
        if (order != other.order) return order < other.order;
        return subject < other.subject;
    }
};

/// Two levels, so that no change moves more than a block and the list of blocks. Appending in order fills
/// blocks completely.
class candidate_list {
public:
    void insert(const candidate& added);
    /// False if it is not there.
    bool erase(const candidate& removed);
    void clear() { blocks_ = {}; }
    [[nodiscard]] bool empty() const { return blocks_.empty(); }
    /// Exactly one.
    [[nodiscard]] bool single() const { return blocks_.size() == 1 && blocks_.front().size() == 1; }
    [[nodiscard]] const candidate& front() const { return blocks_.front().front(); }

private:
    friend class candidate_cursor;
    using block = std::vector<candidate>;
    static constexpr std::size_t block_size = 512;

    /// The block in which `wanted` is or would be; the list must not be empty.
    [[nodiscard]] std::size_t block_of(const candidate& wanted) const;

    std::vector<block> blocks_; ///< none of them empty
};

/// Walks one rule or a list, which must not change meanwhile.
class candidate_cursor {
public:
    explicit candidate_cursor(const rule* only) : current_(only) {}
    /// `list` must not be empty.
    explicit candidate_cursor(const candidate_list& list)
        : current_(list.front()), at_(list.blocks_.front().data()), end_(at_ + list.blocks_.front().size()),
          block_(list.blocks_.data()), last_block_(block_ + list.blocks_.size() - 1) {}

    [[nodiscard]] const candidate& current() const { return current_; }
    /// False at the end.
    bool advance() {
        if (at_ == nullptr) return false;
        if (++at_ == end_) {
            if (block_ == last_block_) return false;
            ++block_;
            at_ = block_->data();
            end_ = at_ + block_->size();
        }
        current_ = *at_;
        if (end_ - at_ > prefetch_distance) __builtin_prefetch(at_[prefetch_distance].subject);
        return true;
    }

private:
    static constexpr std::ptrdiff_t prefetch_distance = 3;

    candidate current_;
    const candidate* at_ = nullptr;
    const candidate* end_ = nullptr;
    const candidate_list::block* block_ = nullptr;
    const candidate_list::block* last_block_ = nullptr;
};

} // namespace mockfleet::matching
