// One coroutine on one thread reads and writes, so that the tag it knows is never raced for within a node.
#include "store/blob_persistence.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "model/expectation_file.hpp"
#include "plugin/thread_signals.hpp"
#include "store/checksum.hpp"
#include "store/expectation_document.hpp"
#include "store/expectations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <random>

#include <pthread.h>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

/// Metadata of the document in a fleet: the state of the backend that it is at least as new as.
constexpr std::string_view revision_name = "revision";
/// How often a node of a fleet asks whether it has to write.
constexpr std::chrono::seconds fleet_period{1};

std::uint64_t revision_of(const blob& found) {
    std::uint64_t revision = 0;
    for (const auto& [name, value] : found.metadata) {
        if (name == revision_name) std::from_chars(value.data(), value.data() + value.size(), revision);
    }
    return revision;
}

std::string hexadecimal(std::uint64_t number) {
    char digits[17];
    std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(number));
    return digits;
}

/// Three quarters to five quarters of it, so that many nodes do not come back all at once.
std::chrono::nanoseconds spread(std::chrono::nanoseconds length) {
    thread_local std::minstd_rand source(std::random_device{}());
    return length * static_cast<long>(75 + source() % 51) / 100;
}

} // namespace

blob_persistence::blob_persistence(blob_client blobs, state_client state, expectations& kept, options wanted)
    : blobs_(blobs), state_(state), kept_(kept), options_(std::move(wanted)) {}

blob_persistence::~blob_persistence() {
    static_cast<void>(stop(std::chrono::milliseconds(0)));
}

