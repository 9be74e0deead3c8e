// One coroutine on one thread: what it knows of its document is never raced for within the process.
#include "store/paced_writer.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "plugin/thread_signals.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <ctime>
#include <random>
#include <utility>

#include <pthread.h>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

/// A pause of so many times what the last writing took of the processor follows it.
constexpr std::int64_t rest_factor = 9;

constexpr std::chrono::milliseconds patience_of_readers{1'000};

std::int64_t processor_ns() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

/// Three quarters to five quarters of it, so that many nodes do not come back all at once.
std::chrono::nanoseconds spread(std::chrono::nanoseconds length) {
    thread_local std::minstd_rand source(std::random_device{}());
    return length * static_cast<long>(75 + source() % 51) / 100;
}

} // namespace

asio::awaitable<bool> paced_writer::job::look() {
    co_return false;
}

paced_writer::paced_writer(job& what, pace wanted, naming names)
    : job_(what), pace_(wanted), names_(std::move(names)) {}

paced_writer::~paced_writer() {
    static_cast<void>(stop(std::chrono::milliseconds(0)));
}

void paced_writer::begin() {
    const plugin::signals_blocked quiet;
    thread_ = std::thread([this] {
        asio::co_spawn(context_, run(), asio::detached);
        context_.run();
        const std::lock_guard lock(mutex_);
        ended_ = true;
        finished_.notify_all();
    });
    pthread_setname_np(thread_.native_handle(), names_.thread);
}

void paced_writer::note(std::uint64_t changes) {
    {
        const std::lock_guard lock(mutex_);
        noted_ += changes;
    }
    wake();
}

void paced_writer::note_total(std::uint64_t changes) {
    {
        const std::lock_guard lock(mutex_);
        if (changes <= noted_) return;
        noted_ = changes;
    }
    wake();
}

void paced_writer::wake() {
    if (woken_.exchange(true)) return;
    asio::post(context_, [this] { timer_.cancel(); });
}

asio::awaitable<void> paced_writer::pause(std::chrono::nanoseconds length) {
    timer_.expires_after(length);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// Changes that come meanwhile wake, and are no reason to go on earlier; a stop is.
asio::awaitable<void> paced_writer::rest(std::chrono::nanoseconds length) {
    const auto until = base::monotonic_ns() + length.count();
    for (auto left = until - base::monotonic_ns(); left > 0 && !stopping_;
         left = until - base::monotonic_ns()) {
        woken_.store(false);
        co_await pause(std::chrono::nanoseconds(left));
    }
}

asio::awaitable<void> paced_writer::rest_after_failure(std::chrono::nanoseconds length) {
    co_await rest(spread(length));
    if (stopping_) co_await pause(std::min<std::chrono::nanoseconds>(pace_.first_pause / 4, length));
}

asio::awaitable<void> paced_writer::run() {
    std::chrono::nanoseconds after_failure = pace_.first_pause;
    bool at_once = true; // somebody may wait for what the job has to do first
    for (;;) {
        if (!has_work()) {
            if (stopping_) co_return;
            at_once = false;
            if (!woken_.exchange(false)) co_await pause(pace_.idle);
            const bool more = co_await job_.look();
            if (more) note(1);
            continue;
        }
        if (!stopping_ && !at_once) co_await pause(pace_.gather);
        at_once = false;
        std::uint64_t upto = 0;
        {
            const std::lock_guard lock(mutex_);
            upto = noted_;
            working_since_ = base::monotonic_ns();
        }
        const auto before = processor_ns();
        const auto done = co_await job_.write();
        {
            const std::lock_guard lock(mutex_);
            working_since_ = 0;
        }
        if (done) {
            {
                const std::lock_guard lock(mutex_);
                saved_ = std::max(saved_, upto);
            }
            works();
            after_failure = pace_.first_pause;
            co_await rest(std::chrono::nanoseconds(rest_factor * (processor_ns() - before)));
            continue;
        }
        failed(done.error());
        co_await rest_after_failure(after_failure);
        after_failure = std::min<std::chrono::nanoseconds>(after_failure * 2, pace_.longest_pause);
    }
}

bool paced_writer::has_work() const {
    const std::lock_guard lock(mutex_);
    return noted_ != saved_ || (!stopping_ && job_.unfinished());
}

void paced_writer::failed(const base::error& why) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        ++failures_;
        first = last_failure_.empty();
        last_failure_ = why.message;
    }
    if (first) {
        base::log::error("persistence-failed",
                         names_.content + " cannot be kept; changes wait and are written when it works again",
                         {{"document", names_.document}, {"error", why.message}});
    }
}

void paced_writer::works() {
    {
        const std::lock_guard lock(mutex_);
        if (last_failure_.empty()) return;
        last_failure_.clear();
    }
    base::log::info("persistence-works-again", names_.content + " are kept again",
                    {{"document", names_.document}});
}

/// Why there is no outcome yet.
std::string paced_writer::overdue_locked() const {
    if (working_since_ == 0) return "there was no time to try it again";
    const auto seconds = (base::monotonic_ns() - working_since_) / 1'000'000'000;
    return "the store has not answered for " + std::to_string(seconds) +
           " s; see whether it works and can be reached";
}

std::uint64_t paced_writer::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return 0;
    stopping_.store(true);
    asio::post(context_, [this] { timer_.cancel(); });
    {
        std::unique_lock lock(mutex_);
        // Of what only reads nothing is lost.
        if (noted_ == saved_) patience = std::min(patience, patience_of_readers);
        finished_.wait_for(lock, patience, [this] { return ended_; });
        if (!ended_ && last_failure_.empty()) last_failure_ = overdue_locked();
    }
    context_.stop();
    thread_.join();
    const std::lock_guard lock(mutex_);
    return noted_ - saved_;
}

paced_writer::numbers paced_writer::counted() const {
    const std::lock_guard lock(mutex_);
    if (!last_failure_.empty() || working_since_ == 0) return {noted_ - saved_, failures_, last_failure_};
    const bool late =
        base::monotonic_ns() - working_since_ > std::chrono::nanoseconds(pace_.patience).count();
    return {noted_ - saved_, failures_, late ? overdue_locked() : std::string()};
}

} // namespace mockfleet::store
