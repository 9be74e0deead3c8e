// Order of locks: folding, journal, mutex_. Numbers of changes tell what is safe where.
#include "store/file_persistence.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "plugin/thread_signals.hpp"
#include "store/checksum.hpp"
#include "store/expectation_document.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iterator>
#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
/// How long changes gather before the whole set is written.
constexpr std::int64_t gather_behind_ns = 60 * ns_per_ms;
constexpr std::int64_t gather_journaled_ns = 250 * ns_per_ms;
/// A pause of so many times the processor time that the last writing took follows it, and of as long as it
/// took to bring that to the disk.
constexpr std::int64_t rest_factor = 9;
constexpr std::chrono::seconds retry_period{1};

/// Of the calling thread.
std::int64_t processor_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1'000 * ns_per_ms + now.tv_nsec;
}

void name_thread(std::thread& thread, const char* name) {
    pthread_setname_np(thread.native_handle(), name);
}

} // namespace

file_persistence::file_persistence(options wanted, file_lock lock)
    : options_(std::move(wanted)), path_(target_of(options_.path)), journal_path_(path_ + ".journal"),
      folding_path_(journal_path_ + ".folding"), lock_(std::move(lock)) {}

file_persistence::~file_persistence() {
    static_cast<void>(stop());
}

/// With the folding lock.
base::result<void> file_persistence::keep_all() {
    while (!to_keep_.empty()) {
        if (auto done = keep(to_keep_.front()); !done) return done;
        to_keep_.erase(to_keep_.begin());
    }
    return {};
}

base::result<void> file_persistence::replace(std::string_view text) const {
    return options_.replace ? options_.replace(path_, text) : replace_file(path_, text);
}

void file_persistence::remember(std::string_view document) {
    const auto checksum = checksum_of(document);
    const std::lock_guard lock(mutex_);
    written_[documents_++ % written_.size()] = checksum;
}

base::result<void> file_persistence::open_journal() {
    if (!options_.acknowledged) return {};
    auto opened = append_file::open(journal_path_);
    if (!opened) return opened.error();
    journal_ = std::move(*opened);
    return {};
}

void file_persistence::drop_journals() {
    const bool folding_gone = ::unlink(folding_path_.c_str()) == 0;
    const bool journal_gone = ::unlink(journal_path_.c_str()) == 0;
    // Should they come back, they add nothing that the file does not have; it is only tidier.
    if (folding_gone || journal_gone) static_cast<void>(sync_directory_of(path_));
    folding_exists_ = false;
}

void file_persistence::begin(const live_list& all) {
    const std::scoped_lock lock(folding_mutex_, mutex_);
    for (const auto& one : all)
        mirror_.insert_or_assign(one->definition.id, one);
    begun_ = true;
    unwritten_.reset();
    if (due_ || (!from_file_ && !all.empty())) {
        noted_ = kept_ = 1;
        dirty_since_ns_ = base::monotonic_ns();
    }
    const plugin::signals_blocked quiet;
    if (options_.acknowledged) {
        journal_thread_ = std::thread([this] { run_journal(); });
        name_thread(journal_thread_, "mf-journal");
    }
    folding_thread_ = std::thread([this] { run_folding(); });
    name_thread(folding_thread_, "mf-persist");
}

void file_persistence::put_down(std::vector<note>& to, std::span<const change> changes) {
    for (const auto& one : changes)
        to.push_back({one.now ? std::string() : one.id, one.now});
}

void file_persistence::changed(std::span<const change> changes) {
    if (changes.empty()) return;
    bool clean = false;
    {
        const std::lock_guard lock(mutex_);
        clean = noted_ == folded_;
        if (clean) dirty_since_ns_ = base::monotonic_ns();
        put_down(to_mirror_, changes);
        if (options_.acknowledged) put_down(to_append_, changes);
        noted_ += changes.size();
    }
    if (options_.acknowledged) to_journal_.notify_one();
    // Later ones find it waiting for its time: waking it for each would cost more than the writing.
    if (clean) to_fold_.notify_one();
}

