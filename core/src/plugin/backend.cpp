// The log lines about calls that break a rule of the ABI.
#include "plugin/backend.hpp"

#include "base/log.hpp"

namespace mockfleet::plugin {

void warn_slow_call(const char* plugin, const char* operation, std::int64_t spent_ns,
                    std::atomic<std::int64_t>& last_ns) {
    constexpr std::int64_t period_ns = 1'000'000'000;
    const auto now = base::monotonic_ns();
    auto last = last_ns.load(std::memory_order_relaxed);
    if (last != 0 && now - last < period_ns) return;
    if (!last_ns.compare_exchange_strong(last, now, std::memory_order_relaxed)) return;
    base::log::warn(
        "plugin-slow-call", "a plugin that declares itself non-blocking held a server thread",
        {{"plugin", plugin}, {"call", operation}, {"milliseconds", std::to_string(spent_ns / 1'000'000)}});
}

void log_thrown(const char* plugin, const char* operation, const char* what) {
    base::log::error("plugin-threw", "a call of a plugin threw an exception, which the ABI forbids",
                     {{"plugin", plugin}, {"call", operation}, {"cause", what}});
}

} // namespace mockfleet::plugin
