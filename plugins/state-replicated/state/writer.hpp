// Writes of this node: concurrent ones share a transaction, each is answered once every live node has it.
#pragma once

#include "base/inbox.hpp"
#include "base/lifetime.hpp"
#include "base/ticker.hpp"
#include "etcd/engine.hpp"
#include "state/barrier.hpp"
#include "state/feed.hpp"
#include "state/keyspace.hpp"
#include "state/replica.hpp"
#include "state/seat.hpp"

#include <mockfleet/state.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// What the engine takes in one transaction.
struct engine_limits {
    std::size_t operations = 1024;
    std::size_t bytes = 2U << 20; ///< of names and values, before they are encoded
};

/// Values above this are stored in parts of this size.
inline constexpr std::size_t part_bytes = 256U << 10;
inline constexpr std::uint64_t most_value_bytes = 64ULL << 20;
/// A clear takes three operations, more than any other.
[[nodiscard]] constexpr std::uint32_t most_batch(const engine_limits& limits) {
    return static_cast<std::uint32_t>((limits.operations - 4) / 3);
}

/// Names and value are borrowed from the caller until `done`.
struct write_op {
    std::int32_t kind = MF_BATCH_PUT;
    std::string_view space;
    std::string_view key;
    std::string_view value;
    mf_condition condition{};
};

struct pending_write {
    std::vector<write_op> ops;
    bool is_batch = false;
    plugin::state_completion done;
    std::chrono::steady_clock::time_point deadline;
    std::chrono::steady_clock::time_point latest; ///< the caller's own deadline
    std::chrono::milliseconds patience{0};        ///< a large value gets that long for each of its parts

    // The writer's.
    struct stored_parts {
        bool wanted = false;
        bool stored = false;
        write_id by;
        std::uint64_t generation =
            0; ///< of the space when they were begun: a clear since then took them away
    };
    std::vector<stored_parts> parts;
    std::uint64_t committed = 0; ///< the revision, once known
    bool sent = false;           ///< at least once
    bool alone = false;          ///< too large with others

    [[nodiscard]] bool answered() const { return !done; }
};
using write_ptr = std::shared_ptr<pending_write>;

/// All of it on the loop, but submit().
class writer {
public:
    struct parts_of_node {
        boost::asio::io_context& loop;
        engine& store;
        const keyspace& keys;
        const replica& copy;
        feed& fed;
        seat& own;
        barrier& readable; ///< until where reads may be answered
        barrier& visible;  ///< until where writes are complete
        plugin::host host;
    };
    writer(parts_of_node with, engine_limits limits);

    /// Any thread.
    void submit(write_ptr one);
    /// The replica saw a transaction of this life.
    void written(const seen_transaction& one);
    /// The seat came or went.
    void seat_changed();
    /// How many are not answered yet.
    [[nodiscard]] std::size_t outstanding() const;
    /// Answers everything that is open.
    void stop();

private:
    struct flight;
    using flight_ptr = std::shared_ptr<flight>;

    void accept(const write_ptr& one);
    /// Answers when the copy shows already that a condition cannot hold.
    bool refuse_early(const write_ptr& one);
    void choose_parts(pending_write& one) const;
    void store_parts(const write_ptr& one);
    void store_part(const write_ptr& one, std::size_t op, std::uint16_t index);
    void drop_parts(const pending_write& one);

    void pump();
    [[nodiscard]] flight_ptr next_flight();
    void send(const flight_ptr& one);
    void landed(const flight_ptr& one, engine_answer<transaction_result> answer);
    void committed(const flight_ptr& one, std::uint64_t revision, const transaction_result* result);
    void refused(const flight_ptr& one, const transaction_result& result);
    void failed(const flight_ptr& one, const engine_error& error);
    void resolve_doubts();

    void answer(const write_ptr& one, std::uint64_t revision);
    void conflict(const write_ptr& one, std::size_t op, mf_status status, std::optional<replica_entry> winner,
                  std::uint64_t revision);
    void unconfirmed(const write_ptr& one);
    void requeue(const flight_ptr& one);
    void pause_then_pump();
    /// Answers those whose deadline has passed; whether others wait.
    bool answer_late();

    boost::asio::io_context& loop_;
    engine& engine_;
    const keyspace& keys_;
    const replica& replica_;
    feed& feed_;
    seat& seat_;
    barrier& readable_;
    barrier& visible_;
    plugin::host host_;
    engine_limits limits_;

    inbox<write_ptr> inbox_;
    boost::asio::steady_timer pause_;
    ticker deadlines_;
    bool pausing_ = false;
    bool resolving_ = false;
    bool stopped_ = false;
    std::string trouble_; ///< the engine's last complaint, for those whose deadline passes
    std::deque<write_ptr> queue_;
    std::vector<write_ptr> open_;                 ///< everything not answered, and some that are
    std::map<std::uint64_t, flight_ptr> flights_; ///< by sequence
    std::vector<flight_ptr> doubtful_;
    std::size_t in_flight_ = 0;
    lifetime lifetime_;
};

} // namespace mockfleet::replicated
