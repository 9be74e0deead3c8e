// Keeps the expectations in one document of a blob store (contract fleet 1.9.7): read before the node serves,
// written behind its changes, also through outages and by one node of a fleet at a time.
#pragma once

#include "base/error.hpp"
#include "store/blob_client.hpp"
#include "store/change_observer.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace mockfleet::store {

class expectations;

/// Changes gather for a moment and are written as a whole, on a thread of its own. While the store is away
/// they wait, and writing is tried again with growing pauses; nobody else waits for it.
///
/// Every write is conditional on the document that was read or written last, so that none is lost:
/// * a write whose outcome is unknown is recognised when it is found;
/// * in a fleet the coordinator writes; whoever becomes it writes what it has, unless the document is of a
///   later state than its own;
/// * what somebody else has written is not overwritten by a single node: that is an error to be told.
class blob_persistence final : public change_observer {
public:
    struct options {
        std::string key;
        std::chrono::nanoseconds restore_timeout{0}; ///< 0: what is there is not loaded
        std::chrono::milliseconds gather{100};
        std::chrono::milliseconds first_pause{500}; ///< after a failure; doubled by each further one
        std::chrono::milliseconds longest_pause{30'000};
        bool clustered = false;
    };
    /// All outlive this.
    blob_persistence(blob_client blobs, state_client state, expectations& kept, options wanted);
    ~blob_persistence();
    blob_persistence(const blob_persistence&) = delete;
    blob_persistence& operator=(const blob_persistence&) = delete;

    /// Loads the document, within the time allowed; when the store does not answer, the node starts without
    /// and the document is loaded as soon as it can be read, before anything is written.
    [[nodiscard]] boost::asio::awaitable<void> restore();

    // change_observer.

    void begin(const live_list& all) override;
    void changed(std::span<const change> changes) override;
    [[nodiscard]] boost::asio::awaitable<base::result<void>> kept() override;

    /// Writes what waits, within the time allowed; answers how many changes are lost.
    std::uint64_t stop(std::chrono::milliseconds patience);

    struct numbers {
        std::uint64_t pending = 0;  ///< changes that are not in the document yet
        std::uint64_t failures = 0; ///< calls of the store that failed since the start
        std::string last_failure;   ///< empty while all is well
    };
    [[nodiscard]] numbers counted() const;

private:
    [[nodiscard]] boost::asio::awaitable<base::result<void>> read_document(blob_client from);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> load_document(const blob* found);
    [[nodiscard]] boost::asio::awaitable<void> run();
    [[nodiscard]] boost::asio::awaitable<void> rest_idle();
    [[nodiscard]] boost::asio::awaitable<void> rest_after_failure(std::chrono::nanoseconds length);
    [[nodiscard]] boost::asio::awaitable<void> pause(std::chrono::nanoseconds length);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> write_current();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> learn_tag(std::uint64_t revision);
    [[nodiscard]] boost::asio::awaitable<bool> is_writer();
    [[nodiscard]] bool has_work() const;
    void saved(std::uint64_t upto);
    void now_restored();
    void wake();
    void failed(const base::error& why);
    void works();

    blob_client blobs_;
    state_client state_;
    expectations& kept_;
    options options_;

    boost::asio::io_context context_{1};
    boost::asio::steady_timer timer_{context_};
    std::thread thread_;

    // Of the thread, and of restore() before it.
    std::optional<std::string> tag_; ///< of the document; empty text: there is none; nullopt: to be asked
    std::array<std::uint64_t, 8> attempted_{}; ///< checksums of what was last tried to be written
    std::size_t attempts_ = 0;
    bool owned_ = false;  ///< what the document held was taken over, so that only this node changes it
    bool writer_ = false; ///< in a fleet: this node was the coordinator when last asked
    std::atomic<bool> restored_{false};

    mutable std::mutex mutex_;
    std::uint64_t noted_ = 0;
    std::uint64_t saved_ = 0;
    std::uint64_t failures_ = 0;
    std::string last_failure_;
    std::set<std::string, std::less<>> touched_; ///< ids changed before the document was loaded
    bool touching_ = true;
    bool ended_ = false;
    std::condition_variable finished_;
    std::atomic<bool> woken_{false};
    std::atomic<bool> stopping_{false};
};

} // namespace mockfleet::store
