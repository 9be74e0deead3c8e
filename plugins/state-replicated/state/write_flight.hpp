// One transaction of several writes: what it asks of the engine, and what the answer means for each write.
#pragma once

#include "state/writer.hpp"

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace mockfleet::replicated {

struct writer::flight {
    /// The status of a write in a transaction that was refused: MF_OK = it was not this one's fault.
    struct verdict {
        mf_status status = MF_OK;
        std::size_t op = 0;
        std::optional<replica_entry> winner;
        bool parts_gone = false; ///< a clear took the parts of its value away before
    };

    flight(const keyspace& with, const replica& copy, std::string own_key, std::uint64_t own_revision,
           write_id id);

    /// False when it cannot travel with what is on board: no room, or the same key.
    bool add(const write_ptr& one, const engine_limits& limits);
    [[nodiscard]] bool full(const engine_limits& limits) const;
    /// Nothing is added after that; `lease` is this node's.
    void close(const keyspace& with, std::int64_t lease);

    /// Keeps what the engine says of the write; null = its answer was lost, and what was seen must do.
    void note_result(std::size_t write, const transaction_result* result);
    void answer(const write_ptr& one, std::uint64_t at) const;
    [[nodiscard]] verdict judge(std::size_t write, const transaction_result& result) const;
    void fail_all(mf_status status, const std::string& why);

    std::uint64_t guard;
    write_id by;
    std::vector<write_ptr> writes;
    transaction asked;
    seen_transaction seen; ///< by the replica

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct place {
        std::size_t then = none;       ///< of the removal
        std::size_t otherwise = none;  ///< of the range of a conditional key
        std::size_t generation = none; ///< of the range of a generation
        std::uint32_t index = 0;       ///< of a put, for its version
        std::uint64_t went = 0;
    };
    struct cost {
        std::size_t then = 0;
        std::size_t conditions = 0;
        std::size_t bytes = 0;
    };
    [[nodiscard]] cost cost_of(const pending_write& one) const;
    [[nodiscard]] bool clashes(const pending_write& one) const;
    void add_op(const pending_write& one, std::size_t at, place& where);
    void put(std::string key, std::string value);
    void remove(std::string key, std::string end);
    std::size_t expect(std::string key, std::uint64_t revision, bool keys_only);

    const keyspace& keys_;
    const replica& replica_;
    std::string own_key_;
    std::vector<std::vector<place>> places_; ///< of each op of each write
    std::unordered_set<std::string> keys_written_;
    std::set<std::string, std::less<>> cleared_;
    std::set<std::string, std::less<>> written_;
    std::size_t bytes_ = 0;
    std::uint32_t puts_ = 0;
    bool signed_ = false; ///< it stores something that carries its id
};

} // namespace mockfleet::replicated
