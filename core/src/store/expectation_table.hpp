// The bookkeeping behind store::expectations: what is live by id and by age, matchers of the past, writes on
// their way.
#pragma once

#include "model/request.hpp"
#include "store/live_expectation.hpp"
#include "store/text_map.hpp"
#include "store/write_flights.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// Not synchronised: expectations guards it with its mutex.
class expectation_table {
public:
    [[nodiscard]] live_pointer find(std::string_view id) const;
    [[nodiscard]] std::size_t size() const { return by_id_.size(); }

    /// Replaces what is stored under its id; answers the replaced one.
    live_pointer put(const live_pointer& added, std::size_t kept);
    live_pointer remove(const std::string& id);
    void clear();

    /// All, the oldest inserted first.
    [[nodiscard]] live_list by_age() const;
    [[nodiscard]] live_list oldest(std::size_t count) const;

    /// A creation order greater than all before on this node, near the wall clock so that nodes interleave by
    /// time; the low bits tell nodes apart.
    [[nodiscard]] std::uint64_t next_order(std::int64_t wall_ns, std::uint64_t node);
    void seen_order(std::uint64_t order);

    /// Grows whenever something was removed from the backend; what was read from there before may be out of
    /// date then.
    [[nodiscard]] std::uint64_t removals() const { return removals_; }
    void count_removal() { ++removals_; }

    /// Does any expectation name this scenario?
    [[nodiscard]] bool uses_scenario(std::string_view name) const { return scenarios_.contains(name); }
    /// Those that have crossProtocolScenarios.
    [[nodiscard]] const live_list& with_events() const { return with_events_; }

    // Request matchers by id: of what is stored, and in a ring also after the expectation is gone
    // (core.md 1.8).

    /// A default matcher when the expectation matches every request; nullopt: the id is unknown.
    [[nodiscard]] std::optional<model::request_matcher> matcher_of(std::string_view id) const;
    void forget_matchers();

    /// Upserts on their way.
    write_flights flights;

    static constexpr std::uint64_t node_bits = 10;

private:
    struct remembered {
        /// A copy, lest an old id keep a whole expectation alive; null: it matches every request.
        std::shared_ptr<const model::request_matcher> matcher;
        std::list<const std::string*>::iterator place;
    };
    struct by_order {
        bool operator()(const live_expectation* left, const live_expectation* right) const {
            if (left->order != right->order) return left->order < right->order;
            return left->definition.id < right->definition.id;
        }
    };
    void remember(const live_pointer& source, std::size_t most);
    void count_in(const live_pointer& added);
    void count_out(const live_expectation& removed);

    text_map<live_pointer> by_id_;
    std::set<const live_expectation*, by_order> by_age_;
    text_map<std::size_t> scenarios_; ///< name -> expectations that name it
    live_list with_events_;
    text_map<remembered> matchers_;
    std::list<const std::string*> remembered_order_; ///< the oldest first; keys of matchers_
    std::uint64_t last_order_ = 0;
    std::uint64_t removals_ = 0;
};

} // namespace mockfleet::store
