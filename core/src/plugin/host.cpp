// The functions behind the mf_host table. None lets an exception out.
#include "plugin/host.hpp"

#include "base/log.hpp"
#include "plugin/backend.hpp"
#include "plugin/timer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace mockfleet::plugin {

namespace {

base::log::level level_of(std::int32_t level) {
    if (level <= MF_LOG_TRACE) return base::log::level::trace;
    if (level == MF_LOG_DEBUG) return base::log::level::debug;
    if (level == MF_LOG_INFO) return base::log::level::info;
    if (level == MF_LOG_WARN) return base::log::level::warn;
    return base::log::level::error;
}

} // namespace

plugin_host::plugin_host(std::string plugin, const host_events& events, timer& timers)
    : plugin_(std::move(plugin)), events_(events), timers_(timers),
      table_{sizeof(mf_host), MF_ABI_MINOR, this,       &log_enabled, &log,
             &count,          &run_after,   &cancelled, &lost,        &on_peer} {}

std::string plugin_host::last_complaint() const {
    const std::lock_guard lock(mutex_);
    return last_complaint_;
}

void plugin_host::write_held() {
    std::function<void()> held;
    {
        const std::lock_guard lock(mutex_);
        opening_ = false;
        held = std::exchange(held_, nullptr);
    }
    if (held) held();
}

void plugin_host::forget_held() {
    const std::lock_guard lock(mutex_);
    opening_ = false;
    held_ = nullptr;
}

int32_t plugin_host::log_enabled(void*, int32_t level) noexcept {
    // Complaints are wanted whatever the log's level: a failed open shows the last one.
    return level >= MF_LOG_WARN || base::log::enabled(level_of(level)) ? 1 : 0;
}

void plugin_host::log(void* ctx, int32_t level, mf_slice message, const mf_pair* fields,
                      size_t count) noexcept {
    try {
        auto& self = of(ctx);
        std::string sentence(to_view(message));
        std::replace_if(sentence.begin(), sentence.end(), [](unsigned char c) { return c < ' '; }, ' ');
        std::vector<base::log::field> shown;
        shown.reserve(count + 1);
        shown.push_back({"plugin", self.plugin_});
        for (size_t i = 0; i < count; ++i) {
            shown.push_back({to_view(fields[i].key), std::string(to_view(fields[i].value))});
        }
        std::function<void()> write = [level, sentence, shown = std::move(shown)] {
            base::log::write(level_of(level), "plugin-says", sentence, shown.data(), shown.size());
        };
        if (level >= MF_LOG_WARN) {
            const std::lock_guard lock(self.mutex_);
            self.last_complaint_ = sentence;
            if (self.opening_ && level >= MF_LOG_ERROR) std::swap(self.held_, write);
        }
        if (write) write();
    } catch (...) {
        // A line that cannot be written for want of memory is not worth more than the line.
    }
}

void plugin_host::count(void* ctx, mf_slice metric, int64_t add) noexcept {
    try {
        auto& self = of(ctx);
        if (self.events_.count) self.events_.count(self.plugin_, to_view(metric), add);
    } catch (...) {
        // The same holds for a metric.
    }
}

void plugin_host::run_after(void* ctx, uint64_t ns, void (*fn)(void*), void* arg) noexcept {
    auto& self = of(ctx);
    try {
        self.timers_.run_after(ns, &self, [fn, arg, plugin = self.plugin_] {
            try {
                fn(arg);
            } catch (...) {
                base::log::error("plugin-timer-threw", "a plugin's timer function threw an exception",
                                 {{"plugin", plugin}});
            }
        });
    } catch (const std::exception& thrown) {
        base::log::error("plugin-timer-failed", "a plugin's timer could not be set",
                         {{"plugin", self.plugin_}, {"cause", thrown.what()}});
    }
}

int32_t plugin_host::cancelled(void*, const mf_call* call) noexcept {
    if (call == nullptr) return 0;
    // Every mf_call of core is the first member of a call_context.
    static_assert(offsetof(call_context, call) == 0);
    return reinterpret_cast<const call_context*>(call)->cancelled.load(std::memory_order_relaxed) ? 1 : 0;
}

void plugin_host::lost(void* ctx, mf_slice reason) noexcept {
    try {
        auto& self = of(ctx);
        base::log::error("plugin-lost", "a plugin is beyond repair; the program becomes unready and ends",
                         {{"plugin", self.plugin_}, {"reason", std::string(to_view(reason))}});
        if (self.events_.lost) self.events_.lost(self.plugin_, to_view(reason));
    } catch (...) {
        // There is nobody left to tell.
    }
}

void plugin_host::on_peer(void* ctx, mf_slice topic, mf_slice payload, mf_peer_answer answer) noexcept {
    static constexpr std::string_view nobody = "this node has no answer for other nodes";
    auto& self = of(ctx);
    if (!self.events_.on_peer) {
        answer.call(answer.ctx, MF_UNSUPPORTED, to_slice(nobody));
        return;
    }
    try {
        self.events_.on_peer(to_view(topic), to_view(payload), answer);
    } catch (const std::exception& thrown) {
        // The handler throws only before it has answered or taken the answer along.
        answer.call(answer.ctx, MF_INTERNAL, to_slice(thrown.what()));
    }
}

} // namespace mockfleet::plugin
