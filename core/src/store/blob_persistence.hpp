// Keeps the expectations in one document of a blob store (contract fleet 1.9.7): read before the node serves,
// written behind its changes, also through outages and by one node of a fleet at a time.
#pragma once

#include "base/error.hpp"
#include "model/expectation_file.hpp"
#include "store/blob_client.hpp"
#include "store/blob_document.hpp"
#include "store/change_observer.hpp"
#include "store/document_claim.hpp"
#include "store/paced_writer.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace mockfleet::store {

class expectations;

/// Changes are written as a whole, behind those who make them (paced_writer), conditional on the document
/// that was read or written last (blob_document), so that none is lost:
/// * a fleet loads the document once, when it begins; from then on the shared state is right;
/// * in a fleet the coordinator writes; whoever becomes it, or ends, writes what it has, unless the document
///   is of a later state than its own;
/// * what somebody else has written is not overwritten: that is an error to be told.
class blob_persistence final : public change_observer, private paced_writer::job {
public:
    struct options {
        std::string key;
        std::chrono::nanoseconds restore_timeout{0}; ///< 0: what is there is not loaded
        paced_writer::pace pace = {};
        bool clustered = false;
    };
    /// All outlive this.
    blob_persistence(blob_client blobs, state_client state, expectations& kept, options wanted);
    blob_persistence(const blob_persistence&) = delete;
    blob_persistence& operator=(const blob_persistence&) = delete;

    /// Waits, for the time allowed, until the document is loaded. Its thread goes on with that afterwards,
    /// before it writes anything. Pre: it observes the expectations, so that what is changed or removed
    /// meanwhile stays so.
    [[nodiscard]] boost::asio::awaitable<void> restore();

    // change_observer.

    void begin(const live_list& all) override;
    void changed(std::span<const change> changes) override;
    void removing(selection which) override;
    [[nodiscard]] boost::asio::awaitable<base::result<void>> kept() override;

    /// Writes what waits, within the time allowed; answers how many changes are lost.
    std::uint64_t stop(std::chrono::milliseconds patience);
    [[nodiscard]] paced_writer::numbers counted() const { return writer_.counted(); }

private:
    using definitions = std::vector<model::expectation>;
    using problems = std::vector<model::file_problem>;

    // paced_writer::job.

    [[nodiscard]] boost::asio::awaitable<base::result<void>> write() override;
    [[nodiscard]] boost::asio::awaitable<bool> look() override;
    /// What is not to be loaded is read when it is to be written over.
    [[nodiscard]] bool unfinished() const override {
        return !restored_ && (options_.clustered || options_.restore_timeout.count() > 0);
    }

    [[nodiscard]] boost::asio::awaitable<base::result<void>> restore_in_turn();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> restore_once();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> read_document(bool load);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> load_document(const blob& found);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> keep_broken(const blob& found,
                                                                         const problems& all);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> keep_unread(const blob& found);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> add_entries(definitions posted);
    [[nodiscard]] bool is_unchanged(const model::expectation& one) const;
    [[nodiscard]] boost::asio::awaitable<base::result<std::uint64_t>> look_at_fleet();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> write_of_fleet();
    void now_restored();

    state_client state_;
    expectations& kept_;
    options options_;
    // Of the writer's thread.
    blob_document document_;
    document_claim claim_;     ///< in a fleet
    bool others_turn_ = false; ///< another node loads the document
    bool coordinator_ = false; ///< when last asked
    bool amending_ = false;    ///< this node wrote over another, maybe late: what it has now is to follow
    std::atomic<bool> restored_{false};
    std::atomic<bool> heard_{false}; ///< of any change
    std::atomic<bool> ending_{false};
    std::atomic<bool> awaited_{false};             ///< by restore()
    std::atomic<bool> refused_{false};             ///< the store will not answer otherwise
    std::atomic<std::thread::id> adding_thread_{}; ///< what it changes comes from the document

    // Until the document is loaded: what is not to come out of it any more.
    mutable std::mutex mutex_;
    bool touching_ = true;
    std::set<std::string, std::less<>> touched_; ///< ids
    bool emptied_ = false;                       ///< all that was to come
    std::vector<selection> removed_;
    paced_writer writer_; ///< the first to end: it calls the others
};

} // namespace mockfleet::store
