// Keeps what this node has recorded as expectations in one document (core.md 8.4): a file, or one of the blob
// store.
#pragma once

#include "base/error.hpp"
#include "store/blob_client.hpp"
#include "store/paced_writer.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace mockfleet::store {

class event_log;

/// The document is what RECORDED_EXPECTATIONS answers about this node's own log, about 100 ms after the log
/// has changed; nothing that is recorded waits for it. It is only ever replaced whole. What an earlier run
/// left there is kept beside it, as `.previous`, before the first write.
class recorded_persistence final : private paced_writer::job {
public:
    /// Where it stands.
    class place {
    public:
        virtual ~place() = default;
        [[nodiscard]] virtual const std::string& name() const = 0;
        /// Several nodes share the place, so that each needs a document of its own: this one's is named after
        /// it. Before anything else is done.
        virtual void share_as(const std::string& node) = 0;
        /// Once, before the first write.
        [[nodiscard]] virtual boost::asio::awaitable<base::result<void>> keep_earlier() = 0;
        [[nodiscard]] virtual boost::asio::awaitable<base::result<void>> replace(const std::string& text) = 0;
    };
    /// Locks the file, and creates it when it is missing, for its owner only. The error says what to do.
    [[nodiscard]] static base::result<std::unique_ptr<place>> in_file(const std::string& path);
    [[nodiscard]] static std::unique_ptr<place> in_blobs(blob_client blobs, std::string key);

    /// `log` outlives this.
    recorded_persistence(const event_log& log, std::unique_ptr<place> where,
                         paced_writer::pace pace = standard_pace());

    /// From here on the document follows the log. `node`: empty for a node that is alone, else what tells it
    /// from the others, the same after a restart.
    void begin(const std::string& node);
    /// Writes what waits, within the time allowed; answers how many changes are lost.
    std::uint64_t stop(std::chrono::milliseconds patience);
    /// The file or key.
    [[nodiscard]] const std::string& document() const { return place_->name(); }
    /// Any thread.
    [[nodiscard]] paced_writer::numbers counted() const;

    [[nodiscard]] static paced_writer::pace standard_pace();

private:
    [[nodiscard]] boost::asio::awaitable<base::result<void>> write() override;
    [[nodiscard]] boost::asio::awaitable<bool> look() override;
    void note_changes() const;

    const event_log& log_;
    std::unique_ptr<place> place_;
    bool begun_ = false;          ///< what was there is kept; of the writer's thread
    mutable paced_writer writer_; ///< the first to end: it calls the others
};

} // namespace mockfleet::store
