// The loop of one I/O thread and the list of its connections.
#include "http/io_worker.hpp"

#include "base/log.hpp"
#include "http/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <pthread.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace mockfleet::http {

namespace {

constexpr std::chrono::milliseconds tick_length{250};

stream_socket owning(boost::asio::io_context& context, int descriptor) {
    stream_socket made(context);
    try {
        made.assign(boost::asio::ip::tcp::v6(), descriptor);
    } catch (const std::exception&) {
        ::close(descriptor);
        throw;
    }
    made.native_non_blocking(true);
    return made;
}

} // namespace

void log_lost_connection(const std::exception& why) noexcept {
    try {
        base::log::error("connection-failed", "a connection was given up", {{"error", why.what()}});
    } catch (const std::exception&) { // nothing is left to tell it with
    }
}

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
        run();
    });
}

/// Sessions guard themselves; what gets here comes from something else that runs on this thread.
void io_worker::run() {
    for (;;) {
        try {
            context_.run();
            return;
        } catch (const std::exception& bug) {
            try {
                base::log::error("io-failed", "work on an I/O thread was given up", {{"error", bug.what()}});
            } catch (const std::exception&) { // nothing is left to tell it with
            }
        }
    }
}

void io_worker::join() {
    if (thread_.joinable())
        thread_.join();
    else
        run(); // never started: what was posted still has sockets to close
}

void io_worker::adopt(int socket, admission how) {
    load_.fetch_add(1, std::memory_order_relaxed);
    count_.add();
    try {
        boost::asio::post(context_, [this, socket, how] { adopt_here(socket, how); });
    } catch (const std::exception& failure) {
        ::close(socket);
        not_adopted(failure);
    }
}

void io_worker::not_adopted(const std::exception& why) {
    load_.fetch_sub(1, std::memory_order_relaxed);
    count_.remove(false);
    log_lost_connection(why);
}

void io_worker::adopt_here(int socket, admission how) {
    session* made = nullptr; // the list owns it
    try {
        made = std::make_unique<session>(*this, owning(context_, socket)).release();
    } catch (const std::exception& failure) {
        return not_adopted(failure);
    }
    made->next = sessions_;
    if (sessions_ != nullptr) sessions_->previous = made;
    sessions_ = made;
    made->enter([&] {
        if (draining_) {
            made->late = true;
            count_.add_late();
        }
        arm_clock();
        if (how == admission::accepted)
            made->start();
        else
            made->start_refused();
        if (aborting_)
            made->abort();
        else if (last_)
            made->begin_drain();
    });
}

void io_worker::release(session& ended) {
    if (ended.previous != nullptr)
        ended.previous->next = ended.next;
    else
        sessions_ = ended.next;
    if (ended.next != nullptr) ended.next->previous = ended.previous;
    const bool late = ended.late;
    delete &ended;
    load_.fetch_sub(1, std::memory_order_relaxed);
    count_.remove(late);
}

void io_worker::drain() {
    boost::asio::post(context_, [this] { drain_here(); });
}

void io_worker::finish_drain() {
    boost::asio::post(context_, [this] {
        last_ = true;
        drain_here();
    });
}

void io_worker::drain_here() {
    draining_ = true;
    for (auto* each = sessions_; each != nullptr;) {
        auto& current = *std::exchange(each, each->next);
        current.enter([&] { current.begin_drain(); });
    }
}

void io_worker::abort_all() {
    boost::asio::post(context_, [this] { abort_here(); });
}

void io_worker::abort_here() {
    aborting_ = true;
    for (auto* each = sessions_; each != nullptr;) {
        auto& current = *std::exchange(each, each->next);
        current.enter([&] { current.abort(); });
    }
}

void io_worker::stop() {
    boost::asio::post(context_, [this] {
        abort_here();
        target_.on_stop(slot_);
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
    last_tick_ = std::chrono::steady_clock::now();
    clock_.expires_at(last_tick_ + tick_length);
    clock_.async_wait([this](const boost::system::error_code& failure) {
        if (!failure) tick();
    });
    clock_armed_ = true;
}

void io_worker::tick() {
    // A late tick stands for all that were missed, but no more than a turn of the wheel at once.
    const auto passed =
        std::clamp<std::int64_t>((std::chrono::steady_clock::now() - last_tick_) / tick_length, 1, 256);
    wheel_.advance(static_cast<std::uint64_t>(passed), [](timer_wheel::entry& due) {
        auto& expired = static_cast<session&>(due);
        expired.enter([&] { expired.on_timeout(); });
    });
    clock_armed_ = false;
    if (sessions_ != nullptr && !aborting_) arm_clock();
}

} // namespace mockfleet::http
