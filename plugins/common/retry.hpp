// When and how often a request to a service is repeated: bounded, with jitter, interruptible.
#pragma once

#include "common/http_client.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

namespace mockfleet::common {

struct retry_limits {
    int most_attempts = 5;
    std::chrono::milliseconds first{100};    ///< the bound of the first pause; doubles with each
    std::chrono::milliseconds most{5'000};   ///< of one pause
    std::chrono::milliseconds total{20'000}; ///< of all pauses
};

/// The pauses of one call. Random in [bound/2, bound], so that nodes do not repeat in step.
class pauses {
public:
    explicit pauses(retry_limits limits) : limits_(limits) {}

    /// The pause before the next attempt; `asked` is what the service wants at least (Retry-After). nullopt
    /// when it is time to give up.
    [[nodiscard]] std::optional<std::chrono::milliseconds> next(std::chrono::milliseconds asked = {});

private:
    retry_limits limits_;
    int attempts_ = 1;
    std::chrono::milliseconds spent_{0};
};

/// Ends waits early, for good.
class stop_signal {
public:
    void raise();
    /// False when it was raised.
    [[nodiscard]] bool wait(std::chrono::milliseconds how_long);

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool raised_ = false;
};

/// Worth another attempt: 408, 429, 500, 502, 503, 504, nobody reached, connection lost.
[[nodiscard]] bool is_passing(const http_outcome& outcome);
/// The service may have done what it was asked to, although the outcome does not say so.
[[nodiscard]] bool may_have_acted(const http_outcome& outcome);
/// Seconds of a Retry-After header; zero when there is none.
[[nodiscard]] std::chrono::milliseconds asked_pause(const http_outcome& outcome);

/// One call of a service, repeated as long as that may help.
struct repeated_call {
    /// Made anew for each attempt, since signatures carry the time.
    std::function<http_request()> make;
    /// Further outcomes that are worth another attempt; may be empty.
    std::function<bool(const http_outcome&)> passing;
    /// Asked before each repetition, with the outcome of the attempt before; true = an attempt did its work,
    /// so leave it. Empty for calls that may be repeated freely.
    std::function<bool(const http_outcome&)> done_already;
};

/// What came last. After `done_already` said so, what came before it.
[[nodiscard]] http_outcome perform_repeatedly(http_client& client, stop_signal& stop,
                                              const repeated_call& call, retry_limits limits = {});

} // namespace mockfleet::common
