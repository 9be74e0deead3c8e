// The state backend for the rest of core: awaitable calls with owned results over whatever plugin is loaded.
#pragma once

#include "base/error.hpp"
#include "plugin/backend.hpp"
#include "store/pending.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

struct entry {
    std::string key;
    std::string value;
    std::uint64_t version = 0;
};

/// The condition of a write; the default always holds. state.h says what becomes of absent keys.
struct condition {
    std::int32_t kind = MF_IF_ANY;
    std::uint64_t version = 0;

    static condition absent() { return {MF_IF_ABSENT, 0}; }
    static condition unchanged_since(std::uint64_t version) { return {MF_IF_VERSION, version}; }
};

/// A write either was applied (version is the new one) or its condition did not hold: then `winner` is the
/// entry that is there. An absent key that a condition wanted present is the error not_found.
struct write_outcome {
    bool applied = false;
    std::uint64_t version = 0;
    entry winner;
};

struct entry_page {
    std::vector<entry> entries; ///< in bytewise order of the keys
    bool more = false;          ///< scan again after the last key
};

/// Whether this node may answer from what it was told (state.h).
enum class contact : std::int32_t {
    lost = MF_CONTACT_LOST,
    held = MF_CONTACT_HELD,
    stale = MF_CONTACT_STALE
};

/// One operation of a batch; the views are borrowed until the batch is done.
struct batch_operation {
    enum class kind : std::int32_t { put = MF_BATCH_PUT, remove = MF_BATCH_REMOVE, clear = MF_BATCH_CLEAR };
    kind what = kind::put;
    std::string_view space;
    std::string_view key;
    std::string_view value;
    condition when = {};
};

/// Applied: one version per operation, 0 for removals and clears. Else operation `failed` met the entry
/// `winner`.
struct batch_outcome {
    bool applied = false;
    std::vector<std::uint64_t> versions;
    std::size_t failed = 0;
    entry winner;
};

/// `number` is the counter's value now: the new one when applied, else the one that leaves no room.
struct add_outcome {
    bool applied = false;
    std::int64_t number = 0;
    std::uint64_t version = 0;
};

struct peer_reply {
    std::string node;
    base::result<std::string> payload;
};

struct member {
    std::string id;
    std::string address;
    std::string version;
    std::uint64_t lag = 0;
    bool coordinator = false;
    bool local = false;
};

struct state_info {
    std::string node_id;
    bool clustered = false;
    bool visible_everywhere = true;
    std::string cluster_name;
    std::string coordinator;
    std::vector<member> members;
    std::uint64_t revision = 0;
    std::uint64_t max_value_size = 0; ///< bytes; 0 = no limit
    std::uint32_t max_batch = 0;      ///< operations; 0 = no limit
};

/// A value over an open backend: copy it freely. Any thread may call; each coroutine resumes on its own
/// executor. The views given to a call must stay valid until it is done, which awaiting it at once ensures.
class state_client {
public:
    /// `timeout` becomes the deadline of each call, as advice to the plugin; zero = none. `backend` outlives
    /// the client.
    explicit state_client(plugin::state_backend& backend,
                          std::chrono::nanoseconds timeout = std::chrono::seconds(10))
        : backend_(&backend), timeout_(timeout) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// Error not_found when there is no such key.
    answer<entry> get(std::string_view space, std::string_view key) const;
    answer<write_outcome> put(std::string_view space, std::string_view key, std::string_view value,
                              condition when = {}) const;
    /// Error not_found when there is no such key.
    answer<write_outcome> remove(std::string_view space, std::string_view key, condition when = {}) const;
    /// At most `limit` entries after the key `after`; 0 and empty: as many as the plugin likes, from the
    /// first.
    answer<entry_page> scan(std::string_view space, std::string_view after = {},
                            std::uint32_t limit = 0) const;
    /// All entries of a space, page by page; no snapshot.
    answer<std::vector<entry>> scan_all(std::string_view space) const;
    /// Answers how many entries went.
    answer<std::uint64_t> clear(std::string_view space) const;
    answer<batch_outcome> batch(std::span<const batch_operation> operations) const;
    /// Whether they are there or not; in batches where the backend has them, without being one transaction.
    answer<void> remove_all(std::string_view space, std::span<const std::string> keys) const;
    /// Bounded atomic addition; the counter was created by a put of a decimal number.
    answer<add_outcome> add(std::string_view space, std::string_view key, std::int64_t delta,
                            std::int64_t min, std::int64_t max) const;
    /// One reply per other live node; none when alone.
    answer<std::vector<peer_reply>> peers(std::string_view topic, std::string_view payload) const;
    answer<state_info> describe() const;

    /// A few nanoseconds; for every request.
    [[nodiscard]] contact in_contact() const {
        const auto ask = backend_->ops().contact;
        return ask == nullptr ? contact::held : static_cast<contact>(ask(backend_->handle()));
    }
    /// Tells the backend that what its first `events` events changed is acted on (state.h).
    void settled(std::uint64_t events) const {
        if (const auto tell = backend_->ops().settled) tell(backend_->handle(), events);
    }

    /// What a backend may lack.
    [[nodiscard]] bool has_batch() const { return backend_->ops().batch != nullptr; }
    [[nodiscard]] bool has_add() const { return backend_->ops().add != nullptr; }
    [[nodiscard]] const std::string& backend_name() const { return backend_->name(); }

private:
    [[nodiscard]] call_limits limits() const;

    plugin::state_backend* backend_;
    std::chrono::nanoseconds timeout_;
};

} // namespace mockfleet::store
