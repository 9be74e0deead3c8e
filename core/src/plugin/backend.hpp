// An open instance of a plugin: its table, its handle and the way it wants to be called.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "plugin/calls.hpp"
#include "plugin/worker_pool.hpp"

#include <mockfleet/blob.h>
#include <mockfleet/state.h>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::plugin {

/// Logs that a call which must not block took `spent_ns` (above 10 ms); at most one line per second and
/// backend.
void warn_slow_call(const char* plugin, const char* operation, std::int64_t spent_ns,
                    std::atomic<std::int64_t>& last_ns);

/// Logs that a call of a plugin threw, which the ABI forbids.
void log_thrown(const char* plugin, const char* operation, const char* what);

/// Ops is a host-owned copy of the plugin's table: calls that the plugin does not have are null.
/// Any thread may submit between a completed start and stop.
template <class Ops, class Handle, class Reply>
class backend {
public:
    using ops_type = Ops;
    using handle_type = Handle;
    using reply_type = Reply;

    backend(std::string name, const Ops& ops, Handle* handle, worker_pool* workers)
        : name_(std::move(name)), label_(lasting(name_)), ops_(ops), handle_(handle), workers_(workers) {}
    backend(const backend&) = delete;
    backend& operator=(const backend&) = delete;

    /// The plugin's name, such as "state-memory".
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The same for call_label: lives as long as the process.
    [[nodiscard]] const plugin_name* label() const { return label_; }
    [[nodiscard]] const Ops& ops() const { return ops_; }
    [[nodiscard]] Handle* handle() const { return handle_; }

    /// Issues a call on the thread that the plugin's mf_calls asks for. `Request` has, as statics or members:
    ///   const char* operation() const;  void* token() const;
    ///   auto call() const: a trivially copyable function object, called as f(ops, handle, token)
    /// and lives until the completion of its token. Nothing of it is touched after that.
    template <class Request>
    void submit(Request& request) {
        if (workers_ == nullptr) {
            const auto before = base::monotonic_ns();
            const auto* operation = request.operation();
            run(*this, request);
            const auto spent = base::monotonic_ns() - before;
            if (spent > slow_ns) warn_slow_call(label_->text.c_str(), operation, spent, last_slow_ns_);
            return;
        }
        request.submitted_to = this;
        workers_->post({[](void* arg) {
                            auto& posted = *static_cast<Request*>(arg);
                            run(*static_cast<backend*>(posted.submitted_to), posted);
                        },
                        &request});
    }

private:
    /// More than copying the largest bodies takes; a call that waits for a disk or a network soon exceeds it.
    static constexpr std::int64_t slow_ns = 10'000'000;

    template <class Request>
    static void run(backend& self, Request& request) noexcept {
        const auto call = request.call();
        const auto* operation = request.operation();
        auto* const token = request.token();
        const auto fail = [&](const char* what) {
            log_thrown(self.label_->text.c_str(), operation, what);
            const std::string_view text = what;
            typename Request::reply_type reply{};
            fill_failure(reply, text);
            // Fails, with a line in the log, if the call was completed before it threw.
            complete_call(token, &reply);
        };
        try {
            call(self.ops_, self.handle_, token);
        } catch (const std::exception& thrown) {
            fail(thrown.what());
        } catch (...) {
            fail("something that is no std::exception");
        }
    }

    template <class AnyReply>
    static void fill_failure(AnyReply& reply, std::string_view text) {
        if constexpr (requires { reply.status; }) {
            reply.struct_size = sizeof(AnyReply);
            reply.status = MF_INTERNAL;
            reply.message = {text.data(), text.size()};
        }
    }

    std::string name_;
    const plugin_name* label_;
    Ops ops_;
    Handle* handle_;
    worker_pool* workers_;
    std::atomic<std::int64_t> last_slow_ns_{0};
};

using state_backend = backend<mf_state_ops, mf_state, mf_state_reply>;
using blob_backend = backend<mf_blob_ops, mf_blob, mf_blob_reply>;

inline mf_slice to_slice(std::string_view text) {
    return {text.data(), text.size()};
}
inline std::string_view to_view(mf_slice slice) {
    return slice.size == 0 ? std::string_view() : std::string_view(slice.data, slice.size);
}

} // namespace mockfleet::plugin