asio::awaitable<base::result<void>> file_persistence::kept() {
    base::result<void> outcome;
    if (!options_.acknowledged) co_return outcome; // the file follows
    std::uint64_t wanted = 0;
    {
        const std::lock_guard lock(mutex_);
        wanted = noted_;
        // The journal thread may have been faster, and with an error too.
        if (auto known = known_outcome(wanted)) co_return std::move(*known);
    }
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [this, wanted, &outcome](auto handler) {
            auto executor = asio::get_associated_executor(handler);
            asio::any_completion_handler<void()> resume([executor, handler = std::move(handler)]() mutable {
                asio::post(executor, std::move(handler));
            });
            {
                const std::lock_guard lock(mutex_);
                auto known = known_outcome(wanted);
                if (!known) {
                    waiters_.push_back({wanted, &outcome, std::move(resume)});
                    return;
                }
                outcome = std::move(*known);
            }
            std::move(resume)();
        },
        asio::use_awaitable);
    co_return outcome;
}

/// With the lock: what became of the changes up to `number`; nullopt: they are on their way.
std::optional<base::result<void>> file_persistence::known_outcome(std::uint64_t number) const {
    if (kept_ >= number) return base::result<void>();
    if (refused_ >= number) return base::result<void>(refusal_);
    return std::nullopt;
}

std::list<file_persistence::waiter> file_persistence::waiters_upto(std::uint64_t number) {
    std::list<waiter> chosen;
    for (auto at = waiters_.begin(); at != waiters_.end();) {
        const auto next = std::next(at);
        if (at->wanted <= number) chosen.splice(chosen.end(), waiters_, at);
        at = next;
    }
    return chosen;
}

void file_persistence::answer(std::list<waiter> which, const base::result<void>& outcome) {
    for (auto& one : which) {
        *one.outcome = outcome;
        std::move(one.resume)();
    }
}

void file_persistence::now_kept(std::uint64_t upto) {
    std::list<waiter> done;
    {
        const std::lock_guard lock(mutex_);
        kept_ = std::max(kept_, upto);
        done = waiters_upto(kept_);
    }
    answer(std::move(done), {});
}

void file_persistence::failed(const base::error& why) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        ++failures_;
        first = last_failure_.empty();
        last_failure_ = why.message;
    }
    if (first)
        base::log::error("persistence-failed",
                         "changes of expectations cannot be kept; they are in effect, and kept as soon as "
                         "writing works again",
                         {{"error", why.message}});
}

void file_persistence::recovered() {
    {
        const std::lock_guard lock(mutex_);
        if (last_failure_.empty()) return;
        last_failure_.clear();
    }
    base::log::info("persistence-works-again", "expectations are kept again", {{"file", path_}});
}

void file_persistence::run_journal() {
    std::unique_lock lock(mutex_);
    for (;;) {
        to_journal_.wait(lock, [this] { return ending_ || !to_append_.empty(); });
        if (to_append_.empty()) return;
        const auto batch = std::exchange(to_append_, {});
        const auto upto = noted_;
        lock.unlock();
        const auto done = append(batch);
        if (done) {
            now_kept(upto);
            lock.lock();
            continue;
        }
        failed(done.error());
        lock.lock();
        refused_ = upto;
        refusal_ = {base::errc::unavailable,
                    "the change is in effect, but it could not be kept: " + done.error().message};
        const base::result<void> outcome = refusal_;
        auto waiting = waiters_upto(upto);
        lock.unlock();
        answer(std::move(waiting), outcome);
        lock.lock();
        // The folding thread tries again; here the next change does.
    }
}

base::result<void> file_persistence::append(const std::vector<note>& batch) {
    {
        const std::lock_guard lock(journal_mutex_);
        if (!journal_failed_) {
            journal_batch together;
            for (const auto& one : batch) {
                if (one.now)
                    together.put(*one.now);
                else
                    together.remove(one.gone);
            }
            auto done = journal_.append(together.line());
            if (done) return done;
            // Half a line may stand there now, and what the system says of a sync that failed is not to be
            // trusted: only a whole document helps.
            journal_failed_ = true;
        }
    }
    return fold();
}

