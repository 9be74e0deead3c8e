// pending: one call of a plugin, bridged from its completion to the coroutine that awaits it.
#pragma once

#include "plugin/backend.hpp"
#include "plugin/calls.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

namespace mockfleet::store {

namespace detail {

template <class Reply>
struct done_for;
template <>
struct done_for<mf_state_reply> {
    using type = mf_state_done;
};
template <>
struct done_for<mf_state_info> {
    using type = mf_state_info_done;
};
template <>
struct done_for<mf_blob_reply> {
    using type = mf_blob_done;
};

} // namespace detail

/// When the plugin should give up, and the caller's mark for its log lines.
struct call_limits {
    std::uint64_t deadline_ns = 0; ///< CLOCK_MONOTONIC; 0 = none
    std::string_view trace;
};

/// Lives in the frame of the coroutine that made the call, beside the inputs, which the plugin borrows until
/// it completes; so the coroutine does not leave before the answer came. Cancelling the coroutine only tells
/// the plugin.
///
///     pending<mf_state_reply, ...> call(backend, "get", key, limits, issue, take);
///     if (!call.start()) co_await call.arrived();
///
/// `issue(ops, handle, const mf_call*, done)` makes the call; it is trivially copyable. `take(const Reply&)`
/// copies what is wanted out of the reply, on the completing thread, before the coroutine goes on. An answer
/// that came before the call returned costs no suspension and no post.
template <class Reply, class Backend, class Issue, class Take>
class pending {
public:
    using reply_type = Reply;
    using done_type = typename detail::done_for<Reply>::type;
    static_assert(std::is_trivially_copyable_v<Issue>);

    void* submitted_to = nullptr; ///< for backend::submit

    pending(std::in_place_type_t<Reply>, Backend& target, const char* operation, std::string_view key,
            const call_limits& limits, Issue issue, Take take)
        : backend_(target), operation_(operation), key_(key), issue_(issue), take_(std::move(take)) {
        context_.call.deadline_ns = limits.deadline_ns;
        context_.call.trace = plugin::to_slice(limits.trace);
    }
    pending(const pending&) = delete;
    pending& operator=(const pending&) = delete;

    ~pending() {
        // Only when the frame is destroyed without being resumed: an I/O context that ends with calls
        // outstanding.
        if (token_ == nullptr || state_.load(std::memory_order_acquire) == stage::ready) return;
        if (plugin::give_up_call(token_)) return;
        while (state_.load(std::memory_order_acquire) != stage::ready)
            std::this_thread::yield();
    }

    /// Issues the call; true when the answer is there already.
    [[nodiscard]] bool start() {
        token_ = plugin::begin_call({backend_.label(), operation_, key_}, &pending::complete, this);
        if (token_ == nullptr) {
            Reply refused{};
            if constexpr (requires { refused.status; }) {
                static constexpr std::string_view text = "too many calls are outstanding";
                refused.status = MF_EXHAUSTED;
                refused.message = plugin::to_slice(text);
            }
            take_(refused);
            return true;
        }
        backend_.submit(*this);
        return state_.load(std::memory_order_acquire) == stage::ready;
    }

    /// Resumes on the coroutine's own executor once the answer is there. Await at most once, after start()
    /// said false.
    [[nodiscard]] boost::asio::awaitable<void> arrived() {
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
            [this](auto handler) { this->wait(std::move(handler)); }, boost::asio::use_awaitable);
    }

    [[nodiscard]] const char* operation() const { return operation_; }
    [[nodiscard]] void* token() const { return token_; }
    [[nodiscard]] auto call() const {
        return [issue = issue_, context = &context_.call](const auto& ops, auto* handle, void* token) {
            issue(ops, handle, context, done_type{&plugin::complete_as<Reply>, token});
        };
    }

private:
    enum class stage : int { empty, waiting, ready };
    using waiter = boost::asio::any_completion_handler<void()>;

    template <class Handler>
    void wait(Handler handler) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([this](boost::asio::cancellation_type) {
                context_.cancelled.store(true, std::memory_order_relaxed);
            });
        }
        auto executor = boost::asio::get_associated_executor(handler);
        waiter_.emplace([executor, handler = std::move(handler)]() mutable {
            boost::asio::post(executor, [handler = std::move(handler)]() mutable {
                // Here, on the coroutine's thread, the slot may be touched; its function refers to the
                // coroutine's frame.
                auto used = boost::asio::get_associated_cancellation_slot(handler);
                if (used.is_connected()) used.clear();
                std::move(handler)();
            });
        });
        auto expected = stage::empty;
        if (state_.compare_exchange_strong(expected, stage::waiting, std::memory_order_acq_rel)) return;
        // The answer came in between. Once posted, another thread may end the coroutine and this object with
        // it.
        auto resumed = std::move(*waiter_);
        std::move(resumed)();
    }

    static void complete(void* target, const void* reply) noexcept {
        auto& self = *static_cast<pending*>(target);
        const auto* sent = static_cast<const Reply*>(reply);
        Reply mine{};
        // A plugin built with older headers sends a shorter struct: what it does not know reads as zero.
        std::memcpy(&mine, sent, std::min<std::size_t>(sizeof(Reply), sent->struct_size));
        try {
            self.take_(mine);
        } catch (...) {
            // Out of memory while copying: the outcome stays what the caller set before, an internal error.
        }
        if (self.state_.load(std::memory_order_acquire) == stage::empty) {
            auto expected = stage::empty;
            if (self.state_.compare_exchange_strong(expected, stage::ready, std::memory_order_acq_rel))
                return;
        }
        auto waiting = std::move(*self.waiter_);
        self.state_.store(stage::ready, std::memory_order_release);
        std::move(waiting)();
    }

    Backend& backend_;
    const char* operation_;
    std::string_view key_;
    Issue issue_;
    Take take_;
    plugin::call_context context_;
    void* token_ = nullptr;
    std::atomic<stage> state_{stage::empty};
    std::optional<waiter> waiter_; // never assigned: that of Boost 1.81 recurses without end
};

template <class Reply, class Backend, class Issue, class Take>
pending(std::in_place_type_t<Reply>, Backend&, const char*, std::string_view, const call_limits&, Issue, Take)
    -> pending<Reply, Backend, Issue, Take>;

} // namespace mockfleet::store
