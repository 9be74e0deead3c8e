// The order of joining, eviction by the coordinator, and what happens every second.
#include "app/fleet.hpp"

#include "base/log.hpp"
#include "base/version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace mockfleet::app {

namespace asio = boost::asio;

namespace {

constexpr const char* evict_topic = "expectations.evict";
constexpr std::chrono::seconds tick_period{1};

} // namespace

fleet::fleet(asio::any_io_executor executor, plugin::state_backend& backend, store::event_log& log,
             store::expectations& expectations, std::vector<store::shared_kind*> kinds,
             control::node_health& health)
    : state_(backend), expectations_(expectations), peers_(log.clock(), executor),
      log_(log, expectations, peers_), status_(store::state_client(backend), peers_, base::version,
                                               [&health] { return std::string(health.state()); }),
      follower_(executor, store::state_client(backend), std::move(kinds), health),
      ticking_(asio::make_strand(executor)), timer_(ticking_) {
    peers_.attach(backend);
    peers_.add(evict_topic, [this](std::string) -> asio::awaitable<base::result<std::string>> {
        co_await expectations_.evict_surplus();
        co_return std::string();
    });
    expectations_.evict_with([this] { return evict(); });
}

asio::awaitable<base::result<void>> fleet::join() {
    const auto known = co_await peers_.learn();
    if (!known) co_return known.error();
    const auto clock = co_await peers_.join_clock();
    if (!clock) {
        // Not a reason to stay away: the next second tries again, and until then sequences over several
        // machines may be answered with "the order is not known".
        base::log::warn("fleet-clock", "the clocks of the other nodes could not be read at start",
                        {{"error", clock.error().message}});
    }
    const auto followed = co_await follower_.follow();
    if (!followed) co_return followed.error();
    if (peers_.clustered()) asio::co_spawn(ticking_, tick(), asio::detached);
    co_return base::result<void>();
}

void fleet::stop() {
    peers_.close();
    follower_.stop();
    asio::post(ticking_, [this] {
        stopped_ = true;
        timer_.cancel();
    });
}

asio::awaitable<void> fleet::evict() {
    // One node decides, so that two nodes at the bound do not each remove another expectation.
    if (!peers_.clustered()) {
        co_await expectations_.evict_surplus();
        co_return;
    }
    const auto info = co_await state_.describe();
    if (!info) co_return;
    const auto chosen = std::find_if(info->members.begin(), info->members.end(),
                                     [](const store::member& one) { return one.coordinator; });
    if (chosen == info->members.end()) co_return;
    if (chosen->local) {
        co_await expectations_.evict_surplus();
        co_return;
    }
    store::ask_options how;
    how.nodes = {chosen->id};
    how.again = false;
    // If it fails, the next write beyond the bound asks again.
    static_cast<void>(co_await peers_.ask(evict_topic, {}, how));
}

asio::awaitable<void> fleet::tick() {
    while (!stopped_) {
        timer_.expires_after(tick_period);
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (stopped_) co_return;
        static_cast<void>(co_await peers_.learn());
        co_await peers_.exchange_clocks();
    }
}

} // namespace mockfleet::app
