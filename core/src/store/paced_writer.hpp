// Brings a document after what it is made of, on a thread of its own: changes gather, failures are tried
// again, and writing leaves most of a processor to others.
#pragma once

#include "base/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace mockfleet::store {

/// Nobody waits for what happens on its thread. One whole writing follows another, so that a job need not be
/// prepared for two at a time.
class paced_writer {
public:
    /// On the writer's thread.
    class job {
    public:
        /// Writes what there is now. When it succeeds, all changes noted before it began are kept.
        [[nodiscard]] virtual boost::asio::awaitable<base::result<void>> write() = 0;
        /// While nothing is to be written, every pace::idle: is there something nevertheless?
        [[nodiscard]] virtual boost::asio::awaitable<bool> look();
        /// Is there something to do without any change? Not asked any more once stop() was called.
        [[nodiscard]] virtual bool unfinished() const { return false; }

    protected:
        ~job() = default;
    };

    struct pace {
        std::chrono::milliseconds gather{100};
        std::chrono::milliseconds first_pause{500}; ///< after a failure; doubled by each further one
        std::chrono::milliseconds longest_pause{30'000};
        std::chrono::nanoseconds idle{std::chrono::hours(24)};
        std::chrono::milliseconds patience{3'000}; ///< what takes longer is told
    };
    /// For the log and for whoever looks for the thread.
    struct naming {
        std::string document;    ///< file or key
        std::string content;     ///< what it holds, in the plural
        const char* thread = ""; ///< at most 15 characters
    };
    struct numbers {
        std::uint64_t pending = 0;  ///< changes that are not in the document yet
        std::uint64_t failures = 0; ///< that happened since the start
        std::string last_failure;   ///< empty while all is well; also what takes unusually long
    };

    /// `what` outlives this.
    paced_writer(job& what, pace wanted, naming names);
    ~paced_writer();
    paced_writer(const paced_writer&) = delete;
    paced_writer& operator=(const paced_writer&) = delete;

    /// Before begin().
    void name_document(std::string document) { names_.document = std::move(document); }
    void begin();

    // Any thread.

    void note(std::uint64_t changes);
    /// So many changes there were in all; for who counts them himself.
    void note_total(std::uint64_t changes);
    /// Tells of a failure, or of the end of failures, that happened elsewhere.
    void failed(const base::error& why);
    void works();
    [[nodiscard]] numbers counted() const;

    /// Writes what waits, within the time allowed; answers how many changes are lost.
    std::uint64_t stop(std::chrono::milliseconds patience);

private:
    [[nodiscard]] boost::asio::awaitable<void> run();
    [[nodiscard]] boost::asio::awaitable<void> rest_after_failure(std::chrono::nanoseconds length);
    [[nodiscard]] boost::asio::awaitable<void> rest(std::chrono::nanoseconds length);
    [[nodiscard]] boost::asio::awaitable<void> pause(std::chrono::nanoseconds length);
    [[nodiscard]] bool has_work() const;
    void wake();
    [[nodiscard]] std::string overdue_locked() const;

    job& job_;
    pace pace_;
    naming names_;
    boost::asio::io_context context_{1};
    boost::asio::steady_timer timer_{context_};
    std::thread thread_;

    mutable std::mutex mutex_;
    std::uint64_t noted_ = 0;
    std::uint64_t saved_ = 0;
    std::uint64_t failures_ = 0;
    std::string last_failure_;
    std::int64_t working_since_ = 0; ///< monotonic; 0: it does nothing
    bool ended_ = false;
    std::condition_variable finished_;
    std::atomic<bool> woken_{false};
    std::atomic<bool> stopping_{false};
};

} // namespace mockfleet::store
