// What core offers to one plugin instance: the mf_host table and what stands behind it.
#pragma once

#include <mockfleet/abi.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace mockfleet::plugin {

class timer;

/// Answers calls of other nodes; the inputs are borrowed until `answer` has been called, exactly once. Any
/// thread.
using peer_handler =
    std::function<void(std::string_view topic, std::string_view payload, mf_peer_answer answer)>;

/// What an instance may ask of the program. Both may be empty. Called on any thread.
struct host_events {
    std::function<void(const std::string& plugin, std::string_view reason)> lost;
    peer_handler on_peer;
    std::function<void(const std::string& plugin, std::string_view metric, std::int64_t add)> count;
};

/// Lives from before open until after close of its instance. `events` and `timers` outlive it.
class plugin_host {
public:
    plugin_host(std::string plugin, const host_events& events, timer& timers);
    plugin_host(const plugin_host&) = delete;
    plugin_host& operator=(const plugin_host&) = delete;

    [[nodiscard]] const mf_host* table() const { return &table_; }

    /// The plugin's last warning or error, so that a failed open or start can show the cause; empty if there
    /// was none.
    [[nodiscard]] std::string last_complaint() const;

    /// While an instance is opened its last error is held back: if it is the reason of a refusal it is told
    /// with that. Until one of these two is called.
    void write_held();
    void forget_held();

private:
    static plugin_host& of(void* ctx) { return *static_cast<plugin_host*>(ctx); }
    static int32_t log_enabled(void* ctx, int32_t level) noexcept;
    static void log(void* ctx, int32_t level, mf_slice message, const mf_pair* fields, size_t count) noexcept;
    static void count(void* ctx, mf_slice metric, int64_t add) noexcept;
    static void run_after(void* ctx, uint64_t ns, void (*fn)(void*), void* arg) noexcept;
    static int32_t cancelled(void* ctx, const mf_call* call) noexcept;
    static void lost(void* ctx, mf_slice reason) noexcept;
    static void on_peer(void* ctx, mf_slice topic, mf_slice payload, mf_peer_answer answer) noexcept;

    std::string plugin_;
    const host_events& events_;
    timer& timers_;
    mf_host table_;
    mutable std::mutex mutex_;
    std::string last_complaint_;
    bool opening_ = true;
    std::function<void()> held_; ///< writes the line
};

} // namespace mockfleet::plugin
