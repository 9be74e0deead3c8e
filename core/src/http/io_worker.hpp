// One I/O thread: its io_context, its connections, its clock.
#pragma once

#include "http/dispatcher.hpp"
#include "http/server_options.hpp"
#include "http/timer_wheel.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>

namespace mockfleet::http {

class session;

/// Concrete executors: an any_io_executor on the data plane costs a fifth of the throughput.
using executor = boost::asio::io_context::executor_type;
using stream_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using steady_timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

/// Counts the open connections of all workers and lets one thread wait until none is left. Late ones are
/// those that came when the server was ending already.
class connection_count {
public:
    void add() { open_.fetch_add(1); }
    /// One that was added turns out to be late.
    void add_late() {
        late_.fetch_add(1);
        changed();
    }
    void remove(bool late) {
        if (late) late_.fetch_sub(1);
        open_.fetch_sub(1);
        changed();
    }
    [[nodiscard]] std::size_t now() const { return open_.load(); }
    /// False when `limit` passed first.
    bool wait_for_none(std::chrono::milliseconds limit) {
        return wait(limit, [this] { return now() == 0; });
    }
    /// None but late ones.
    bool wait_for_early(std::chrono::milliseconds limit) {
        return wait(limit, [this] { return late_.load() >= now(); });
    }

private:
    void changed() {
        if (!waited_for_.load()) return;
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    }
    template <class Done>
    bool wait(std::chrono::milliseconds limit, Done done) {
        waited_for_.store(true);
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, limit, done);
    }

    std::atomic<std::size_t> open_{0};
    std::atomic<std::size_t> late_{0};
    std::atomic<bool> waited_for_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
};

/// The line about a connection that is ended; none if there is no memory for it.
void log_lost_connection(const std::exception& why) noexcept;

enum class admission { accepted, refused };

/// Connections stay on their worker for ever, so that nothing in them needs a lock. What is not marked
/// otherwise is for the worker's own thread.
class io_worker {
public:
    /// `options`, `target` and `count` outlive the worker.
    io_worker(std::size_t slot, const server_options& options, dispatcher& target, connection_count& count);
    /// Precondition: stopped and joined. Closes what is open.
    ~io_worker();
    io_worker(const io_worker&) = delete;
    io_worker& operator=(const io_worker&) = delete;

    // Any thread.
    void start();
    /// Takes over a socket; a refused one gets 503.
    void adopt(int socket, admission how);
    /// Idle connections close now, the others after their current request; those that come from now on after
    /// their first.
    void drain();
    /// The last of it: also those close that came since and have sent nothing yet.
    void finish_drain();
    void abort_all();
    /// Ends the thread: cuts off what is open, then lets everything run out.
    void stop();
    void join();
    [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
    [[nodiscard]] boost::asio::io_context& context() { return context_; }

    [[nodiscard]] const server_options& options() const { return options_; }
    [[nodiscard]] dispatcher& target() { return target_; }
    [[nodiscard]] std::size_t slot() const { return slot_; }
    [[nodiscard]] bool draining() const { return draining_; }

    /// Sets the deadline of a connection; zero means none.
    void set_timeout(timer_wheel::entry& which, std::chrono::milliseconds after);
    /// Deletes the session.
    void release(session& ended);
    /// Room for bytes that nobody wants.
    [[nodiscard]] std::array<char, 16 * 1024>& scratch() { return scratch_; }

private:
    void run();
    void adopt_here(int socket, admission how);
    void not_adopted(const std::exception& why);
    void drain_here();
    void abort_here();
    void arm_clock();
    void tick();

    const std::size_t slot_;
    const server_options& options_;
    dispatcher& target_;
    connection_count& count_;
    std::atomic<std::size_t> load_{0};
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<executor> keep_running_{context_.get_executor()};
    timer_wheel wheel_;
    steady_timer clock_{context_};
    std::chrono::steady_clock::time_point last_tick_;
    bool clock_armed_ = false;
    bool draining_ = false;
    bool last_ = false; ///< of the drain
    bool aborting_ = false;
    session* sessions_ = nullptr; // intrusive list
    std::array<char, 16 * 1024> scratch_{};
    std::thread thread_;
};

} // namespace mockfleet::http
