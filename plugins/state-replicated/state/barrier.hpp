// Who has applied which revision, and whoever waits until all live nodes have applied one.
#pragma once

#include "base/ticker.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// Names in a sentence.
[[nodiscard]] std::string joined(const std::vector<std::string>& nodes);

/// A write is complete when this node and every serving member have applied its revision. Members and entries
/// come in one order of revisions, so a node that applied R knows all members that must have R; one that
/// begins to serve at V > R has applied V before it serves.
///
/// All of it on the loop, but floor().
class barrier {
public:
    /// `missing` names the nodes that are waited for; empty = all have it.
    using reached = std::function<void(const std::vector<std::string>& missing)>;

    explicit barrier(boost::asio::io_context& loop);

    /// What every live node has applied. Any thread.
    [[nodiscard]] std::uint64_t floor() const { return floor_.load(std::memory_order_acquire); }
    [[nodiscard]] std::uint64_t applied_by(const std::string& node) const;

    void own_applied(std::uint64_t revision);
    void applied(const std::string& node, std::uint64_t revision);
    /// A member serves since `revision`.
    void serves(const std::string& node, std::uint64_t revision);
    void leaves(const std::string& node);

    /// Calls back at once when it is reached already.
    void wait(std::uint64_t revision, std::chrono::steady_clock::time_point deadline, reached then);
    /// Answers all who wait, and who comes later, as if their deadline had passed.
    void stop();

    [[nodiscard]] std::size_t waiting() const { return waiters_.size(); }
    /// The nodes without `revision`.
    [[nodiscard]] std::vector<std::string> missing(std::uint64_t revision) const;

private:
    struct waiter {
        std::chrono::steady_clock::time_point deadline;
        reached then;
    };
    void settle();
    bool answer_late();
    /// Never empty: for those whose deadline has passed.
    [[nodiscard]] std::vector<std::string> late_for(std::uint64_t revision) const;

    ticker deadlines_;
    bool stopped_ = false;
    std::uint64_t own_ = 0;
    std::map<std::string, std::uint64_t> heard_;   ///< of every node that told something
    std::map<std::string, std::uint64_t> serving_; ///< of those that are waited for
    std::multimap<std::uint64_t, waiter> waiters_; ///< by revision: a step of the floor wakes the front only
    std::atomic<std::uint64_t> floor_{0};
};

} // namespace mockfleet::replicated
