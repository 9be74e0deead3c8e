// Where lists were left, for services that go on from their own marks only.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::common {

/// Remembers for the last lists which mark leads to the page after a name. A forgotten one costs a list from
/// the beginning. Any thread.
class list_cursors {
public:
    void keep(std::string prefix, std::string after, std::string mark) {
        const std::lock_guard lock(mutex_);
        if (kept_.size() == most) kept_.pop_front();
        kept_.push_back({std::move(prefix), std::move(after), std::move(mark)});
    }

    [[nodiscard]] std::optional<std::string> find(std::string_view prefix, std::string_view after) {
        const std::lock_guard lock(mutex_);
        for (auto at = kept_.rbegin(); at != kept_.rend(); ++at) {
            if (at->prefix == prefix && at->after == after) return at->mark;
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t most = 32;
    struct cursor {
        std::string prefix;
        std::string after;
        std::string mark;
    };
    std::mutex mutex_;
    std::deque<cursor> kept_;
};

} // namespace mockfleet::common
