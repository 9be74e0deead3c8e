// The expectations of this node: a compiled index that I/O threads read without waiting, over the state
// backend, which owns them.
#pragma once

#include "base/error.hpp"
#include "base/left_right.hpp"
#include "matching/rule_index.hpp"
#include "model/expectation.hpp"
#include "store/change_observer.hpp"
#include "store/live_expectation.hpp"
#include "store/log_entry.hpp"
#include "store/prepared_action.hpp"
#include "store/scenario_rule.hpp"
#include "store/shared_kind.hpp"
#include "store/state_client.hpp"
#include "store/text_map.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::store {

class event_log;
class expectation_table;
class scenarios;

/// The state backend is the truth (space `expectations`, key = id). Every write goes there first, on the
/// condition that the entry is still the one the decision was based on, and is then applied to the local
/// index, newer versions winning. Events of the backend lead to changed(), so the nodes of a fleet converge
/// on the same content and no acknowledged write is lost to a race.
class expectations final : public shared_kind {
public:
    struct limits {
        std::size_t max_expectations = 15000; ///< the oldest inserted one goes first (core.md 3.9)
        bool shared_times = true;             ///< of a fleet: times are counted fleet-wide, not by each node
    };
    /// Wall clock in nanoseconds; replaced in tests.
    using wall_clock = std::function<std::int64_t()>;

    /// `machines` and `log` outlive the store. `prepare` runs on control threads, outside of any lock.
    expectations(state_client state, scenarios& machines, action_preparer prepare, event_log& log,
                 limits bounds, wall_clock now = {});
    ~expectations();
    expectations(const expectations&) = delete;
    expectations& operator=(const expectations&) = delete;

    // I/O threads.

    using read_guard = base::left_right<matching::rule_index>::read_guard;
    /// `slot` is the number of the I/O thread. Keep the guard for one request, never over a suspension.
    [[nodiscard]] read_guard read(std::size_t slot) const { return index_.read(slot); }
    /// The expectation that answers (core.md 3.1, 3.7): its use is taken, expired and used-up ones and those
    /// whose scenario is in another state are passed over, percentage is drawn. nullptr when none does.
    /// `now_ns` is wall time, coarse is enough; `slot` as for read(). Valid while `guard` lives.
    /// When it is `undecided`, nothing was taken: await take(), and match again if that said no.
    [[nodiscard]] const live_expectation* match(const read_guard& guard, matching::request_facts& request,
                                                std::int64_t now_ns, std::size_t slot) const;

    /// What an undecided expectation needs to know of its request; made while the guard lives.
    struct claim {
        live_pointer wanted;
        std::string machine; ///< key of the scenario's machine that the request drives
        std::string path;
        /// Set by take(): the use was counted for the definition that has replaced the wanted one meanwhile,
        /// in this version. Matched again, the request has paid for it already.
        std::uint64_t paid = 0;
        /// Set by take(): the version of the counter that shows the use; 0 where there is none, or where the
        /// transaction itself made sure whose counter it was.
        std::uint64_t counted = 0;
    };
    [[nodiscard]] static claim claim_for(const live_expectation& undecided, matching::request_facts& request);
    /// Moves the scenario and takes a use; false when another request was faster, and then this node knows
    /// what that one did. Without `true` neither has happened, but after a timeout: what a backend did not
    /// answer counts as used. Any thread, with no guard held; the answer may take a trip through the fleet.
    boost::asio::awaitable<base::result<bool>> take(claim* asked) const;
    /// After this node was cut off and is back: was the use counted for a definition that had replaced the
    /// wanted one? Sets `paid` then.
    [[nodiscard]] static bool is_outdated(claim* asked);
    /// Is the use that an earlier take() was charged for one of this definition, which needs nothing else?
    [[nodiscard]] static bool is_paid(const claim& earlier, const live_expectation& found);
    /// Gives a use back that nothing answered, unless `definition`, the version that it was counted for
    /// (claim::paid), has been replaced meanwhile.
    boost::asio::awaitable<void> give_back(std::string id, std::uint64_t definition) const;