void file_persistence::run_folding() {
    std::int64_t rested_at = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        to_fold_.wait(lock, [this] { return ending_ || noted_ > folded_; });
        if (ending_) return;
        const auto gather = options_.acknowledged ? gather_journaled_ns : gather_behind_ns;
        const auto due = std::max(dirty_since_ns_ + gather, rested_at);
        const auto left = due - base::monotonic_ns();
        if (left > 0) {
            to_fold_.wait_for(lock, std::chrono::nanoseconds(left), [this] { return ending_; });
            continue;
        }
        lock.unlock();
        const auto started = base::monotonic_ns();
        const auto started_work = processor_ns();
        const auto done = fold();
        const auto work = processor_ns() - started_work;
        const auto ended = base::monotonic_ns();
        if (!done) failed(done.error());
        lock.lock();
        rested_at = ended + std::max(rest_factor * work, ended - started);
        if (!done) to_fold_.wait_for(lock, retry_period, [this] { return ending_; });
    }
}

/// With the journal's lock: from here on changes go to a new journal. What is in the old one is in every
/// document that is begun after this.
void file_persistence::rotate() {
    if (journal_failed_ || folding_exists_ || journal_.size() == 0) return;
    if (::rename(journal_path_.c_str(), folding_path_.c_str()) != 0) {
        journal_failed_ = true;
        return;
    }
    folding_exists_ = true;
    auto next = append_file::open(journal_path_);
    if (next)
        journal_ = std::move(*next);
    else
        journal_failed_ = true; // the open one is about to be thrown away
}

/// With the folding lock.
void file_persistence::take_over(std::vector<note> notes) {
    for (auto& one : notes) {
        if (one.now)
            mirror_.insert_or_assign(one.now->definition.id, std::move(one.now));
        else
            mirror_.erase(one.gone);
    }
}

base::result<void> file_persistence::fold() {
    const std::lock_guard one_at_a_time(folding_mutex_);
    if (auto done = keep_all(); !done) return done;
    bool rebuild = false;
    {
        const std::lock_guard lock(journal_mutex_);
        rotate();
        // One that fails later has changes that the document, begun now, has not.
        rebuild = journal_failed_;
    }
    std::uint64_t upto = 0;
    std::vector<note> notes;
    {
        const std::lock_guard lock(mutex_);
        upto = noted_;
        notes.swap(to_mirror_);
    }
    take_over(std::move(notes));
    live_list all;
    all.reserve(mirror_.size());
    for (const auto& [id, live] : mirror_)
        all.push_back(live);
    const auto text = write_document(std::move(all), base::wall_ns());
    remember(text); // before it can be seen
    if (auto done = replace(text); !done) return done;
    {
        const std::lock_guard lock(journal_mutex_);
        if (rebuild) {
            drop_journals();
            if (auto opened = open_journal(); !opened) return opened;
            journal_failed_ = false;
        } else if (folding_exists_) {
            ::unlink(folding_path_.c_str());
            folding_exists_ = false;
        }
    }
    {
        const std::lock_guard lock(mutex_);
        folded_ = std::max(folded_, upto);
        dirty_since_ns_ = base::monotonic_ns();
        wrote_once_ = true;
    }
    now_kept(upto);
    recovered();
    return {};
}

base::result<void> file_persistence::stop() {
    bool missing = false;
    {
        const std::lock_guard lock(mutex_);
        if (ending_) return {};
        ending_ = true;
        // Uses that were taken are no change of the set, but the last document shall show them.
        missing = begun_ && (noted_ > folded_ || wrote_once_);
    }
    to_journal_.notify_all();
    to_fold_.notify_all();
    if (journal_thread_.joinable()) journal_thread_.join();
    if (folding_thread_.joinable()) folding_thread_.join();
    if (missing) {
        if (auto done = fold(); !done) return done;
    }
    if (journal_.is_open() && !journal_failed_) drop_journals();
    return {};
}

bool file_persistence::wrote(std::uint64_t checksum) const {
    const std::lock_guard lock(mutex_);
    return std::find(written_.begin(), written_.end(), checksum) != written_.end();
}

file_persistence::numbers file_persistence::counted() const {
    const std::lock_guard lock(mutex_);
    return {noted_ - folded_, noted_ - kept_, failures_, last_failure_};
}

} // namespace mockfleet::store
