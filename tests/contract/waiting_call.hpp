// One call of a plugin, made as the server makes it and waited for.
#pragma once

#include "cases.hpp"

#include "plugin/backend.hpp"
#include "plugin/calls.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::contract {

/// Lives until its completion came; one that never completes stays alive for the rest of the process.
template <class Backend, class Reply, class Done>
class waiting_call {
public:
    using reply_type = Reply;
    using ops_type = typename Backend::ops_type;
    using handle_type = typename Backend::handle_type;
    using issue_fn = std::function<void(const ops_type&, handle_type*, const mf_call*, Done)>;
    using take_fn = std::function<void(const Reply&)>;

    void* submitted_to = nullptr; // for backend::submit

    /// `take` sees the reply on the completing thread, while it may still be looked at.
    static void run(Backend& backend, const char* operation, issue_fn issue, take_fn take,
                    bool cancelled = false, std::uint64_t deadline_ns = 0) {
        finish(begin(backend, operation, std::move(issue), std::move(take), cancelled, deadline_ns));
    }

    static std::shared_ptr<waiting_call> begin(Backend& backend, const char* operation, issue_fn issue,
                                               take_fn take, bool cancelled = false,
                                               std::uint64_t deadline_ns = 0) {
        auto call = std::make_shared<waiting_call>(operation, std::move(issue), std::move(take));
        call->context_.cancelled = cancelled;
        call->context_.call.deadline_ns = deadline_ns;
        call->token_ =
            plugin::begin_call({backend.label(), operation, {}}, &waiting_call::complete, call.get());
        expect(call->token_ != nullptr, "too many calls are outstanding");
        backend.submit(*call);
        return call;
    }

    static void finish(const std::shared_ptr<waiting_call>& call) {
        if (call->wait()) return;
        if (!plugin::give_up_call(call->token_)) {
            expect(call->wait(), std::string(call->operation_) + " is stuck in its completion");
            return;
        }
        static auto* const forgotten = new std::vector<std::shared_ptr<waiting_call>>;
        static std::mutex mutex;
        const std::lock_guard lock(mutex);
        forgotten->push_back(call);
        throw case_failed(std::string(call->operation_) + " did not complete");
    }

    waiting_call(const char* operation, issue_fn issue, take_fn take)
        : operation_(operation), issue_(std::move(issue)), take_(std::move(take)) {}

    [[nodiscard]] const char* operation() const { return operation_; }
    [[nodiscard]] void* token() const { return token_; }
    [[nodiscard]] auto call() const {
        return [issue = issue_, context = &context_.call](const ops_type& ops, handle_type* handle,
                                                          void* token) {
            issue(ops, handle, context, Done{&plugin::complete_as<Reply>, token});
        };
    }

private:
    static void complete(void* target, const void* reply) noexcept {
        auto& self = *static_cast<waiting_call*>(target);
        Reply mine{};
        const auto* sent = static_cast<const Reply*>(reply);
        std::memcpy(static_cast<void*>(&mine), sent, std::min<std::size_t>(sizeof(Reply), sent->struct_size));
        self.take_(mine);
        const std::lock_guard lock(self.mutex_);
        self.done_ = true;
        self.wake_.notify_all();
    }

    bool wait() {
        std::unique_lock lock(mutex_);
        return wake_.wait_for(lock, patience, [this] { return done_; });
    }

    const char* operation_;
    issue_fn issue_;
    take_fn take_;
    plugin::call_context context_;
    void* token_ = nullptr;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool done_ = false;
};

} // namespace mockfleet::contract
