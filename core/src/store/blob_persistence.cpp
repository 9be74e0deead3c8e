// What is restored, what is written, and who of a fleet writes it.
#include "store/blob_persistence.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "model/expectation_file.hpp"
#include "store/checksum.hpp"
#include "store/expectation_document.hpp"
#include "store/expectations.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

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

/// In a fleet another node may have become the coordinator.
paced_writer::pace paced(const blob_persistence::options& wanted) {
    auto pace = wanted.pace;
    if (wanted.clustered) pace.idle = fleet_period;
    return pace;
}

} // namespace

blob_persistence::blob_persistence(blob_client blobs, state_client state, expectations& kept, options wanted)
    : blobs_(blobs), state_(state), kept_(kept), options_(std::move(wanted)), document_(blobs, options_.key),
      writer_(*this, paced(options_), {options_.key, "persisted expectations", "mf-blobs"}) {}

asio::awaitable<void> blob_persistence::restore() {
    // Of a fleet that lives the shared state is right, and the document at best as new.
    if (options_.restore_timeout.count() <= 0 || (options_.clustered && kept_.size() != 0)) {
        now_restored();
        co_return;
    }
    const auto end = base::monotonic_ns() + options_.restore_timeout.count();
    for (auto length = options_.pace.first_pause;;
         length = std::min(length * 2, options_.pace.longest_pause)) {
        const auto left = std::chrono::nanoseconds(end - base::monotonic_ns());
        const auto done = co_await read_document(blobs_.within(std::max(left, std::chrono::nanoseconds(1))));
        if (done) co_return;
        writer_.failed(done.error());
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
    const auto found = co_await document_.read(from);
    if (!found) co_return found.error();
    const auto& there = *found;
    if (there) {
        const auto loaded = co_await load_document(*there);
        if (!loaded) co_return loaded.error();
    } else {
        base::log::info("blob-restored", "there are no persisted expectations yet", {{"key", options_.key}});
    }
    document_.take_over(there);
    now_restored();
    writer_.works();
    co_return base::result<void>();
}

void blob_persistence::now_restored() {
    restored_ = true;
    const std::lock_guard lock(mutex_);
    touching_ = false;
    touched_.clear();
}

asio::awaitable<base::result<void>> blob_persistence::load_document(const blob& found) {
    auto parsed = model::read_expectation_file(found.data);
    if (!parsed.problems.empty()) {
        // Before anything is written over it.
        const auto aside = options_.key + ".broken-" + hexadecimal(checksum_of(found.data));
        const auto put = co_await document_.keep_as(aside, found.data, blob_condition::absent());
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
    writer_.begin();
}

void blob_persistence::changed(std::span<const change> changes) {
    {
        const std::lock_guard lock(mutex_);
        if (touching_) {
            for (const auto& one : changes)
                touched_.insert(one.id);
        }
    }
    writer_.note(changes.size());
}

asio::awaitable<base::result<void>> blob_persistence::kept() {
    co_return base::result<void>();
}

asio::awaitable<bool> blob_persistence::look() {
    if (!options_.clustered || coordinator_) co_return false;
    const bool writes = co_await is_coordinator(); // what the writer before this one did not come to write
    co_return writes;
}

asio::awaitable<bool> blob_persistence::is_coordinator() {
    const auto info = co_await state_.describe();
    coordinator_ = info && std::any_of(info->members.begin(), info->members.end(),
                                       [](const member& one) { return one.coordinator && one.local; });
    co_return coordinator_;
}

asio::awaitable<base::result<void>> blob_persistence::write() {
    if (!restored_) {
        const auto read = co_await read_document(blobs_);
        if (!read) co_return read.error();
    }
    std::uint64_t revision = 0;
    if (options_.clustered) {
        const bool writes = co_await is_coordinator();
        if (!writes) co_return base::result<void>(); // the coordinator does, who heard of the same changes
        const auto info = co_await state_.describe();
        if (!info) co_return info.error();
        revision = info->revision;
    }
    const auto text = write_document(kept_.active(), base::wall_ns());
    blob_metadata metadata;
    if (options_.clustered) metadata.emplace_back(revision_name, std::to_string(revision));
    const blob_document::permission allowed = [&](const blob& found, bool own) -> base::result<void> {
        if (options_.clustered) {
            if (revision_of(found) <= revision) return {};
            return base::error{base::errc::conflict,
                               "the document " + options_.key + " is newer than this node's state"};
        }
        if (own || !document_.owned()) return {};
        return document_.foreign("persistedExpectationsPath");
    };
    const auto done = co_await document_.write(text, metadata, allowed);
    if (!done) co_return done.error();
    co_return base::result<void>();
}

} // namespace mockfleet::store
