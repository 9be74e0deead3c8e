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

/// Between attempts to read what could not be read; each is twice as long as the one before.
constexpr std::chrono::milliseconds shortest_pause{20};
constexpr std::chrono::milliseconds longest_pause{200};

} // namespace

state_follower::state_follower(asio::any_io_executor executor, store::state_client state,
                               std::vector<store::shared_kind*> kinds, control::node_health& health)
    : executor_(std::move(executor)), state_(state), kinds_(std::move(kinds)), health_(health),
      queue_(kinds_, [this] { wake(); }) {
    for (auto* kind : kinds_) {
        kind->on_unread([this] {
            note_behind();
            wake();
        });
    }
}

void state_follower::filtered_queue::changed(std::string_view space, std::string_view key,
                                             std::uint64_t version) {
    for (auto* kind : kinds_) {
        if (kind->key_space() == space && kind->is_own(key, version)) return;
    }
    plugin::event_queue::changed(space, key, version);
}

void state_follower::wake() {
    if (stopped_.load() || busy_.exchange(true)) return;
    asio::co_spawn(executor_, drain(), asio::detached);
}

asio::awaitable<void> state_follower::catch_up() {
    auto pause = shortest_pause;
    for (;;) {
        std::uint64_t so_far = 0;
        auto events = queue_.take(so_far);
        const bool news = !events.empty();
        co_await store::deliver(std::span<store::shared_kind* const>(kinds_), std::move(events));
        if (!co_await read_again()) {
            // Writes elsewhere wait until this node has acted on them, not only heard of them; but what comes
            // of other entries meanwhile is not held up by one that cannot be read yet.
            if (stopped_.load()) co_return;
            asio::steady_timer timer(executor_, pause);
            boost::system::error_code ignored;
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            pause = std::min(2 * pause, longest_pause);
            continue;
        }
        pause = shortest_pause;
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
    const std::lock_guard lock(behind_mutex_);
    health_.now_behind(
        std::any_of(kinds_.begin(), kinds_.end(), [](const auto* kind) { return kind->is_behind(); }));
}

std::size_t state_follower::passed_over() const {
    std::size_t sum = 0;
    for (const auto* kind : kinds_)
        sum += kind->passed_over();
    return sum;
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
