// The expectations of this node: a compiled index that I/O threads read without waiting, over the state
// backend, which owns them.
#pragma once

#include "base/error.hpp"
#include "base/left_right.hpp"
#include "matching/rule_index.hpp"
#include "model/expectation.hpp"
#include "store/live_expectation.hpp"
#include "store/prepared_action.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

class event_log;
class expectation_table;
struct expectation_change;

/// The state backend is the truth (space `expectations`, key = id); every write goes there first, under the
/// condition that the entry is still the one the decision was based on, and is then applied to the local
/// index in the order of the entry's versions. Events of the backend lead to reconcile(), so nodes of a fleet
/// converge on the same content.
class expectations {
public:
    struct limits {
        std::size_t max_expectations = 15000; ///< the oldest inserted one goes first (core.md 3.9)
    };
    /// Wall clock in nanoseconds; replaced in tests.
    using wall_clock = std::function<std::int64_t()>;

    /// `state` and `log` outlive the store. `prepare` runs on control threads, outside of any lock.
    expectations(state_client state, action_preparer prepare, event_log& log, limits bounds,
                 wall_clock now = {});
    ~expectations();
    expectations(const expectations&) = delete;
    expectations& operator=(const expectations&) = delete;

    // I/O threads.

    using read_guard = base::left_right<matching::rule_index>::read_guard;
    /// `slot` is the number of the I/O thread. Keep the guard for one request, never over a suspension.
    [[nodiscard]] read_guard read(std::size_t slot) const { return index_.read(slot); }
    /// The expectation that answers (core.md 3.1, 3.7): its use is taken, expired and used-up ones are passed
    /// over, percentage is drawn. nullptr when none does. `now_ns` is wall time, coarse is enough. Valid
    /// while `guard` lives.
    [[nodiscard]] static const live_expectation* match(const read_guard& guard,
                                                       matching::request_facts& request, std::int64_t now_ns);
    /// Number of expectations stored, for the hint of a 404. Any thread.
    [[nodiscard]] std::size_t size() const;

    // Control threads.

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// Reads everything from the backend; called once before the server listens, and again after events were
    /// missed.
    answer<void> load();

    /// Creates and updates (core.md 1.3, 3.2): all or nothing; one element of the result per posted element,
    /// in order. An empty id is filled with a random UUID, a known one keeps its place, times and timeToLive
    /// restart, identical content changes nothing. Of an id given twice in one array the last wins.
    answer<live_list> upsert(std::vector<model::expectation> posted);

    /// Each answers how many went. An id that is not stored is no error: 0.
    answer<std::size_t> clear_all();
    answer<std::size_t> clear_id(std::string id);
    /// Those whose own matcher is matched by the filter (core.md 3.11).
    answer<std::size_t> clear_matching(model::request_matcher filter);
    /// clear_all() without log entries, and forgets the matchers kept for verification by id.
    answer<void> reset();

    /// Live ones in match order; used-up and expired ones are dropped from the store on this occasion.
    [[nodiscard]] live_list active();
    [[nodiscard]] std::shared_ptr<const live_expectation> find(std::string_view id) const;
    /// The request matcher last stored under an id, also after the expectation is gone (core.md 1.8: a ring
    /// of max_expectations). nullopt: the id is unknown. An engaged one holding a default matcher: the
    /// expectation matches every request.
    [[nodiscard]] std::optional<model::request_matcher> matcher_of(std::string_view id) const;
    /// Is `id` known to verification and to clear by id?
    [[nodiscard]] bool known(std::string_view id) const;

    /// From then on at most so many; what is too many goes with the next upsert.
    void set_max_expectations(std::size_t count);

    // Events of the backend, on a control thread.

    /// Somebody, perhaps this node, changed or removed one entry.
    boost::asio::awaitable<void> reconcile(std::string id);
    /// The whole space was cleared, or events were missed.
    boost::asio::awaitable<void> reconcile_all();

    static constexpr std::string_view space = "expectations";

private:
    struct plan;

    answer<bool> write_through(plan& intended);
    answer<void> undo(plan& intended, std::size_t written);
    boost::asio::awaitable<void> evict_surplus();
    answer<std::size_t> remove_these(live_list victims, bool quietly);
    [[nodiscard]] plan plan_for(const std::vector<model::expectation>& posted, const live_list& compiled);
    [[nodiscard]] std::shared_ptr<live_expectation> compile(model::expectation definition) const;
    void apply(std::vector<expectation_change> changes);

    state_client state_;
    action_preparer prepare_;
    event_log& log_;
    wall_clock now_;
    base::left_right<matching::rule_index> index_;
    mutable std::mutex mutex_; ///< guards table_; never held over co_await; writes of index_ happen under it
    std::unique_ptr<expectation_table> table_;
};

} // namespace mockfleet::store
