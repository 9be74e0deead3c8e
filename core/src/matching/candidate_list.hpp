// Rules in the order in which they are tried: a sorted list in blocks, cheap to append to, to change in the
// middle and to walk.
#pragma once

#include "matching/rule_index.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mockfleet::matching {

/// A rule with a copy of its rank, so that ordering does not touch the rule, and with the marks a request
/// must show to be worth trying.
struct candidate {
    const rule* subject = nullptr;
    std::uint64_t order = 0;
    std::uint64_t marks = 0;
    std::int32_t priority = 0;

    candidate() = default;
    explicit candidate(const rule* of, std::uint64_t with_marks = 0)
        : subject(of), order(of->order), marks(with_marks), priority(of->priority) {}
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

/// Walks those of a list, or the only one, that have none of the marks that are `absent` in a request. The
/// list must not change meanwhile.
class candidate_cursor {
public:
    explicit candidate_cursor(const candidate& only) : current_(only) {}
    candidate_cursor(const candidate_list& list, std::uint64_t absent)
        : block_(list.blocks_.data()), blocks_end_(block_ + list.blocks_.size()), absent_(absent) {
        if (block_ == blocks_end_) return;
        at_ = block_->data();
        end_ = at_ + block_->size();
        settle();
    }

    /// False behind the last one.
    [[nodiscard]] bool valid() const { return current_.subject != nullptr; }
    [[nodiscard]] const candidate& current() const { return current_; }
    /// As valid() says afterwards.
    bool advance() {
        current_.subject = nullptr;
        if (at_ == nullptr) return false;
        ++at_;
        settle();
        return valid();
    }

private:
    static constexpr std::ptrdiff_t prefetch_distance = 3;

    void settle() {
        for (;; ++at_) {
            if (at_ == end_) {
                if (++block_ == blocks_end_) break;
                at_ = block_->data();
                end_ = at_ + block_->size();
            }
            if ((at_->marks & absent_) != 0) continue;
            current_ = *at_;
            if (end_ - at_ > prefetch_distance) __builtin_prefetch(at_[prefetch_distance].subject);
            return;
        }
        at_ = nullptr;
    }

    candidate current_;
    const candidate* at_ = nullptr; ///< null: nothing behind the current one
    const candidate* end_ = nullptr;
    const candidate_list::block* block_ = nullptr;
    const candidate_list::block* blocks_end_ = nullptr;
    std::uint64_t absent_ = 0;
};

} // namespace mockfleet::matching
