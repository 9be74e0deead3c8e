// A timer per pause; the last one ends with the patience.
#include "store/recheck.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

/// A look that takes 10 ms is followed by 40 ms of rest.
constexpr int rest_per_look = 4;

} // namespace

recheck::recheck(std::chrono::milliseconds patience, const std::atomic<bool>& ending)
    : ending_(ending), looking_since_(clock::now()), until_(looking_since_ + patience) {}

asio::awaitable<bool> recheck::wait() {
    const auto now = clock::now();
    if (now >= until_ || ending_.load(std::memory_order_relaxed)) co_return false;
    const auto pause =
        std::clamp<clock::duration>((now - looking_since_) * rest_per_look, shortest_pause, longest_pause);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(std::min(now + pause, until_));
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    looking_since_ = clock::now();
    co_return !ending_.load(std::memory_order_relaxed);
}

} // namespace mockfleet::store
