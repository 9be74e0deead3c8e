// What the replication needs of an engine: transactions, ranges, leases, one watch and the members.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// Why a call has no answer. `unknown`: a transaction was sent and may have been applied.
enum class engine_errc { unavailable, unknown, too_large, no_space, denied, compacted, refused };

struct engine_error {
    engine_errc code = engine_errc::unavailable;
    std::string message; ///< for the operator's log
};

/// `error` counts only when `failed`.
template <class T>
struct engine_answer {
    bool failed = false;
    engine_error error;
    T value{};
};
template <class T>
using engine_done = std::function<void(engine_answer<T>)>;

struct engine_entry {
    std::string key;
    std::string value;
    std::uint64_t mod_revision = 0; ///< 0 = there is no entry
    std::uint64_t create_revision = 0;
    std::uint64_t writes = 0; ///< since it was created
    std::int64_t lease = 0;
};

struct comparison {
    enum class target { mod_revision, create_revision, writes };
    enum class relation { equal, less, greater };
    std::string key;
    target what = target::mod_revision;
    relation how = relation::equal;
    std::uint64_t than = 0;
};

/// `range_end` empty = the one key; `prefix_end` of a prefix = all keys with it.
struct operation {
    enum class kind { put, remove, range };
    kind what = kind::range;
    std::string key;
    std::string range_end;
    std::string value;
    std::int64_t lease = 0;  ///< put
    std::uint32_t limit = 0; ///< range, 0 = all
    bool keys_only = false;  ///< range
};

[[nodiscard]] std::string prefix_end(std::string_view prefix);

struct transaction {
    std::vector<comparison> when;
    std::vector<operation> then;
    std::vector<operation> otherwise;
};

struct operation_result {
    std::vector<engine_entry> entries; ///< range
    std::uint64_t count = 0;           ///< range: all that exist; remove: how many went
    bool more = false;
};

struct transaction_result {
    bool succeeded = false;
    std::uint64_t revision = 0;
    std::vector<operation_result> results; ///< of the branch taken
};

struct range_request {
    std::string key;
    std::string range_end;
    std::uint32_t limit = 0;
    std::uint64_t revision = 0; ///< 0 = the newest
    bool linearizable = true;
    bool keys_only = false;
};

struct range_result {
    std::uint64_t revision = 0; ///< of the store when it was read
    std::vector<engine_entry> entries;
    std::uint64_t count = 0;
    bool more = false;
};

struct watch_event {
    bool removed = false;
    engine_entry entry; ///< mod_revision is that of the removal
};

/// Called in order on the engine's executor. `events` never splits a revision.
struct watch_listener {
    std::function<void(std::vector<watch_event>)> events;
    /// The watch has ended: `compacted` names a revision below which nothing can be watched, else 0
    /// (connection lost, the engine went): the listener reads again and watches anew.
    std::function<void(std::uint64_t compacted, std::string reason)> ended;
};

struct engine_status {
    std::uint64_t cluster_id = 0;
    std::uint64_t member_id = 0;
    std::uint64_t leader = 0; ///< a member's id, 0 = none
    std::uint64_t term = 0;   ///< of the engine's log, as is log_index: who has more of it
    std::uint64_t log_index = 0;
    bool learner = false;
    std::uint64_t revision = 0;
    std::uint64_t store_bytes = 0;
    std::uint64_t store_bytes_in_use = 0;
    std::string version;
    std::vector<std::string> alarms;
};

struct engine_member {
    std::uint64_t id = 0;
    std::string name;
    std::vector<std::string> peer_urls;
    std::vector<std::string> client_urls;
    bool learner = false;
};

/// A client of the engine. All calls from, and all completions on, the executor it was made with; each
/// completion is called exactly once, with `unavailable` (nothing was applied) or `unknown` when the deadline
/// passes.
class engine {
public:
    virtual ~engine() = default;
    virtual void transact(transaction asked, engine_done<transaction_result> done) = 0;
    virtual void range(range_request asked, engine_done<range_result> done) = 0;
    /// Replaces the watch before. Everything under `prefix` from `revision` on.
    virtual void watch(std::string prefix, std::uint64_t revision, watch_listener listener) = 0;
    virtual void end_watch() = 0;
    virtual void grant_lease(std::uint32_t seconds, engine_done<std::int64_t> done) = 0;
    /// Answers the seconds that are left; 0 = there is no such lease any more.
    virtual void renew_lease(std::int64_t lease, engine_done<std::uint32_t> done) = 0;
    virtual void revoke_lease(std::int64_t lease, engine_done<bool> done) = 0;
    virtual void compact(std::uint64_t revision, engine_done<bool> done) = 0;
    virtual void defragment(engine_done<bool> done) = 0;
    virtual void disarm(engine_done<bool> done) = 0; ///< takes back the alarm of a full store
    virtual void status(engine_done<engine_status> done) = 0;
    virtual void members(engine_done<std::vector<engine_member>> done) = 0;
    virtual void add_member(std::string peer_url, bool learner, engine_done<engine_member> done) = 0;
    virtual void promote_member(std::uint64_t id, engine_done<bool> done) = 0;
    virtual void remove_member(std::uint64_t id, engine_done<bool> done) = 0;
    virtual void move_leader(std::uint64_t to, engine_done<bool> done) = 0;
};

} // namespace mockfleet::replicated
