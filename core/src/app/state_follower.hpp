// Keeps this node's kinds of shared state true to the backend: reads them at start, then follows its events.
#pragma once

#include "base/error.hpp"
#include "control/node_health.hpp"
#include "plugin/event_queue.hpp"
#include "store/shared_kind.hpp"
#include "store/state_client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::app {

/// One coroutine at a time hands events to the kinds and, when all that came are acted on, tells the backend:
/// a write elsewhere waits for that. Events that come before follow() wait until everything has been read.
class state_follower {
public:
    /// `state`, the kinds and `health` outlive the last event; the coroutines run on `executor`. `health` is
    /// told when what this node keeps may be older than what the fleet has acknowledged.
    state_follower(boost::asio::any_io_executor executor, store::state_client state,
                   std::vector<store::shared_kind*> kinds, control::node_health& health);

    /// For registry::start.
    [[nodiscard]] plugin::state_listener& listener() { return queue_; }
    /// Reads every kind and catches up with what happened meanwhile; when it succeeded the node may serve.
    [[nodiscard]] boost::asio::awaitable<base::result<void>> follow();
    /// Entries that no kind could read, whatever was tried.
    [[nodiscard]] std::size_t passed_over() const;
    /// Events are no longer taken; before the executor ends.
    void stop() { stopped_.store(true); }

private:
    /// Passes over what a kind knows already, as the writes of a node that is alone.
    class filtered_queue final : public plugin::event_queue {
    public:
        filtered_queue(const std::vector<store::shared_kind*>& kinds, std::function<void()> wake)
            : plugin::event_queue(std::move(wake)), kinds_(kinds) {}
        void changed(std::string_view space, std::string_view key, std::uint64_t version) override;

    private:
        const std::vector<store::shared_kind*>& kinds_;
    };

    void wake();
    [[nodiscard]] boost::asio::awaitable<void> drain();
    [[nodiscard]] boost::asio::awaitable<void> catch_up();
    [[nodiscard]] boost::asio::awaitable<bool> read_again();
    void note_behind();
    void tell(std::uint64_t so_far);

    boost::asio::any_io_executor executor_;
    store::state_client state_;
    std::vector<store::shared_kind*> kinds_;
    control::node_health& health_;
    std::mutex behind_mutex_; ///< looking and telling are one step
    filtered_queue queue_;
    std::optional<std::uint64_t> told_; ///< the taker's
    std::atomic<bool> busy_{true};      ///< somebody takes events, or nobody may yet
    std::atomic<bool> stopped_{false};
};

} // namespace mockfleet::app
