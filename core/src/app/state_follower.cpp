// `busy_` makes one taker of many wakers; it is given up only after the queue was found empty, and taken
// again when something came in between.
#include "app/state_follower.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

namespace mockfleet::app {

namespace asio = boost::asio;

namespace {

/// Between attempts to read what could not be read.
constexpr std::chrono::milliseconds retry_pause{20};

} // namespace

state_follower::state_follower(asio::any_io_executor executor, store::state_client state,
                               std::vector<store::shared_kind*> kinds, control::node_health& health)
    : executor_(std::move(executor)), state_(state), kinds_(std::move(kinds)), health_(health),
      queue_([this] { wake(); }) {
    for (auto* kind : kinds_) {
        kind->on_unread([this] {
            note_behind();
            wake();
        });
    }
}

void state_follower::wake() {
    if (stopped_.load() || busy_.exchange(true)) return;
    asio::co_spawn(executor_, drain(), asio::detached);
}

asio::awaitable<void> state_follower::catch_up() {
    for (;;) {
        std::uint64_t so_far = 0;
        auto events = queue_.take(so_far);
        const bool news = !events.empty();
        co_await store::deliver(std::span<store::shared_kind* const>(kinds_), std::move(events));
        // Writes elsewhere wait until this node has acted on them, not only heard of them.
        while (!co_await read_again()) {
            if (stopped_.load()) co_return;
            asio::steady_timer pause(executor_, retry_pause);
            boost::system::error_code ignored;
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        tell(so_far);
        if (!news) co_return;
    }
}

asio::awaitable<bool> state_follower::read_again() {
    bool all = true;
    for (auto* kind : kinds_)
        all = co_await kind->read_again() && all;
    note_behind();
    co_return all;
}

void state_follower::note_behind() {
    health_.now_behind(
        std::any_of(kinds_.begin(), kinds_.end(), [](const auto* kind) { return kind->is_behind(); }));
}

void state_follower::tell(std::uint64_t so_far) {
    if (told_ == so_far) return;
    told_ = so_far;
    state_.settled(so_far);
}

asio::awaitable<void> state_follower::drain() {
    for (;;) {
        co_await catch_up();
        if (stopped_.load()) co_return;
        busy_.store(false);
        // What came after the queue was found empty has met a busy taker and woken nobody.
        const bool unread =
            std::any_of(kinds_.begin(), kinds_.end(), [](const auto* kind) { return kind->has_unread(); });
        if ((queue_.empty() && !unread) || busy_.exchange(true)) co_return;
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
