// Keeps the files that clients put into the server (core.md 1.13) in the blob store, behind the state
// backend.
#pragma once

#include "base/error.hpp"
#include "store/blob_client.hpp"
#include "store/paced_writer.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// The state backend says what files there are; nobody waits for the blob store. A writer of its own brings
/// each changed name to what the state has of it at that moment, so that only names wait, each once.
///
/// In a fleet the node that took a change writes it, and looks afterwards whether the state has changed
/// meanwhile: whoever writes last writes what is newest. What the store holds is loaded once in the life of
/// the state, by one node, into a state without files. An entry of the state says so: who loads, or that it
/// is done. Each step of loading is conditional on that entry, so that a reset anywhere ends it.
class kept_files final : private paced_writer::job {
public:
    struct options {
        std::size_t longest_key = 1024; ///< bytes, without what the store puts before it
        bool restore = true;            ///< false: what is there is not loaded
        bool clustered = false;
        paced_writer::pace pace = standard_pace();
    };
    kept_files(blob_client blobs, state_client state, options wanted);
    kept_files(const kept_files&) = delete;
    kept_files& operator=(const kept_files&) = delete;

    /// Once the state backend works: loads, and from then on writes.
    void begin() { writer_.begin(); }
    /// Waits until everything is loaded, the time is over, or it is plain that waiting does not help; then
    /// the rest is loaded later.
    [[nodiscard]] boost::asio::awaitable<void> loaded_within(std::chrono::nanoseconds patience);
    /// Writes what waits, within the time allowed; answers how many changes are lost.
    std::uint64_t stop(std::chrono::milliseconds patience);
    /// Any thread.
    [[nodiscard]] paced_writer::numbers counted() const { return writer_.counted(); }
    /// Names of files whose changes wait, for a line of the log.
    [[nodiscard]] std::string waiting() const;

    // For file_store; any thread.

    /// The error says why a file of this name cannot be kept.
    [[nodiscard]] base::result<void> check(std::string_view name) const;
    /// Before a change in the state: what the store holds under this name is not loaded any more.
    void touch(const std::string& name);
    /// After it, and when nobody knows whether it was made.
    void changed(const std::string& name);
    /// A removal found nothing: it is a change if the file was only not loaded yet.
    void missed(const std::string& name);
    /// Before all files are removed from the state: nothing is loaded any more, by no node.
    [[nodiscard]] boost::asio::awaitable<base::result<void>> forget();
    /// After it.
    void cleared();

    [[nodiscard]] static paced_writer::pace standard_pace();

private:
    [[nodiscard]] boost::asio::awaitable<base::result<void>> write() override;
    [[nodiscard]] bool unfinished() const override { return !loaded_; }

    [[nodiscard]] boost::asio::awaitable<base::result<void>> load();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> claim();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> load_one(std::string key);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> store_loaded(std::string name, std::string data);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> finish_load();
    void now_loaded();
    [[nodiscard]] bool is_touched(const std::string& name) const;

    void wait_for_turn(const std::string& name);
    [[nodiscard]] boost::asio::awaitable<base::result<void>> find_all();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> write_waiting();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> bring(std::string name);

    blob_client blobs_;
    state_client state_;
    options options_;

    // Of the writer's thread.

    bool claimed_ = false; ///< this node loads
    std::string claim_;    ///< what the entry says then
    std::uint64_t claim_version_ = 0;
    std::optional<std::vector<std::string>> to_load_; ///< keys, the last first
    std::size_t count_ = 0;                           ///< files loaded

    std::atomic<bool> loaded_{false};
    std::atomic<bool> settled_{false}; ///< nobody need wait for loading
    std::atomic<bool> ending_{false};
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> waiting_; ///< names, and the number of the latest change
    std::uint64_t changes_ = 0;
    std::set<std::string> touched_; ///< while not loaded
    bool all_ = false;              ///< every name there is waits
    paced_writer writer_;           ///< the first to end: it calls the others
};

} // namespace mockfleet::store
