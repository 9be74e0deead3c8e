// The loop around http_client.
#include "common/retry.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace mockfleet::common {

using std::chrono::milliseconds;

std::optional<milliseconds> pauses::next(milliseconds asked) {
    if (attempts_ >= limits_.most_attempts) return std::nullopt;
    const auto doubled = limits_.first * (1LL << std::min(attempts_ - 1, 20));
    const auto bound = std::min<milliseconds>(doubled, limits_.most);
    ++attempts_;
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<milliseconds::rep> choice(bound.count() / 2, bound.count());
    const auto pause = std::max(milliseconds(choice(random)), asked);
    if (spent_ + pause > limits_.total) return std::nullopt;
    spent_ += pause;
    return pause;
}

void stop_signal::raise() {
    {
        const std::lock_guard lock(mutex_);
        raised_ = true;
    }
    wake_.notify_all();
}

bool stop_signal::wait(milliseconds how_long) {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, how_long, [this] { return raised_; });
}

bool is_passing(const http_outcome& outcome) {
    using how = http_outcome::how;
    if (outcome.what == how::not_sent || outcome.what == how::lost) return true;
    if (!outcome.answered()) return false;
    switch (outcome.answer.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        return false;
    }
}

bool may_have_acted(const http_outcome& outcome) {
    if (!outcome.answered()) return outcome.resent || outcome.what == http_outcome::how::lost;
    const auto status = outcome.answer.status;
    return outcome.resent || status == 408 || status >= 500;
}

milliseconds asked_pause(const http_outcome& outcome) {
    const auto text = outcome.answer.header("retry-after");
    unsigned seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem != std::errc() || end != text.data() + text.size()) return {};
    return std::chrono::seconds(std::min(seconds, 3600U));
}

http_outcome perform_repeatedly(http_client& client, stop_signal& stop, const repeated_call& call,
                                retry_limits limits) {
    pauses pauses(limits);
    for (;;) {
        auto outcome = client.perform(call.make());
        if (!is_passing(outcome) && !(call.passing && call.passing(outcome))) return outcome;
        const auto pause = pauses.next(asked_pause(outcome));
        if (!pause || !stop.wait(*pause)) return outcome;
        if (call.done_already && call.done_already(outcome)) return outcome;
    }
}

} // namespace mockfleet::common
