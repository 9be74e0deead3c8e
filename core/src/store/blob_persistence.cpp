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

/// Metadata of the document in a fleet: which one, and the state of its backend that the document is at least
/// as new as. Of different fleets these numbers say nothing.
constexpr std::string_view fleet_name = "fleet";
constexpr std::string_view revision_name = "revision";
/// How often a node of a fleet asks whether it has to write.
constexpr std::chrono::seconds fleet_period{1};
/// How often a node looks whether another one has loaded the document.
constexpr std::chrono::milliseconds turn_period{50};

bool is_of_fleet(const blob& found, std::string_view fleet) {
    return std::any_of(found.metadata.begin(), found.metadata.end(),
                       [fleet](const auto& one) { return one.first == fleet_name && one.second == fleet; });
}

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
      claim_(state, options_.key),
      writer_(*this, paced(options_), {options_.key, "persisted expectations", "mf-blobs"}) {}

asio::awaitable<void> blob_persistence::restore() {
    if (options_.restore_timeout.count() <= 0) {
        if (!options_.clustered) now_restored();
        co_return; // a fleet agrees on it before it writes
    }
    const auto end = base::monotonic_ns() + options_.restore_timeout.count();
    for (auto length = options_.pace.first_pause;;) {
        const auto left = std::chrono::nanoseconds(end - base::monotonic_ns());
        const auto done = co_await restore_once(blobs_.within(std::max(left, std::chrono::nanoseconds(1))));
        if (done) co_return;
        if (!others_turn_) writer_.failed(done.error());
        const std::chrono::nanoseconds rest(end - base::monotonic_ns());
        const bool lasting =
            done.error().code == base::errc::denied || done.error().code == base::errc::invalid;
        const auto pause = others_turn_ ? turn_period : length;
        if (lasting || rest <= pause) {
            base::log::error("blob-restore-late",
                             "the persisted expectations could not be read in time; the node starts without "
                             "them and loads them as soon as it can",
                             {{"key", options_.key}, {"error", done.error().message}});
            co_return;
        }
        if (!others_turn_) length = std::min(length * 2, options_.pace.longest_pause);
        asio::steady_timer waiting(co_await asio::this_coro::executor, pause);
        boost::system::error_code ignored;
        co_await waiting.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

/// Brings this node to where it may write, or says why not yet.
asio::awaitable<base::result<void>> blob_persistence::restore_once(blob_client from) {
    others_turn_ = false;
    if (!options_.clustered) {
        const auto read = co_await read_document(from, true);
        if (!read) co_return read.error();
    } else {
        // A fleet that lives without having begun like this has begun without persistence.
        const bool load = options_.restore_timeout.count() > 0 && kept_.size() == 0;
        const auto turn = co_await claim_.take(load);
        if (!turn) co_return turn.error();
        others_turn_ = *turn == document_claim::turn::another;
        if (others_turn_)
            co_return base::error{base::errc::unavailable, "node " + claim_.loader() +
                                                               " has to load the document " + options_.key +
                                                               " first"};
        if (*turn == document_claim::turn::mine) {
            const auto read = co_await read_document(from, claim_.loads());
            if (!read) co_return read.error();
        }
    }
    now_restored();
    writer_.works();
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> blob_persistence::read_document(blob_client from, bool load) {
    const auto found = co_await document_.read(from);
    if (!found) co_return found.error();
    const auto& there = *found;
    if (there && load) {
        const auto loaded = co_await load_document(*there);
        if (!loaded) co_return loaded.error();
    } else if (there && !holds_nothing(there->data)) {
        const auto aside = options_.key + ".previous";
        const blob_condition always; // named, because GCC 12 destroys some temporaries twice
        const auto kept = co_await document_.keep_as(aside, there->data, always);
        if (!kept) co_return kept.error();
    } else if (!there) {
        base::log::info("blob-restored", "there are no persisted expectations yet", {{"key", options_.key}});
    }
    if (options_.clustered) {
        const auto tag = there ? there->tag : std::string(); // named, as above
        const auto settled = co_await claim_.settle(tag);
        if (!settled) co_return settled.error();
    }
    document_.take_over(there);
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
    heard_ = true;
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
    if (!options_.clustered) co_return false;
    const bool before = coordinator_;
    static_cast<void>(co_await look_at_fleet());
    co_return coordinator_ && !before; // there is what the writer before this one did not come to write
}

/// Learns who writes; answers the revision of this node's state.
asio::awaitable<base::result<std::uint64_t>> blob_persistence::look_at_fleet() {
    const auto info = co_await state_.describe();
    coordinator_ = info && std::any_of(info->members.begin(), info->members.end(),
                                       [](const member& one) { return one.coordinator && one.local; });
    if (!info) co_return info.error();
    co_return info->revision;
}

asio::awaitable<base::result<void>> blob_persistence::write() {
    if (!restored_) {
        const auto read = co_await restore_once(blobs_);
        if (!read && others_turn_) static_cast<void>(co_await look_at_fleet());
        if (!read && others_turn_ && !coordinator_) co_return base::result<void>();
        if (!read) co_return read.error();
    }
    if (options_.clustered) {
        const auto done = co_await write_of_fleet();
        if (!done) co_return done.error();
        co_return base::result<void>();
    }
    const auto text = write_document(kept_.active(), base::wall_ns());
    const blob_metadata none;
    const blob_document::permission allowed = [this](const blob&, bool own) -> base::result<void> {
        if (own || !document_.owned()) return {};
        return document_.foreign("persistedExpectationsPath");
    };
    const auto done = co_await document_.write(text, none, allowed);
    if (!done) co_return done.error();
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> blob_persistence::write_of_fleet() {
    const auto revision = co_await look_at_fleet();
    // The coordinator writes, who heard of the same changes; but it may be gone, and nobody left to notice.
    const bool last_words = ending_ && !coordinator_;
    if (!coordinator_ && !last_words && !amending_) co_return base::result<void>();
    if (!revision) co_return revision.error();
    const auto text = write_document(kept_.active(), base::wall_ns());
    blob_metadata metadata;
    metadata.emplace_back(fleet_name, claim_.fleet());
    metadata.emplace_back(revision_name, std::to_string(*revision));
    bool newer = false;
    bool over_another = false;
    const blob_document::permission allowed = [&](const blob& found, bool own) -> base::result<void> {
        if (is_of_fleet(found, claim_.fleet())) {
            over_another = !own;
            newer = revision_of(found) > *revision;
            if (!newer) return {};
            return base::error{base::errc::conflict,
                               "the document " + options_.key + " is newer than this node's state"};
        }
        if (found.tag == claim_.loaded_tag()) return {};
        return document_.foreign("persistedExpectationsPath");
    };
    const auto done = co_await document_.write(text, metadata, allowed);
    const bool outdone = newer && !coordinator_;
    if (!done && !outdone) co_return done.error();
    // A node that slept between looking and writing has written what it knew then, under a number of then.
    amending_ = done && over_another;
    if (amending_) writer_.note(1);
    co_return base::result<void>();
}

std::uint64_t blob_persistence::stop(std::chrono::milliseconds patience) {
    if (options_.clustered && heard_ && !ending_.exchange(true)) writer_.note(1);
    return writer_.stop(patience);
}

} // namespace mockfleet::store
