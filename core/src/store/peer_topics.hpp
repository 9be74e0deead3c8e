// Questions between the nodes of a fleet: by topic, to all or to some, with a deadline; whatever needs
// another node's answer adds a topic.
#pragma once

#include "base/error.hpp"
#include "plugin/backend.hpp"
#include "store/fleet_clock.hpp"
#include "store/state_client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

struct peer_answer {
    std::string node; ///< the id of the member
    std::string payload;
    std::int64_t clock_bound = 0; ///< ns by which the clocks of the two nodes differed at most
};

/// How a question is asked.
struct ask_options {
    std::vector<std::string> nodes; ///< member ids; empty = every other live node
    std::chrono::milliseconds deadline{5'000};
    /// A node that does not answer is asked again until the deadline, or until it is a member no more. Only
    /// for questions that may be answered twice.
    bool again = true;
    /// Nodes that do not answer are left out of the answers instead of failing the question.
    bool partial = false;
};

/// Every message carries the sender's clock (fleet_clock), so stamps of log entries follow the messages.
///
/// Topics are added before the backend starts. Answering and asking: any thread; the coroutines of answers
/// run on `executor`.
class peer_topics {
public:
    /// Runs for each question; an error goes to the node that asked.
    using handler = std::function<boost::asio::awaitable<base::result<std::string>>(std::string payload)>;

    peer_topics(fleet_clock& clock, boost::asio::any_io_executor executor);

    void add(std::string topic, handler with) { handlers_[std::move(topic)] = std::move(with); }
    /// The backend whose other nodes are asked; before any question.
    void attach(plugin::state_backend& backend) { backend_ = &backend; }
    /// For the host's on_peer: `answer` is called once, now or later.
    void answer(std::string_view topic, std::string_view payload, mf_peer_answer to);
    /// From now on others are told that this node ends; before the executor does.
    void close() { closed_.store(true); }

    /// The answers of all nodes asked; none when alone. Fails closed: an error that names the node when one
    /// that is a member does not answer (unavailable, timeout), or cannot (unsupported: another version).
    [[nodiscard]] boost::asio::awaitable<base::result<std::vector<peer_answer>>>
    ask(std::string topic, std::string payload, ask_options how = {});

    /// Takes over the fleet's clock, which is done once, before anything is stamped.
    [[nodiscard]] boost::asio::awaitable<base::result<void>> join_clock();
    /// Keeps the clocks of several machines together; every second or so.
    [[nodiscard]] boost::asio::awaitable<void> exchange_clocks();

    /// Is the state shared with other nodes? Fixed by learn(). When it is not, nobody need be asked.
    [[nodiscard]] bool clustered() const { return clustered_.load(std::memory_order_relaxed); }
    /// Reads what the backend says of itself; after its start, and again whenever it should be news.
    [[nodiscard]] boost::asio::awaitable<base::result<void>> learn();
    /// How many nodes the fleet had at the last learn().
    [[nodiscard]] std::size_t members() const { return members_.load(std::memory_order_relaxed); }
    /// How many changes the slowest of them had still to apply then.
    [[nodiscard]] std::uint64_t lag() const { return lag_.load(std::memory_order_relaxed); }
    /// This node's id; empty before learn().
    [[nodiscard]] const std::string& own_id() const { return own_id_; }

    static constexpr std::uint8_t format = 1;

private:
    [[nodiscard]] boost::asio::awaitable<base::result<std::string>> run(const handler* with,
                                                                        std::string payload);

    fleet_clock& clock_;
    boost::asio::any_io_executor executor_;
    plugin::state_backend* backend_ = nullptr;
    std::map<std::string, handler, std::less<>> handlers_;
    std::atomic<bool> closed_{false};
    std::atomic<bool> clustered_{false};
    std::atomic<std::size_t> members_{1};
    std::atomic<std::uint64_t> lag_{0};
    std::atomic<bool> known_{false}; ///< own_id_ is written
    bool fresh_ = false;             ///< the next answer sets the clock
    std::string own_id_;
};

} // namespace mockfleet::store
