// What is restored, what is written, and who of a fleet writes it.
#include "store/blob_persistence.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/checksum.hpp"
#include "store/expectation_document.hpp"
#include "store/expectations.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
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
/// How often a start that waits looks whether the document is loaded.
constexpr std::chrono::milliseconds look_period{10};

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

/// In a fleet another node may have become the coordinator.
paced_writer::pace paced(const blob_persistence::options& wanted) {
    auto pace = wanted.pace;
    if (wanted.clustered) pace.idle = fleet_period;
    return pace;
}

} // namespace

blob_persistence::blob_persistence(blob_client blobs, state_client state, expectations& kept, options wanted)
    : state_(state), kept_(kept), options_(std::move(wanted)), document_(blobs, options_.key),
      claim_(state, options_.key),
      writer_(*this, paced(options_), {options_.key, "persisted expectations", "mf-blobs"}) {}

asio::awaitable<void> blob_persistence::restore() {
    const auto end = base::monotonic_ns() + options_.restore_timeout.count();
    const auto refused = [this] { return refused_ && !writer_.counted().last_failure.empty(); };
    while (!restored_ && !refused() && base::monotonic_ns() < end) {
        const auto rest = std::chrono::nanoseconds(end - base::monotonic_ns());
        asio::steady_timer waiting(co_await asio::this_coro::executor,
                                   std::min<std::chrono::nanoseconds>(look_period, rest));
        boost::system::error_code ignored;
        co_await waiting.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    awaited_ = false;
    if (restored_ || options_.restore_timeout.count() <= 0) co_return;
    auto why = writer_.counted().last_failure;
    if (why.empty()) why = "the store has not answered yet";
    base::log::error("blob-restore-late",
                     "the persisted expectations could not be read in time; the node starts without "
                     "them and loads them as soon as it can",
                     {{"key", options_.key}, {"error", why}});
}

/// While the start waits for it, another node's turn is no reason for a long pause.
asio::awaitable<base::result<void>> blob_persistence::restore_in_turn() {
    for (;;) {
        const auto done = co_await restore_once();
        if (done) co_return done;
        if (!others_turn_) {
            const auto code = done.error().code;
            refused_ = code == base::errc::denied || code == base::errc::invalid;
        }
        if (!others_turn_ || !awaited_) co_return done;
        asio::steady_timer waiting(co_await asio::this_coro::executor, turn_period);
        boost::system::error_code ignored;
        co_await waiting.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

/// Brings this node to where it may write, or says why not yet.
asio::awaitable<base::result<void>> blob_persistence::restore_once() {
    others_turn_ = false;
    if (!options_.clustered) {
        const auto read = co_await read_document(options_.restore_timeout.count() > 0);
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
            const auto read = co_await read_document(claim_.loads());
            if (!read) co_return read.error();
        }
    }
    now_restored();
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> blob_persistence::read_document(bool load) {
    const auto found = co_await document_.read();
    if (!found) co_return found.error();
    const auto& there = *found;
    if (there && load) {
        const auto loaded = co_await load_document(*there);
        if (!loaded) co_return loaded.error();
    } else if (there) {
        const auto kept = co_await keep_unread(*there);
        if (!kept) co_return kept.error();
    } else {
        base::log::info("blob-restored", "there are no persisted expectations yet", {{"key", options_.key}});
    }
    if (options_.clustered) {
        const auto tag = there ? there->tag : std::string(); // named, because GCC 12 destroys some twice
        const auto settled = co_await claim_.settle(tag);
        if (!settled) co_return settled.error();
    }
    document_.take_over(there);
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> blob_persistence::keep_unread(const blob& found) {
    if (holds_nothing(found.data)) co_return base::result<void>();
    const auto aside = co_await document_.keep_previous(found.data);
    if (!aside) co_return aside.error();
    base::log::warn("persistence-not-loaded",
                    "the persisted expectations that were found are not loaded, and are replaced by those of "
                    "this server; they were kept",
                    {{"key", options_.key}, {"kept-as", *aside}});
    co_return base::result<void>();
}

void blob_persistence::now_restored() {
    restored_ = true;
    const std::lock_guard lock(mutex_);
    touching_ = false;
    touched_.clear();
    removed_.clear();
}

asio::awaitable<base::result<void>> blob_persistence::keep_broken(const blob& found, const problems& all) {
    const auto aside = options_.key + ".broken-" + checksum_digits(found.data);
    const auto absent = blob_condition::absent();
    const auto put = co_await document_.keep_as(aside, found.data, absent);
    if (!put) co_return put.error();
    for (const auto& one : all) {
        base::log::error("initialization-entry", "an expectation of a file cannot be loaded",
                         {{"file", options_.key},
                          {"place", model::place_of(one)},
                          {"id", one.id},
                          {"error", one.what},
                          {"kept-as", aside}});
    }
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> blob_persistence::load_document(const blob& found) {
    auto parsed = model::read_expectation_file(found.data);
    if (!parsed.problems.empty()) {
        // Before anything is written over it.
        const auto kept = co_await keep_broken(found, parsed.problems);
        if (!kept) co_return kept.error();
    }
    definitions posted;
    std::size_t number = 0;
    for (auto& one : parsed.entries) {
        ++number;
        if (one.content.id.empty())
            one.content.id = "restored-" + checksum_digits(one.text) + "-" + std::to_string(number);
        if (is_unchanged(one.content)) posted.push_back(std::move(one.content));
    }
    const auto count = posted.size();
    if (count != 0) {
        const auto added = co_await add_entries(std::move(posted));
        if (!added) co_return added.error();
        static_cast<void>(co_await kept_.sweep()); // lives may have ended meanwhile
    }
    base::log::info("blob-restored", "persisted expectations were loaded",
                    {{"key", options_.key}, {"expectations", std::to_string(count)}});
    co_return base::result<void>();
}

/// Has nobody changed or removed it since this node listens?
bool blob_persistence::is_unchanged(const model::expectation& one) const {
    const std::lock_guard lock(mutex_);
    if (emptied_ || touched_.contains(one.id)) return false;
    return std::none_of(removed_.begin(), removed_.end(),
                        [&one](const selection& which) { return which(one); });
}

asio::awaitable<base::result<void>> blob_persistence::add_entries(definitions posted) {
    definitions wanted;
    if (options_.clustered) wanted = posted;
    adding_thread_ = std::this_thread::get_id();
    const auto stored = co_await kept_.add_absent(std::move(posted));
    adding_thread_ = std::thread::id();
    if (!stored) co_return stored.error();
    // Other nodes may have been faster with some, which was heard of as if it came from the document.
    bool differs = false;
    for (std::size_t i = 0; i < wanted.size() && !differs; ++i)
        differs = !((*stored)[i]->definition == wanted[i]);
    if (differs) {
        heard_ = true;
        writer_.note(1);
    }
    // A removal that came while they were on their way has not seen them.
    live_list removed;
    for (const auto& one : *stored) {
        const auto& definition = one->definition;
        const std::lock_guard lock(mutex_);
        const bool chosen = emptied_ || std::any_of(removed_.begin(), removed_.end(),
                                                    [&](const auto& which) { return which(definition); });
        if (chosen && !touched_.contains(definition.id)) removed.push_back(one);
    }
    if (!removed.empty()) {
        const auto gone = co_await kept_.clear_unchanged(std::move(removed));
        if (!gone) co_return gone.error();
    }
    co_return base::result<void>();
}

void blob_persistence::begin(const live_list&) {
    awaited_ = options_.restore_timeout.count() > 0;
    writer_.begin();
}

void blob_persistence::changed(std::span<const change> changes) {
    if (adding_thread_.load() == std::this_thread::get_id()) return; // the document has it
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

void blob_persistence::removing(selection which) {
    if (restored_) return;
    const std::lock_guard lock(mutex_);
    if (!touching_ || emptied_) return;
    if (which) {
        removed_.push_back(std::move(which));
    } else {
        emptied_ = true;
        removed_.clear();
    }
    // What is not loaded for that has to leave the document too.
    heard_ = true;
    writer_.note(1);
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
        const auto read = co_await restore_in_turn();
        if (!read && others_turn_) {
            const auto looked = co_await look_at_fleet();
            if (!looked) co_return looked.error();
            if (!coordinator_) co_return base::result<void>(); // who is it, writes
        }
        if (!read) co_return read.error();
        if (!heard_) co_return base::result<void>(); // the document is as it is here
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
    if (!revision) co_return revision.error();
    // The coordinator writes, who heard of the same changes; but it may be gone, and nobody left to notice.
    const bool last_words = ending_ && !coordinator_;
    if (!coordinator_ && !last_words && !amending_) co_return base::result<void>();
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
