// The loop of one I/O thread and the list of its connections.
#include "http/io_worker.hpp"

#include "http/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <pthread.h>
#include <string>
#include <utility>

namespace mockfleet::http {

namespace {

constexpr std::chrono::milliseconds tick_length{250};

} // namespace

io_worker::io_worker(std::size_t slot, const server_options& options, dispatcher& target,
                     connection_count& count)
    : slot_(slot), options_(options), target_(target), count_(count) {}

io_worker::~io_worker() {
    while (sessions_ != nullptr)
        release(*sessions_);
}

void io_worker::start() {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), ("io-" + std::to_string(slot_)).c_str());
        context_.run();
    });
}

void io_worker::join() {
    if (thread_.joinable())
        thread_.join();
    else
        context_.run(); // never started: what was posted still has sockets to close
}

void io_worker::adopt(int socket, admission how) {
    load_.fetch_add(1, std::memory_order_relaxed);
    count_.add();
    boost::asio::post(context_, [this, socket, how] { adopt_here(socket, how); });
}

void io_worker::adopt_here(int socket, admission how) {
    auto* const made = std::make_unique<session>(*this, socket).release(); // the list owns it
    made->next = sessions_;
    if (sessions_ != nullptr) sessions_->previous = made;
    sessions_ = made;
    arm_clock();
    if (how == admission::accepted)
        made->start();
    else
        made->start_refused();
    if (aborting_)
        made->abort();
    else if (draining_)
        made->begin_drain();
    made->release_if_done();
}

void io_worker::release(session& ended) {
    if (ended.previous != nullptr)
        ended.previous->next = ended.next;
    else
        sessions_ = ended.next;
    if (ended.next != nullptr) ended.next->previous = ended.previous;
    delete &ended;
    load_.fetch_sub(1, std::memory_order_relaxed);
    count_.remove();
}

void io_worker::drain() {
    boost::asio::post(context_, [this] {
        draining_ = true;
        for (auto* each = sessions_; each != nullptr;) {
            auto& current = *std::exchange(each, each->next);
            current.begin_drain();
            current.release_if_done();
        }
    });
}

void io_worker::abort_all() {
    boost::asio::post(context_, [this] { abort_here(); });
}

void io_worker::abort_here() {
    aborting_ = true;
    for (auto* each = sessions_; each != nullptr;) {
        auto& current = *std::exchange(each, each->next);
        current.abort();
        current.release_if_done();
    }
}

void io_worker::stop() {
    boost::asio::post(context_, [this] {
        abort_here();
        clock_.cancel();
        keep_running_.reset();
    });
}

void io_worker::set_timeout(timer_wheel::entry& which, std::chrono::milliseconds after) {
    if (after.count() <= 0) return wheel_.cancel(which);
    // One more than it takes, because the current tick has begun already.
    wheel_.schedule(
        which,
        static_cast<std::uint64_t>((after + tick_length - std::chrono::milliseconds(1)) / tick_length) + 1);
}

void io_worker::arm_clock() {
    if (clock_armed_) return;
    clock_armed_ = true;
    last_tick_ = std::chrono::steady_clock::now();
    clock_.expires_at(last_tick_ + tick_length);
    clock_.async_wait([this](const boost::system::error_code& failure) {
        if (!failure) tick();
    });
}

void io_worker::tick() {
    // A late tick stands for all that were missed, but no more than a turn of the wheel at once.
    const auto passed =
        std::clamp<std::int64_t>((std::chrono::steady_clock::now() - last_tick_) / tick_length, 1, 256);
    wheel_.advance(static_cast<std::uint64_t>(passed), [](timer_wheel::entry& due) {
        auto& expired = static_cast<session&>(due);
        expired.on_timeout();
        expired.release_if_done();
    });
    clock_armed_ = false;
    if (sessions_ != nullptr && !aborting_) arm_clock();
}

} // namespace mockfleet::http
