// Between a backend's events and the coroutine that applies them: bounded per space, overflow becomes one
// resync.
#pragma once

#include "plugin/registry.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::plugin {

struct state_event {
    enum class kind { changed, cleared, resync } what = kind::changed;
    std::string space; ///< empty for a resync of every space
    std::string key;
    std::uint64_t version = 0; ///< 0 = removed
};

/// Any thread may fill it. `wake` is called, with no lock held, when the queue stops being empty: it posts
/// the work of taking the events and must not throw.
class event_queue : public state_listener {
public:
    explicit event_queue(std::function<void()> wake, std::size_t most_per_space = 4096);

    void changed(std::string_view space, std::string_view key, std::uint64_t version) override;
    void cleared(std::string_view space) override;
    void resync() override;

    /// What has come since the last take, in order; a space whose bound was passed is one resync with its
    /// name.
    [[nodiscard]] std::vector<state_event> take();
    /// The same; `so_far` is how many events have come since the beginning, those that a resync stands for
    /// included.
    [[nodiscard]] std::vector<state_event> take(std::uint64_t& so_far);
    [[nodiscard]] bool empty() const;

private:
    void add(state_event event);

    std::function<void()> wake_;
    std::size_t most_per_space_;
    mutable std::mutex mutex_;
    std::vector<state_event> events_;
    std::uint64_t so_far_ = 0;
    std::map<std::string, std::size_t, std::less<>> waiting_; ///< per space
};

} // namespace mockfleet::plugin
