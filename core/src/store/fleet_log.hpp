// The event logs of all nodes as one: verifications, retrieves and clears that any node answers alike.
#pragma once

#include "base/error.hpp"
#include "model/verification.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"
#include "store/log_filter.hpp"
#include "store/peer_topics.hpp"
#include "store/retrieval.hpp"
#include "store/sequence_verification.hpp"
#include "store/verification.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace mockfleet::store {

/// Each node keeps its own log; this asks the others for what a question needs: counts first, entries only
/// when counts do not decide or are not what was asked for, in pages of bounded size. Their entries are
/// merged with this node's by stamp, and the functions that answer for one node answer over the result.
///
/// A node that is a member and does not answer makes the outcome an error that names it (unavailable,
/// timeout): part of a log is no answer. A single node asks nobody. Any thread.
class fleet_log {
public:
    /// Adds its topics to `peers`. Everything outlives it.
    fleet_log(event_log& log, const expectations& live, peer_topics& peers);

    /// Whose log a question is about.
    enum class scope { fleet, this_node };
    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// clusterVerifyFanIn: false makes every verification and retrieve one of this node. Any thread.
    void set_fan_in(bool on) { fan_in_.store(on, std::memory_order_relaxed); }

    /// As store::verify, verify_sequence and retrieve. A verification that does not hold is looked at again,
    /// as long as it gives time and end_waits() was not called; nothing blocks meanwhile.
    answer<std::optional<std::string>> verify(model::verification asked, verification_options options,
                                              scope whose);
    answer<std::optional<std::string>> verify_sequence(model::verification_sequence asked,
                                                       verification_options options, scope whose);
    answer<std::string> retrieve(retrieval asked, scope whose);

    /// The node ends: verifications that wait are answered as they stand. Any thread.
    void end_waits() { ending_.store(true, std::memory_order_relaxed); }

    /// On every node; the CLEARED entry is this node's. What other nodes have cleared stays cleared when one
    /// of them does not answer; asking again does no harm.
    answer<void> clear(std::optional<model::request_matcher> filter);
    answer<void> reset();

    /// About how much is sent in one piece.
    void set_page_size(std::size_t bytes) { page_bytes_ = bytes; }

private:
    /// The logs of all nodes.
    struct merged {
        log_snapshot entries;
        clock_bounds bounds;
        log_tally gone; ///< of the targets, what each log had given up when its entries were read
    };

    [[nodiscard]] bool alone(scope whose) const;
    answer<merged> gather(log_query query, std::span<const verification_target> targets = {});
    answer<log_tally> count(std::span<const verification_target> targets, const log_snapshot* mine);
    answer<void> clear_others(std::string payload);

    answer<std::string> answer_count(std::string payload);
    answer<std::string> answer_entries(std::string payload);
    answer<std::string> answer_clear(std::string payload);

    event_log& log_;
    const expectations& live_;
    peer_topics& peers_;
    std::atomic<bool> fan_in_{true};
    std::atomic<bool> ending_{false};
    std::size_t page_bytes_ = 1U << 20;
};

} // namespace mockfleet::store
