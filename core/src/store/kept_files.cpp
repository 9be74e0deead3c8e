// Writing: the content is read from the state when its turn comes, so that only names wait.
#include "store/kept_files.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/file_store.hpp"
#include "store/kept_names.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

/// Beyond so many one knows no longer which names wait, but that all do.
constexpr std::size_t most_waiting = 100'000;
/// How often somebody who starts looks whether all is loaded.
constexpr std::chrono::milliseconds look_period{5};
/// Named, because GCC 12 destroys a default argument of an awaited call twice.
const blob_metadata no_metadata;
const blob_condition always;

/// The next name would fail in the same way.
bool is_outage(const base::error& why) {
    return why.code == base::errc::unavailable || why.code == base::errc::timeout;
}

} // namespace

paced_writer::pace kept_files::standard_pace() {
    paced_writer::pace made;
    made.gather = std::chrono::milliseconds(20);
    return made;
}

kept_files::kept_files(blob_client blobs, state_client state, options wanted)
    : blobs_(blobs), state_(state), options_(std::move(wanted)),
      writer_(*this, options_.pace, {std::string(kept_folder), "stored files", "mf-files"}) {}

asio::awaitable<void> kept_files::loaded_within(std::chrono::nanoseconds patience) {
    if (patience.count() <= 0 && !options_.restore) co_return;
    const auto end = base::monotonic_ns() + patience.count();
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!settled_ && base::monotonic_ns() < end) {
        timer.expires_after(look_period);
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (loaded_) co_return;
    base::log::error("files-restore-late",
                     "the stored files could not be read in time; the node starts without them and loads "
                     "them as soon as it can",
                     {{"error", counted().last_failure}});
}

std::uint64_t kept_files::stop(std::chrono::milliseconds patience) {
    ending_.store(true);
    return writer_.stop(patience);
}

std::string kept_files::waiting() const {
    constexpr std::size_t most = 20;
    const std::lock_guard lock(mutex_);
    std::string text;
    std::size_t count = 0;
    for (const auto& [name, change] : waiting_) {
        if (count++ == most) return text + " and " + std::to_string(waiting_.size() - most) + " more";
        text.append(text.empty() ? "" : ", ") += name;
    }
    if (all_) text.append(text.empty() ? "" : ", ") += "whatever a reset removed";
    return text;
}

base::result<void> kept_files::check(std::string_view name) const {
    const auto size = kept_key_of(name).size();
    if (size <= options_.longest_key) return {};
    return base::invalid("the name is too long to be kept in the blob store: its key would have " +
                         std::to_string(size) + " bytes, the limit is " +
                         std::to_string(options_.longest_key));
}

void kept_files::touch(const std::string& name) {
    if (loaded_) return;
    const std::lock_guard lock(mutex_);
    if (!loaded_) touched_.insert(name);
}

void kept_files::changed(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        if (!all_) wait_for_turn(name);
        if (waiting_.size() > most_waiting) {
            all_ = true;
            waiting_.clear();
        }
    }
    writer_.note(1);
}

/// Under the lock.
void kept_files::wait_for_turn(const std::string& name) {
    waiting_[name] = ++changes_;
}

void kept_files::missed(const std::string& name) {
    if (!loaded_) changed(name);
}

void kept_files::cleared() {
    {
        const std::lock_guard lock(mutex_);
        all_ = true;
        waiting_.clear();
    }
    writer_.note(1);
}

asio::awaitable<base::result<void>> kept_files::write() {
    const auto loaded = co_await load();
    if (!loaded) {
        const bool lasting =
            loaded.error().code == base::errc::denied || loaded.error().code == base::errc::invalid;
        if (lasting) settled_ = true;
        if (is_outage(loaded.error())) co_return loaded.error();
    }
    const auto found = co_await find_all();
    if (!found) co_return found.error();
    const auto written = co_await write_waiting();
    if (!written) co_return written.error();
    if (!loaded) co_return loaded.error();
    co_return base::result<void>();
}

/// Who knows only that everything may have changed learns the names, those that are left in the store too.
asio::awaitable<base::result<void>> kept_files::find_all() {
    {
        const std::lock_guard lock(mutex_);
        if (!all_) co_return base::result<void>();
        // Else what is not in the state yet would look as if it had been removed.
        if (!loaded_)
            co_return base::error{base::errc::unavailable,
                                  "changes wait until the files in the blob store have been read"};
        all_ = false;
    }
    const auto again = [this] {
        const std::lock_guard lock(mutex_);
        all_ = true;
    };
    const auto keys = co_await blobs_.list_all(kept_folder);
    if (!keys) {
        again();
        co_return keys.error();
    }
    const file_store there(state_);
    auto names = co_await there.names();
    if (!names) {
        again();
        co_return names.error();
    }
    const std::lock_guard lock(mutex_);
    for (const auto& name : *names)
        wait_for_turn(name);
    for (const auto& key : *keys) {
        if (const auto name = name_of_kept_key(key)) wait_for_turn(*name);
    }
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> kept_files::write_waiting() {
    std::vector<std::string> names;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, change] : waiting_)
            names.push_back(name);
    }
    base::result<void> outcome;
    for (const auto& name : names) {
        std::uint64_t change = 0;
        {
            const std::lock_guard lock(mutex_);
            const auto found = waiting_.find(name);
            if (found == waiting_.end()) continue; // cleared
            change = found->second;
        }
        const auto done = co_await bring(name);
        if (done) {
            const std::lock_guard lock(mutex_);
            const auto found = waiting_.find(name);
            if (found != waiting_.end() && found->second == change) waiting_.erase(found);
            continue;
        }
        if (outcome) outcome = base::error{done.error().code, "file '" + name + "': " + done.error().message};
        if (is_outage(done.error())) break;
    }
    co_return outcome;
}

/// The store's document of this name becomes what the state has.
asio::awaitable<base::result<void>> kept_files::bring(std::string name) {
    const auto key = kept_key_of(name);
    const auto entry_key = file_store::key_of(name);
    constexpr int most_attempts = 5;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        const auto there = co_await state_.get(file_store::space, entry_key);
        if (there) {
            const auto put = co_await blobs_.put(key, there->value, no_metadata, always);
            if (!put) co_return put.error();
        } else {
            if (there.error().code != base::errc::not_found) co_return there.error();
            const auto removed = co_await blobs_.remove(key, always);
            if (!removed && removed.error().code != base::errc::not_found) co_return removed.error();
        }
        // Changes made here wait again. One made elsewhere may have been written before this one.
        if (!options_.clustered) co_return base::result<void>();
        const auto now = co_await state_.get(file_store::space, entry_key);
        if (!now && now.error().code != base::errc::not_found) co_return now.error();
        const bool same = there ? now && now->version == there->version : !now;
        if (same) co_return base::result<void>();
    }
    co_return base::error{base::errc::conflict, "it is changed by others all the time"};
}

} // namespace mockfleet::store
