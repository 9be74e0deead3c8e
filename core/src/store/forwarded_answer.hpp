// What became of a forwarded request: belongs to its entry in the event log, and is filled in when the
// upstream has answered.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::store {

/// Over all segments of a log.
struct answer_totals {
    std::atomic<std::size_t> bytes{0};     ///< kept now
    std::atomic<std::uint64_t> answers{0}; ///< that came so far
};

/// Bytes of the answers that one segment keeps, as part of those that the log keeps. Any thread.
class answer_weight {
public:
    explicit answer_weight(std::shared_ptr<answer_totals> total) : total_(std::move(total)) {}

    void add(std::size_t bytes, bool is_answer) {
        if (is_answer) total_->answers.fetch_add(1, std::memory_order_release);
        const std::lock_guard lock(mutex_);
        if (gone_) return;
        bytes_.store(bytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
        total_->bytes.fetch_add(bytes, std::memory_order_relaxed);
    }
    /// The segment is the log's no longer.
    void let_go() {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(gone_, true))
            total_->bytes.fetch_sub(bytes_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    std::mutex mutex_;
    bool gone_ = false;
    std::atomic<std::size_t> bytes_{0};
    std::shared_ptr<answer_totals> total_;
};

/// Owned by shared_ptr, one per forwarded request. Filled in once, by the thread that forwards; readable by
/// any thread, which sees the whole outcome or `waiting`.
class forwarded_answer {
public:
    enum class state : std::uint8_t {
        waiting,  ///< no answer yet
        answered, ///< head() and body() are the upstream's answer
        failed,   ///< failure() tells why, body() what the client was told
    };

    void answered(std::string head, std::string body, int status) {
        become(state::answered, status, own(std::move(head), std::move(body)));
    }
    /// `owner` keeps head and body.
    void answered(std::shared_ptr<const void> owner, std::string_view head, std::string_view body,
                  int status) {
        owner_ = std::move(owner);
        head_ = head;
        body_ = body;
        become(state::answered, status, head.size() + body.size());
    }
    /// `body` is what the client was told.
    void failed(std::string reason, int status, std::string body) {
        become(state::failed, status, own(std::move(reason), std::move(body)));
    }
    /// The log's; before the outcome is filled in, if it is to count.
    void weigh_on(std::shared_ptr<answer_weight> segment) { weight_ = std::move(segment); }

    [[nodiscard]] state now() const { return state_.load(std::memory_order_acquire); }

    // Pre: now() is not waiting.

    /// Status line and headers as received, line ends included.
    [[nodiscard]] std::string_view head() const { return head_; }
    /// Of an answer, decoded of transfer and content coding.
    [[nodiscard]] std::string_view body() const { return body_; }
    [[nodiscard]] std::string_view failure() const { return head_; }
    [[nodiscard]] std::uint16_t status() const { return status_; }

private:
    /// Answers the bytes that this takes.
    std::size_t own(std::string head, std::string body) {
        const auto kept =
            std::make_shared<const std::pair<std::string, std::string>>(std::move(head), std::move(body));
        head_ = kept->first;
        body_ = kept->second;
        owner_ = kept;
        return kept->first.capacity() + kept->second.capacity();
    }
    void become(state reached, int status, std::size_t bytes) {
        status_ = static_cast<std::uint16_t>(status);
        state_.store(reached, std::memory_order_release);
        if (weight_) weight_->add(bytes, reached == state::answered);
    }

    std::shared_ptr<const void> owner_;
    std::string_view head_;
    std::string_view body_;
    std::uint16_t status_ = 0;
    std::atomic<state> state_{state::waiting};
    std::shared_ptr<answer_weight> weight_;
};

} // namespace mockfleet::store
