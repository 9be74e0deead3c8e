// Looks at something every few milliseconds for as long as there is something to look at, and calls once
// after a pause.
#pragma once

#include "base/lifetime.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace mockfleet::replicated {

/// A member of what it looks at. All of it on the loop.
class ticker {
public:
    /// `look` tells whether to look again.
    ticker(boost::asio::io_context& loop, std::chrono::milliseconds every, std::function<bool()> look)
        : timer_(loop), every_(every), look_(std::move(look)) {}

    void run() {
        if (!std::exchange(running_, true)) wait();
    }
    void stop() {
        stopped_ = true;
        timer_.cancel();
    }

private:
    void wait() {
        timer_.expires_after(every_);
        timer_.async_wait(lifetime_.guard([this](boost::system::error_code ec) {
            if (!ec && !stopped_ && look_())
                wait();
            else
                running_ = false;
        }));
    }

    boost::asio::steady_timer timer_;
    std::chrono::milliseconds every_;
    std::function<bool()> look_;
    bool running_ = false;
    bool stopped_ = false;
    lifetime lifetime_;
};

/// Calls `then` after the pause, unless the loop ends before. What it refers to is the caller's to guard.
template <class Then>
void call_after(boost::asio::io_context& loop, std::chrono::milliseconds pause, Then then) {
    auto timer = std::make_shared<boost::asio::steady_timer>(loop, pause);
    timer->async_wait([timer, then = std::move(then)](boost::system::error_code ec) mutable {
        if (!ec) then();
    });
}

} // namespace mockfleet::replicated
