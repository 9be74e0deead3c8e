// What a node keeps over its own life: expectations loaded from files before it serves, and what is persisted
// while it does.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"
#include "store/blob_persistence.hpp"
#include "store/file_persistence.hpp"
#include "store/initialisation.hpp"
#include "store/kept_files.hpp"
#include "store/recorded_persistence.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::base {
class metrics;
}
namespace mockfleet::plugin {
class registry;
}

namespace mockfleet::app {

/// open, load, stop, close, in this order, on the thread that starts and stops the program.
class storage {
public:
    /// Coroutines run on `executor`; `expectations` and `log` outlive this.
    storage(boost::asio::any_io_executor executor, const config::settings& settings,
            store::expectations& expectations, const store::event_log& log, store::state_client state);

    /// Takes the files and opens the blob store; the state backend has not been started yet.
    [[nodiscard]] base::result<void> open(plugin::registry& plugins);
    /// Once the state backend has been read, before the node serves. The error ends the start.
    [[nodiscard]] boost::asio::awaitable<base::result<void>> load(bool clustered);
    /// Files are no longer watched; before the executor ends.
    void stop();
    /// Brings to the disk what is not there yet; after the last change.
    void close();

    /// The blob store, once it is open.
    [[nodiscard]] const std::optional<store::blob_client>& documents() const { return documents_; }
    /// Keeps the files of the control plane; null: there is no blob store.
    [[nodiscard]] store::kept_files* kept_files() const { return files_.get(); }
    /// What is wrong with keeping what is persisted, for readiness; nothing while all is well. Any thread.
    [[nodiscard]] std::vector<std::string> details() const;
    void add_metrics(base::metrics& to) const;

private:
    using numbers = store::paced_writer::numbers;
    [[nodiscard]] numbers counted() const;
    [[nodiscard]] bool is_own_file(const std::string& path) const;
    [[nodiscard]] bool is_recorded_file(const std::string& path) const;
    void open_files();
    [[nodiscard]] base::result<void> open_recorded();
    [[nodiscard]] boost::asio::awaitable<base::result<void>> begin_recorded();
    [[nodiscard]] base::result<void> open_blobs(plugin::registry& plugins);
    [[nodiscard]] base::result<void> care_for_faulty(const std::vector<std::string>& faulty);
    [[nodiscard]] base::result<void> care_for_unread_file();
    [[nodiscard]] boost::asio::awaitable<void> watch();

    config::settings settings_;
    store::expectations& expectations_;
    const store::event_log& log_;
    store::state_client state_;
    std::optional<store::blob_client> documents_;
    std::unique_ptr<store::file_persistence> file_; ///< one of these two, or none
    std::unique_ptr<store::blob_persistence> blobs_;
    std::unique_ptr<store::recorded_persistence> recorded_;
    std::unique_ptr<store::kept_files> files_;
    std::optional<store::initialisation> initial_;
    boost::asio::strand<boost::asio::any_io_executor> watching_;
    boost::asio::steady_timer timer_;
    bool stopped_ = false; ///< on the strand
};

} // namespace mockfleet::app
