// Loading: one node at a time, each step conditional on the entry that says who loads.
#include "base/log.hpp"
#include "store/file_store.hpp"
#include "store/kept_files.hpp"
#include "store/kept_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

/// The entry that says how far loading is; beside the files, so that clearing them leaves it.
constexpr std::string_view load_space = "files-kept";
constexpr std::string_view load_key = "load";
constexpr std::string_view done_text = "done";
/// And the id of the node that does.
constexpr std::string_view loading_text = "loading ";

/// The state will never take this file.
bool is_refusal(const base::error& why) {
    return why.code == base::errc::invalid;
}

void tell_not_loaded(const std::string& key, const std::string& why) {
    base::log::warn("files-not-loaded", "a file of the blob store cannot be loaded",
                    {{"key", key}, {"error", why}});
}

} // namespace

asio::awaitable<base::result<void>> kept_files::load() {
    // A node that ends need not load any more.
    if (loaded_ || ending_) co_return base::result<void>();
    if (!claimed_) {
        const auto done = co_await claim();
        if (!done) co_return done.error();
        if (!claimed_) co_return base::result<void>(); // nothing to load, or another node does
    }
    if (!to_load_) {
        auto keys = co_await blobs_.list_all(kept_folder);
        if (!keys) co_return keys.error();
        std::reverse(keys->begin(), keys->end());
        to_load_ = std::move(*keys);
    }
    while (claimed_ && !loaded_ && !ending_) {
        if (to_load_->empty()) co_return co_await finish_load();
        const auto done = co_await load_one(to_load_->back());
        if (!done) co_return done.error();
        if (claimed_) to_load_->pop_back();
    }
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> kept_files::claim() {
    const auto info = co_await state_.describe();
    if (!info) co_return info.error();
    const auto mine = std::string(loading_text) + info->node_id;
    const auto found = co_await state_.get(load_space, load_key);
    if (!found && found.error().code != base::errc::not_found) co_return found.error();
    auto when = condition::absent();
    bool needed = options_.restore;
    if (found) {
        if (found->value == done_text) {
            now_loaded();
            co_return base::result<void>();
        }
        const auto other = std::any_of(info->members.begin(), info->members.end(), [&](const member& one) {
            return !one.local && found->value == std::string(loading_text) + one.id;
        });
        if (other) co_return base::result<void>();
        when = condition::unchanged_since(found->version);
    } else {
        // A state that has files lives already, and what it has is right.
        const auto some = co_await state_.scan(file_store::space, {}, 1);
        if (!some) co_return some.error();
        needed = needed && some->entries.empty();
    }
    const auto value = needed ? mine : std::string(done_text);
    const auto put = co_await state_.put(load_space, load_key, value, when);
    if (!put) co_return put.error();
    if (!put->applied) co_return base::result<void>(); // looked at again soon
    if (!needed) {
        now_loaded();
        co_return base::result<void>();
    }
    claimed_ = true;
    claim_ = mine;
    claim_version_ = put->version;
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> kept_files::load_one(std::string key) {
    auto name = name_of_kept_key(key);
    if (!name) {
        tell_not_loaded(key, "its key is none that a stored file gets");
        co_return base::result<void>();
    }
    if (is_touched(*name)) co_return base::result<void>();
    auto found = co_await blobs_.get(key);
    if (!found) {
        if (found.error().code == base::errc::not_found) co_return base::result<void>();
        co_return found.error();
    }
    const auto stored = co_await store_loaded(std::move(*name), std::move(found->data));
    if (stored || !is_refusal(stored.error())) co_return stored;
    tell_not_loaded(key, stored.error().message);
    co_return base::result<void>();
}

/// Unless there is one of this name; whoever has taken loading over, or ended it, is noticed.
asio::awaitable<base::result<void>> kept_files::store_loaded(std::string name, std::string data) {
    if (is_touched(name)) co_return base::result<void>();
    const auto entry_key = file_store::key_of(name);
    std::uint64_t version = 0;
    if (state_.has_batch()) {
        using operation = batch_operation;
        const std::array<operation, 2> both{
            operation{operation::kind::put, load_space, load_key, claim_,
                      condition::unchanged_since(claim_version_)},
            operation{operation::kind::put, file_store::space, entry_key, data, condition::absent()}};
        const auto done = co_await state_.batch(both);
        if (!done) co_return done.error();
        if (!done->applied) {
            claimed_ = done->failed != 0;
            co_return base::result<void>();
        }
        claim_version_ = done->versions[0];
        version = done->versions[1];
    } else {
        const auto entry = co_await state_.get(load_space, load_key);
        if (!entry) co_return entry.error();
        claimed_ = entry->version == claim_version_;
        if (!claimed_) co_return base::result<void>();
        const auto put = co_await state_.put(file_store::space, entry_key, data, condition::absent());
        if (!put) co_return put.error();
        if (!put->applied) co_return base::result<void>();
        version = put->version;
    }
    ++count_;
    if (!is_touched(name)) co_return base::result<void>();
    // Changed here in this very moment: if it was stored and removed again, this brought it back.
    const auto when = condition::unchanged_since(version);
    const auto gone = co_await state_.remove(file_store::space, entry_key, when);
    if (!gone && gone.error().code != base::errc::not_found) co_return gone.error();
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> kept_files::finish_load() {
    const auto when = condition::unchanged_since(claim_version_);
    const auto put = co_await state_.put(load_space, load_key, done_text, when);
    if (!put) co_return put.error();
    claimed_ = put->applied;
    if (!claimed_) co_return base::result<void>();
    now_loaded();
    if (count_ != 0)
        base::log::info("files-restored", "stored files were loaded", {{"files", std::to_string(count_)}});
    co_return base::result<void>();
}

asio::awaitable<base::result<void>> kept_files::forget() {
    if (loaded_) co_return base::result<void>();
    const condition any;
    const auto put = co_await state_.put(load_space, load_key, done_text, any);
    if (!put) co_return put.error();
    now_loaded();
    co_return base::result<void>();
}

void kept_files::now_loaded() {
    const std::lock_guard lock(mutex_);
    loaded_ = true;
    settled_ = true;
    touched_.clear();
}

bool kept_files::is_touched(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return loaded_ || touched_.contains(name);
}

} // namespace mockfleet::store
