// Waits, with a deadline, for the completion of a plugin's start or stop.
#pragma once

#include "base/error.hpp"
#include "plugin/backend.hpp"
#include "plugin/calls.hpp"
#include "plugin/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace mockfleet::plugin {

/// Runs issue(done) on a thread of `pool`, because a plugin may block in it, and waits for the completion.
/// The error has the plugin's status and words, or errc::timeout: then a late completion is ignored and the
/// thread may hang on.
template <class Reply, class Done>
base::result<void> call_and_wait(worker_pool& pool, const std::string& plugin, const char* step,
                                 std::chrono::nanoseconds deadline, std::function<void(Done)> issue) {
    struct shared_state {
        std::function<void(Done)> issue;
        void* token = nullptr;
        std::mutex mutex;
        std::condition_variable wake;
        bool done = false;
        mf_status status = MF_INTERNAL;
        std::string message;

        void finish(mf_status with, std::string text) {
            const std::lock_guard lock(mutex);
            status = with;
            message = std::move(text);
            done = true;
            wake.notify_all();
        }
    };
    // Two references: ours and that of the thread that makes the call.
    auto state = std::make_shared<shared_state>();
    state->issue = std::move(issue);
    state->token = begin_call(
        {lasting(plugin), step, {}},
        [](void* target, const void* reply) noexcept {
            Reply mine{};
            const auto* sent = static_cast<const Reply*>(reply);
            std::memcpy(static_cast<void*>(&mine), sent,
                        std::min<std::size_t>(sizeof(Reply), sent->struct_size));
            static_cast<shared_state*>(target)->finish(mine.status, std::string(to_view(mine.message)));
        },
        state.get());
    if (state->token == nullptr) return base::error{base::errc::exhausted, "too many calls are outstanding"};
    pool.post({[](void* arg) {
                   const std::unique_ptr<std::shared_ptr<shared_state>> mine(
                       static_cast<std::shared_ptr<shared_state>*>(arg));
                   auto& call = **mine;
                   try {
                       call.issue(Done{&complete_as<Reply>, call.token});
                   } catch (...) {
                       if (give_up_call(call.token)) call.finish(MF_INTERNAL, "threw an exception");
                   }
               },
               new std::shared_ptr<shared_state>(state)});
    std::unique_lock lock(state->mutex);
    if (!state->wake.wait_for(lock, deadline, [&] { return state->done; })) {
        lock.unlock();
        if (give_up_call(state->token)) {
            const auto seconds = std::chrono::duration<double>(deadline).count();
            std::string text = std::to_string(seconds);
            text.erase(text.find_last_not_of('0') + 1);
            if (text.back() == '.') text.pop_back();
            return base::error{base::errc::timeout, "no completion within " + text + " s"};
        }
        lock.lock();
        state->wake.wait(lock, [&] { return state->done; });
    }
    if (state->status == MF_OK) return {};
    return base::error{base::to_errc(state->status), state->message};
}

} // namespace mockfleet::plugin
