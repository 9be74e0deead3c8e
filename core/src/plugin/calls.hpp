// The table of calls that plugins have not completed yet: makes a second or late completion harmless and
// names stuck calls.
#pragma once

#include <mockfleet/abi.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::plugin {

/// A call as the plugin sees it, and whether somebody still waits for its answer (mf_host.cancelled).
struct call_context {
    mf_call call{sizeof(mf_call), 0, 0, {nullptr, 0}};
    std::atomic<bool> cancelled{false};
};

/// A plugin's name that lives as long as the process, with a number that fits into a token.
struct plugin_name {
    std::string text;
    std::uint8_t number; ///< 0 = one of too many to be told apart
};

/// The one object for a name. Any thread.
[[nodiscard]] const plugin_name* lasting(std::string_view name);

/// What a call is, for log lines. `operation` lives as long as the process; `key` is copied (its first 48
/// bytes).
struct call_label {
    const plugin_name* plugin;
    const char* operation;
    std::string_view key;
};

/// Takes the reply of a call. Runs on the thread that completes and must not throw.
using completion_fn = void (*)(void* target, const void* reply) noexcept;

/// Registers a call and answers the token to pass to the plugin as completion context; nullptr when 65,535
/// calls are outstanding already. `target` must live until the completion function was entered or
/// give_up_call() succeeded.
[[nodiscard]] void* begin_call(const call_label& label, completion_fn complete, void* target);

/// Runs the completion function of the token; false, with a line in the log, when it was completed or given
/// up before.
bool complete_call(void* token, const void* reply) noexcept;

/// Forgets a call: true when from now on its completion is ignored, false when it is already being completed.
bool give_up_call(void* token) noexcept;

/// How often so far a completion came twice or after its call was given up.
[[nodiscard]] std::uint64_t stale_completions();

struct outstanding_call {
    std::string plugin;
    std::string operation;
    std::string key;
    std::int64_t age_ns;
};

/// The calls outstanding for at least `least_age_ns`. Any thread. `once` skips those reported before and
/// marks the rest.
enum class report { always, once };
[[nodiscard]] std::vector<outstanding_call> outstanding_calls(std::int64_t least_age_ns, report which);

/// The trampoline for completions of any reply type: mf_state_done{complete_as<mf_state_reply>, token}.
template <class Reply>
void complete_as(void* token, const Reply* reply) noexcept {
    complete_call(token, reply);
}

} // namespace mockfleet::plugin