    /// Number of expectations stored. Any thread.
    [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

    /// `wake` is called, on an I/O thread, when used-up or expired expectations wait to be removed; it should
    /// cause a sweep() on a control thread and is not called again before that. Set it before the first
    /// match.
    void on_spent(std::function<void()> wake) { wake_ = std::move(wake); }

    /// `observer` hears what is stored now and of every change from then on, and outlives the changes; a
    /// write is not done before it is kept. One at most; any thread.
    void observe(change_observer& observer);

    // Control threads.

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// at_once: on an I/O thread, for a single small one. errc::cancelled: nothing was done, since it would
    /// have to wait; what remains to be done after that goes on where on_wait() says.
    enum class pace { may_wait, at_once };
    /// Where an upsert goes on that has begun at once and has to wait; without it none begins at once.
    void on_wait(boost::asio::any_io_executor control) { control_ = std::move(control); }
    [[nodiscard]] bool begins_at_once() const { return alone_.load() && control_; }

    /// Creates and updates (core.md 1.3, 3.2): all or nothing; one element of the result per posted element,
    /// in order. An empty id is filled with a random UUID, a known one keeps its place, times and timeToLive
    /// restart, identical content changes nothing. Of an id given twice in one array the last stays; both are
    /// in the result.
    answer<live_list> upsert(std::vector<model::expectation> posted, pace how = pace::may_wait);
    /// The same for those whose ids are not stored when it is done; the others stay what they are, and are in
    /// the result. Of an id given twice the first counts.
    answer<live_list> add_absent(std::vector<model::expectation> posted);

    /// Each answers how many went; an id that is not stored is no error.
    answer<std::size_t> clear_all();
    answer<std::size_t> clear_id(std::string id);
    /// Those whose own matcher is matched by the filter (core.md 3.11).
    answer<std::size_t> clear_matching(model::request_matcher filter);
    /// Of these those that are still what they were.
    answer<std::size_t> clear_unchanged(live_list seen);
    /// clear_all(); for the endpoint of that name.
    answer<std::size_t> reset() { return clear_all(); }
    /// Removes what is used up or expired.
    answer<std::size_t> sweep();
    /// Removes the oldest inserted ones beyond the limit.
    boost::asio::awaitable<void> evict_surplus();
    /// Who does so after an upsert; in a fleet one node for all. This one unless set.
    void evict_with(std::function<boost::asio::awaitable<void>()> evictor) { evictor_ = std::move(evictor); }

    /// Brings the uses that are shown up to date where the fleet counts them; before active() and find().
    answer<void> refresh_uses();
    /// The usable ones in match order (core.md 3.1).
    [[nodiscard]] live_list active() const;
    [[nodiscard]] std::shared_ptr<const live_expectation> find(std::string_view id) const;
    /// The request matcher of an id, also after the expectation is gone (core.md 1.8: a ring of
    /// max_expectations, emptied by clear_all). A default matcher: it matches every request. nullopt: the id
    /// is unknown to verification, retrieve and clear.
    [[nodiscard]] std::optional<model::request_matcher> matcher_of(std::string_view id) const;

    /// At most so many from the next upsert on. Any thread.
    void set_max_expectations(std::size_t count) { max_.store(count, std::memory_order_relaxed); }

    // As a kind of shared state, on control threads.

    [[nodiscard]] std::string_view key_space() const override { return space; }
    answer<void> load() override;
    boost::asio::awaitable<void> changed(std::string id, std::uint64_t version) override;
    boost::asio::awaitable<void> reread() override;
    /// Of a node that is alone: what is stored so, and what its write on its way finds when it lands.
    [[nodiscard]] bool is_own(std::string_view id, std::uint64_t version) override;

    static constexpr std::string_view space = "expectations";
    /// Counters of uses left, by id, of a fleet that shares them; written in one transaction with the entry.
    static constexpr std::string_view uses_space = "times";

private:
    class upsert_plan;
    struct change {
        std::string id;
        live_pointer added;    ///< null: a removal
        live_pointer expected; ///< removals: only while this is the one stored
    };

    answer<live_list> carry_out(upsert_plan& plan, std::vector<model::expectation> posted, pace how);
    answer<bool> write_through(upsert_plan& plan);
    answer<bool> write_one_by_one(upsert_plan& plan);
    answer<void> take_back(const upsert_plan& plan, std::size_t index);
    boost::asio::awaitable<bool> undo(upsert_plan& plan, std::size_t written);
    answer<bool> find_written(upsert_plan& plan, std::size_t begin, std::size_t end);
    answer<bool> start_over(upsert_plan& plan, std::size_t begin, std::size_t end, base::error reason);
    [[nodiscard]] std::unique_lock<std::mutex> locked(pace how) const;
    [[nodiscard]] bool decide(upsert_plan& plan, pace how);
    boost::asio::awaitable<void> finish(upsert_plan& plan, const base::result<bool>& outcome, pace how);
    boost::asio::awaitable<void> evict(pace how);
    answer<void> read_all();
    /// Which entries are removed: whatever is there, or only what was seen; `victims` keeps those that went.
    enum class removal { whatever, unchanged };
    answer<void> remove_from_backend(live_list& victims, removal which);
    answer<void> clear_backend();
    answer<bool> remove_one(const live_expectation& victim, removal which);
    boost::asio::awaitable<void> forget_scenarios(const live_list& gone);
    /// Whether removed expectations are named in the event log, one entry each.
    enum class removal_notes { none, each };
    answer<std::size_t> remove_these(live_list victims, removal_notes notes = removal_notes::none,
                                     removal which = removal::whatever);
    boost::asio::awaitable<void> fetch(std::string id) override { return fetch(std::move(id), on_own::read); }
    /// A write of this node that is under way is compiled already and comes when it lands.
    enum class on_own { read, skip };
    boost::asio::awaitable<void> fetch(std::string id, on_own how);
    answer<std::size_t> sweep_once();
    [[nodiscard]] std::shared_ptr<live_expectation> compile(model::expectation definition) const;
    [[nodiscard]] base::result<live_pointer> restore(const entry& stored) const;
    void add_change(std::vector<change>& changes, const entry& stored, const live_pointer& earlier) const;
    [[nodiscard]] live_list apply_locked(const std::vector<change>& changes);
    void note_change(entry_type type, const char* format, const live_list& about) const;
    void note_removed(const live_list& about) const;
    [[nodiscard]] std::int64_t now() const;
    void spent() const;
    void tell_removal(change_observer::selection which) const;
    answer<void> kept() const;

    // Uses that the fleet counts, in expectations_uses.cpp.

    [[nodiscard]] std::vector<scenario_move> moves_of(const claim& asked) const;
    answer<bool> take_here(const live_expectation& wanted, std::vector<scenario_move> moves) const;
    answer<bool> take_with_moves(const live_expectation& wanted, std::vector<scenario_move> moves) const;
    answer<bool> take_use(claim* asked) const;
    answer<bool> restore_counter(const live_expectation& wanted) const;
    /// Answers their counters by id, of those that have one.
    answer<text_map<entry>> refresh_uses_of(live_list known) const;
    [[nodiscard]] live_list counted_among(const std::vector<std::shared_ptr<live_expectation>>& posted) const;

    state_client state_;
    scenarios& scenarios_;
    bool shared_times_;
    bool clustered_ = false;
    std::atomic<bool> alone_{false}; ///< known to be: the backend has no other writers
    action_preparer prepare_;
    event_log& log_;
    wall_clock clock_;
    std::function<void()> wake_;
    std::function<boost::asio::awaitable<void>()> evictor_;
    boost::asio::any_io_executor control_;
    std::uint64_t node_ = 0; ///< distinguishes creation orders of nodes
    std::size_t max_batch_ = 0;
    std::atomic<std::size_t> max_;
    std::atomic<std::size_t> size_{0};
    mutable std::atomic<bool> sweep_due_{false};   ///< asked for and not done yet
    mutable std::atomic<bool> sweep_again_{false}; ///< something was spent after that
    std::atomic<bool> sweep_leads_{false};         ///< somebody does what was asked for
    std::atomic<bool> sweep_failed_{false};        ///< the last one did, and it was told
    base::left_right<matching::rule_index> index_;
    mutable std::mutex mutex_; ///< guards table_ and orders writes of index_; never held over co_await
    std::unique_ptr<expectation_table> table_;
    std::atomic<change_observer*> observer_{nullptr}; ///< set under mutex_
};

} // namespace mockfleet::store
