// The bookkeeping behind store::expectations: what is live by id and by age, matchers of the past, writes on
// their way.
#pragma once

#include "model/request.hpp"
#include "store/live_expectation.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
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

    // Request matchers by id, kept after the expectation is gone (core.md 1.8).

    /// A default matcher when the expectation matches every request; nullopt: the id is unknown.
    [[nodiscard]] std::optional<model::request_matcher> matcher_of(std::string_view id) const;
    [[nodiscard]] bool remembers(std::string_view id) const { return matchers_.find(id) != matchers_.end(); }
    void forget_matchers();

    // Writes to the backend that have not been applied yet. Events about their ids wait.

    void take_off(const std::string& id) { ++flights_[id].writers; }
    /// True: an event about the id is postponed until the write has landed. `version` 0 = removed.
    [[nodiscard]] bool postpone(const std::string& id, std::uint64_t version);
    void postpone_all();
    /// Ends a write that was applied with `version` (0: it was not). True: the id has to be read again.
    [[nodiscard]] bool land(const std::string& id, std::uint64_t version);

    static constexpr std::uint64_t node_bits = 10;

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <class Value>
    using by_text = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

    struct remembered {
        live_pointer source;
        std::list<const std::string*>::iterator place;
    };
    struct by_order {
        bool operator()(const live_expectation* left, const live_expectation* right) const {
            if (left->order != right->order) return left->order < right->order;
            return left->definition.id < right->definition.id;
        }
    };
    struct flight {
        std::size_t writers = 0;
        std::uint64_t newest = 0; ///< version of the newest event that waits
        bool removed = false;
    };

    void remember(const live_pointer& source, std::size_t most);

    by_text<live_pointer> by_id_;
    std::set<const live_expectation*, by_order> by_age_;
    by_text<remembered> matchers_;
    std::list<const std::string*> remembered_order_; ///< the oldest first; keys of matchers_
    by_text<flight> flights_;
    std::uint64_t last_order_ = 0;
    std::uint64_t removals_ = 0;
};

} // namespace mockfleet::store
