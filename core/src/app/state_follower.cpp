// `busy_` makes one taker of many wakers; it is given up only after the queue was found empty, and taken
// again when something came in between.
#include "app/state_follower.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <span>
#include <string>

namespace mockfleet::app {

namespace asio = boost::asio;

state_follower::state_follower(asio::any_io_executor executor, store::state_client state,
                               std::vector<store::shared_kind*> kinds)
    : executor_(std::move(executor)), state_(state), kinds_(std::move(kinds)), queue_([this] { wake(); }) {}

void state_follower::wake() {
    if (stopped_.load() || busy_.exchange(true)) return;
    asio::co_spawn(executor_, drain(), asio::detached);
}

asio::awaitable<void> state_follower::catch_up() {
    for (;;) {
        std::uint64_t so_far = 0;
        auto events = queue_.take(so_far);
        if (events.empty()) {
            tell(so_far);
            co_return;
        }
        co_await store::deliver(std::span<store::shared_kind* const>(kinds_), std::move(events));
        tell(so_far);
    }
}

void state_follower::tell(std::uint64_t so_far) {
    if (told_ == so_far) return;
    told_ = so_far;
    state_.settled(so_far);
}

asio::awaitable<void> state_follower::drain() {
    for (;;) {
        co_await catch_up();
        busy_.store(false);
        // An event that came after the queue was found empty has met a busy taker and woken nobody.
        if (queue_.empty() || busy_.exchange(true)) co_return;
    }
}

asio::awaitable<base::result<void>> state_follower::follow() {
    for (auto* kind : kinds_) {
        const auto loaded = co_await kind->load();
        if (!loaded) {
            co_return base::error{loaded.error().code, "reading the " + std::string(kind->key_space()) +
                                                           " failed: " + loaded.error().message};
        }
    }
    // Says so even when nothing has happened: from now on writes of others wait for this node.
    co_await drain();
    co_return base::result<void>();
}

} // namespace mockfleet::app