asio::awaitable<void> blob_persistence::restore() {
    // Of a fleet that lives the shared state is right, and the document at best as new.
    if (options_.restore_timeout.count() <= 0 || (options_.clustered && kept_.size() != 0)) {
        now_restored();
        co_return;
    }
    const auto end = base::monotonic_ns() + options_.restore_timeout.count();
    for (auto length = options_.first_pause;; length = std::min(length * 2, options_.longest_pause)) {
        const auto left = std::chrono::nanoseconds(end - base::monotonic_ns());
        const auto done = co_await read_document(blobs_.within(std::max(left, std::chrono::nanoseconds(1))));
        if (done) co_return;
        failed(done.error());
        const std::chrono::nanoseconds rest(end - base::monotonic_ns());
        const bool lasting =
            done.error().code == base::errc::denied || done.error().code == base::errc::invalid;
        if (lasting || rest <= length) {
            base::log::error("blob-restore-late",
                             "the persisted expectations could not be read in time; the node starts without "
                             "them and loads them as soon as it can",
                             {{"key", options_.key}, {"error", done.error().message}});
            co_return;
        }
        asio::steady_timer waiting(co_await asio::this_coro::executor, length);
        boost::system::error_code ignored;
        co_await waiting.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

asio::awaitable<base::result<void>> blob_persistence::read_document(blob_client from) {
    const auto found = co_await from.get(options_.key);
    if (!found && found.error().code != base::errc::not_found) co_return found.error();
    const auto loaded = co_await load_document(found ? &*found : nullptr);
    if (!loaded) co_return loaded.error();
    tag_ = found ? found->tag : std::string();
    owned_ = true;
    now_restored();
    works();
    co_return base::result<void>();
}

void blob_persistence::now_restored() {
    restored_ = true;
    const std::lock_guard lock(mutex_);
    touching_ = false;
    touched_.clear();
}

asio::awaitable<base::result<void>> blob_persistence::load_document(const blob* found) {
    if (found == nullptr) {
        base::log::info("blob-restored", "there are no persisted expectations yet", {{"key", options_.key}});
        co_return base::result<void>();
    }
    auto parsed = model::read_expectation_file(found->data);
    if (!parsed.problems.empty()) {
        // Before anything is written over it.
        const auto aside = options_.key + ".broken-" + hexadecimal(checksum_of(found->data));
        // Named, because GCC 12 destroys some temporaries of an awaited call twice.
        const blob_metadata none;
        const auto when = blob_condition::absent();
        const auto put = co_await blobs_.put(aside, found->data, none, when);
        if (!put) co_return put.error();
        for (const auto& one : parsed.problems) {
            base::log::error(
                "initialization-entry", "an expectation of a file cannot be loaded",
                {{"file", options_.key},
                 {"place", "entry " + std::to_string(one.number) + " at line " + std::to_string(one.line)},
                 {"id", one.id},
                 {"error", one.what},
                 {"kept-as", aside}});
        }
    }
    std::vector<model::expectation> posted;
    std::size_t number = 0;
    {
        const std::lock_guard lock(mutex_);
        for (auto& one : parsed.entries) {
            ++number;
            if (one.content.id.empty()) {
                char id[48];
                std::snprintf(id, sizeof(id), "restored-%s-%zu", hexadecimal(checksum_of(one.text)).c_str(),
                              number);
                one.content.id = id;
            }
            if (!touched_.contains(one.content.id)) posted.push_back(std::move(one.content));
        }
    }
    const auto count = posted.size();
    if (count != 0) {
        const auto stored = co_await kept_.upsert(std::move(posted));
        if (!stored) co_return stored.error();
        static_cast<void>(co_await kept_.sweep()); // lives may have ended meanwhile
    }
    base::log::info("blob-restored", "persisted expectations were loaded",
                    {{"key", options_.key}, {"expectations", std::to_string(count)}});
    co_return base::result<void>();
}

void blob_persistence::begin(const live_list&) {
    const plugin::signals_blocked quiet;
    thread_ = std::thread([this] {
        asio::co_spawn(context_, run(), asio::detached);
        context_.run();
        const std::lock_guard lock(mutex_);
        ended_ = true;
        finished_.notify_all();
    });
    pthread_setname_np(thread_.native_handle(), "mf-blobs");
}

void blob_persistence::changed(std::span<const change> changes) {
    {
        const std::lock_guard lock(mutex_);
        noted_ += changes.size();
        if (touching_) {
            for (const auto& one : changes)
                touched_.insert(one.id);
        }
    }
    wake();
}

asio::awaitable<base::result<void>> blob_persistence::kept() {
    co_return base::result<void>();
}

void blob_persistence::wake() {
    if (woken_.exchange(true)) return;
    asio::post(context_, [this] { timer_.cancel(); });
}

asio::awaitable<void> blob_persistence::pause(std::chrono::nanoseconds length) {
    timer_.expires_after(length);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> blob_persistence::rest_idle() {
    constexpr std::chrono::hours forever{24};
    if (!woken_.exchange(false))
        co_await pause(options_.clustered ? std::chrono::nanoseconds(fleet_period) : forever);
    if (!options_.clustered || writer_) co_return;
    const bool writes = co_await is_writer();
    if (!writes) co_return;
    const std::lock_guard lock(mutex_);
    ++noted_; // what the writer before this one did not come to write
}

asio::awaitable<void> blob_persistence::rest_after_failure(std::chrono::nanoseconds length) {
    const auto until = base::monotonic_ns() + spread(length).count();
    // Changes that come meanwhile wake, and are no reason to try earlier; a stop is.
    for (auto left = until - base::monotonic_ns(); left > 0; left = until - base::monotonic_ns()) {
        if (stopping_) {
            co_await pause(std::min<std::chrono::nanoseconds>(options_.first_pause / 4, length));
            co_return;
        }
        woken_.store(false);
        co_await pause(std::chrono::nanoseconds(left));
    }
}

asio::awaitable<void> blob_persistence::run() {
    std::chrono::nanoseconds rest = options_.first_pause;
    for (;;) {
        if (!has_work()) {
            if (stopping_) co_return;
            co_await rest_idle();
            continue;
        }
        if (!stopping_) co_await pause(options_.gather);
        base::result<void> done;
        if (!restored_) done = co_await read_document(blobs_);
        if (done) done = co_await write_current();
        if (done) {
            works();
            rest = options_.first_pause;
            continue;
        }
        failed(done.error());
        co_await rest_after_failure(rest);
        rest = std::min<std::chrono::nanoseconds>(rest * 2, options_.longest_pause);
    }
}

bool blob_persistence::has_work() const {
    const std::lock_guard lock(mutex_);
    // A node that ends need not load any more.
    return noted_ != saved_ || (!restored_ && !stopping_);
}

asio::awaitable<bool> blob_persistence::is_writer() {
    const auto info = co_await state_.describe();
    writer_ = info && std::any_of(info->members.begin(), info->members.end(),
                                  [](const member& one) { return one.coordinator && one.local; });
    co_return writer_;
}

asio::awaitable<base::result<void>> blob_persistence::write_current() {
    std::uint64_t upto = 0;
    {
        const std::lock_guard lock(mutex_);
        upto = noted_;
    }
    std::uint64_t revision = 0;
    if (options_.clustered) {
        const bool writes = co_await is_writer();
        if (!writes) {
            saved(upto); // by the coordinator, who heard of the same changes
            co_return base::result<void>();
        }
        const auto info = co_await state_.describe();
        if (!info) co_return info.error();
        revision = info->revision;
    }
    const auto text = write_document(kept_.active(), base::wall_ns());
    blob_metadata metadata;
    if (options_.clustered) metadata.emplace_back(revision_name, std::to_string(revision));
    constexpr int most_attempts = 3;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        if (!tag_) {
            const auto learnt = co_await learn_tag(revision);
            if (!learnt) co_return learnt.error();
        }
        attempted_[attempts_++ % attempted_.size()] = checksum_of(text);
        const auto when = tag_->empty() ? blob_condition::absent() : blob_condition::unchanged(*tag_);
        const auto put = co_await blobs_.put(options_.key, text, metadata, when);
        if (put && put->applied) {
            tag_ = put->tag;
            owned_ = true;
            saved(upto);
            co_return base::result<void>();
        }
        // Absent: removed by hand, and made anew. Else somebody was faster, or an attempt whose outcome is
        // not known was made.
        tag_.reset();
        if (!put && put.error().code != base::errc::not_found) co_return put.error();
    }
    co_return base::error{base::errc::conflict,
                          "the document " + options_.key + " is changed by others all the time"};
}

/// The tag to overwrite, if what it stands for may be overwritten.
asio::awaitable<base::result<void>> blob_persistence::learn_tag(std::uint64_t revision) {
    const auto found = co_await blobs_.get(options_.key);
    if (!found) {
        if (found.error().code != base::errc::not_found) co_return found.error();
        tag_ = std::string();
        co_return base::result<void>();
    }
    const bool own =
        std::find(attempted_.begin(), attempted_.end(), checksum_of(found->data)) != attempted_.end();
    if (options_.clustered) {
        if (!own && revision_of(*found) > revision)
            co_return base::error{base::errc::conflict,
                                  "the document " + options_.key + " is newer than this node's state"};
    } else if (!own && owned_) {
        co_return base::error{base::errc::conflict,
                              "the document " + options_.key +
                                  " was changed by another server and is not overwritten; give each server a "
                                  "persistedExpectationsPath of its own, or remove the document"};
    }
    tag_ = found->tag;
    co_return base::result<void>();
}

void blob_persistence::saved(std::uint64_t upto) {
    const std::lock_guard lock(mutex_);
    saved_ = std::max(saved_, upto);
}

void blob_persistence::failed(const base::error& why) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        ++failures_;
        first = last_failure_.empty();
        last_failure_ = why.message;
    }
    if (first) {
        base::log::error("blob-store-failed",
                         "the blob store cannot be used; changes wait and are written when it can",
                         {{"key", options_.key}, {"error", why.message}});
    }
}

void blob_persistence::works() {
    {
        const std::lock_guard lock(mutex_);
        if (last_failure_.empty()) return;
        last_failure_.clear();
    }
    base::log::info("persistence-works-again", "expectations are kept again", {{"key", options_.key}});
}

std::uint64_t blob_persistence::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return 0;
    stopping_.store(true);
    asio::post(context_, [this] { timer_.cancel(); });
    {
        std::unique_lock lock(mutex_);
        finished_.wait_for(lock, patience, [this] { return ended_; });
    }
    context_.stop();
    thread_.join();
    const std::lock_guard lock(mutex_);
    return noted_ - saved_;
}

blob_persistence::numbers blob_persistence::counted() const {
    const std::lock_guard lock(mutex_);
    return {noted_ - saved_, failures_, last_failure_};
}

} // namespace mockfleet::store
