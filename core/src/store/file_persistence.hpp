// Keeps the expectations of this node in a JSON file (core.md 8.3), with a journal beside it when the promise
// is that a confirmed change survives any crash.
#pragma once

#include "base/error.hpp"
#include "store/change_observer.hpp"
#include "store/durable_file.hpp"
#include "store/keepsake.hpp"
#include "store/text_map.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mockfleet::store {

/// Two threads of its own, so that neither a request nor a control call ever waits for a whole document:
///
/// * the journal thread appends what changed since its last turn and syncs once for all of it, then lets go
///   on who waits in kept() (only when `acknowledged`);
/// * the folding thread writes the whole set, seldom enough to take a tenth of a processor and half of the
///   disk's time at most, and throws the journal away. The file is only ever replaced whole.
///
/// FILE.journal is being appended to, FILE.journal.folding is on its way into the file, FILE.lock keeps a
/// second process out. The next open() brings what a crash left in the journals into the file; when there is
/// no room for that, the journals stay, and the first document that can be written takes their place.
class file_persistence final : public change_observer {
public:
    struct options {
        std::string path;
        /// kept() waits for the disk; otherwise there is no journal, and the file follows within about 100
        /// ms, or, of a set that takes long to write, within ten times the processor time of that.
        bool acknowledged = true;
        /// Puts a document in the place of the file; empty: replace_file. Tests let it wait and fail.
        std::function<base::result<void>(const std::string& path, std::string_view text)> replace = {};
    };

    /// Locks the file, creates it when it is missing, removes what was half-written, and folds what an
    /// earlier run left in its journals. A disk that is full or fails is no error when the file can be read:
    /// see counted() then. The error says what to do.
    [[nodiscard]] static base::result<std::unique_ptr<file_persistence>> open(options wanted);
    ~file_persistence();
    file_persistence(const file_persistence&) = delete;
    file_persistence& operator=(const file_persistence&) = delete;

    /// Where the file really is.
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Entries of the file as open() found it that could not be read; the original is kept under the name.
    [[nodiscard]] const std::optional<std::string>& kept_aside() const { return kept_aside_; }

    // Before begin(), blocking.

    /// What is persisted: what the file holds, or will hold once there is room for it.
    [[nodiscard]] base::result<std::string> content() const;
    /// Keep content() as a broken or as a previous one (keepsake.hpp) and tell the name. When there is no
    /// room for that, nothing is written before there is.
    [[nodiscard]] base::result<std::string> keep_broken();
    [[nodiscard]] base::result<std::string> keep_previous();

    /// Before begin(): what is stored then is what was read from the file, so it need not be written.
    void content_is_from_file() { from_file_ = true; }

    // change_observer.

    void begin(const live_list& all) override;
    void changed(std::span<const change> changes) override;
    [[nodiscard]] boost::asio::awaitable<base::result<void>> kept() override;

    /// Writes what is missing in the file and ends. No change may come afterwards.
    [[nodiscard]] base::result<void> stop();

    // Any thread.

    /// Is that content one of the last that this object wrote? Then whoever watches the file need not take it
    /// over.
    [[nodiscard]] bool wrote(std::uint64_t checksum) const;
    struct numbers {
        std::uint64_t pending = 0;  ///< changes that are not in the file yet
        std::uint64_t unsafe = 0;   ///< changes that are neither there nor in the journal
        std::uint64_t failures = 0; ///< writes that failed since the start
        std::string last_failure;   ///< empty while all is well
    };
    [[nodiscard]] numbers counted() const;

private:
    struct note {
        std::string gone; ///< id of what was removed
        live_pointer now; ///< null: it is gone
    };
    static void put_down(std::vector<note>& to, std::span<const change> changes);
    void take_over(std::vector<note> notes);
    struct waiter {
        std::uint64_t wanted;
        base::result<void>* outcome;
        boost::asio::any_completion_handler<void()> resume;
    };

    file_persistence(options wanted, file_lock lock);
    [[nodiscard]] base::result<void> recover();
    [[nodiscard]] base::result<void> open_journal();
    [[nodiscard]] base::result<std::string> set_aside(keepsake wanted);
    [[nodiscard]] base::result<void> keep_all();
    [[nodiscard]] base::result<void> replace(std::string_view text) const;
    [[nodiscard]] base::result<void> postpone(const base::error& why);
    void remember(std::string_view document);
    void run_journal();
    void run_folding();
    [[nodiscard]] base::result<void> append(const std::vector<note>& batch);
    [[nodiscard]] base::result<void> fold();
    void rotate();
    void drop_journals();
    void now_kept(std::uint64_t upto);
    void failed(const base::error& why);
    void recovered();
    static void answer(std::list<waiter> which, const base::result<void>& outcome);
    [[nodiscard]] std::optional<base::result<void>> known_outcome(std::uint64_t number) const;
    [[nodiscard]] std::list<waiter> waiters_upto(std::uint64_t number);

    options options_;
    std::string path_;
    std::string journal_path_;
    std::string folding_path_;
    file_lock lock_;
    std::optional<std::string> kept_aside_;
    bool from_file_ = false;
    std::optional<std::string> unwritten_; ///< until begin(): what the file lacks room for
    bool due_ = false;                     ///< a document is to be written even if nothing changes

    std::mutex folding_mutex_; ///< one whole document at a time; before the others; guards the next two
    text_map<live_pointer> mirror_;
    std::vector<keepsake> to_keep_; ///< before anything is written
    std::mutex journal_mutex_;      ///< guards the next three
    append_file journal_;
    bool journal_failed_ = false; ///< nothing may be appended before a whole document was written
    bool folding_exists_ = false;

    mutable std::mutex mutex_; ///< guards what follows; held for moments only
    std::condition_variable to_journal_;
    std::condition_variable to_fold_;
    std::vector<note> to_append_;
    std::vector<note> to_mirror_;
    std::list<waiter> waiters_; ///< none is ever assigned: any_completion_handler of Boost 1.81 recurses
    std::uint64_t noted_ = 0;   ///< changes so far
    std::uint64_t kept_ = 0;    ///< of these on disk in any form
    std::uint64_t folded_ = 0;  ///< of these in the file
    std::uint64_t refused_ = 0; ///< of these were tried and not kept, unless kept_ says otherwise
    base::error refusal_;
    std::int64_t dirty_since_ns_ = 0;
    std::uint64_t failures_ = 0;
    std::string last_failure_;
    std::array<std::uint64_t, 16> written_{}; ///< checksums of the last documents: who read one may look late
    std::size_t documents_ = 0;
    bool begun_ = false;
    bool ending_ = false;
    bool wrote_once_ = false;

    std::thread journal_thread_;
    std::thread folding_thread_;
};

} // namespace mockfleet::store
