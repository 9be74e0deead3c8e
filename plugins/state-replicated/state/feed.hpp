// Keeps the replica fed: a first copy, one watch from there on, and a new copy when the watch cannot go on.
#pragma once

#include "base/lifetime.hpp"
#include "etcd/engine.hpp"
#include "state/keyspace.hpp"
#include "state/replica.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// All of it on the loop.
class feed {
public:
    feed(boost::asio::io_context& loop, engine& to, const keyspace& keys, replica& copy, plugin::host host);

    /// Copies, then watches; `done` once the replica has what the store had when start was called. Tries
    /// until it succeeds or stop() comes; `done` is not called then.
    void start(std::function<void()> done);
    void stop();
    /// Compares everything with the store.
    void resync(const std::string& reason);

    /// Asks the store how far it is. Called regularly by whoever renews the lease.
    void probe();
    /// When the replica was last known to have all that the store had (CLOCK_BOOTTIME, ns); 0 = never.
    [[nodiscard]] std::int64_t current_at() const { return current_at_; }

    /// The replica has applied something new: to be called after every batch of the watch.
    void applied(std::uint64_t revision);
    /// Calls back once the replica has applied `revision`, which may be one of another fleet's write to the
    /// same store.
    void reach(std::uint64_t revision, std::function<void()> then);

private:
    void copy();
    void next_page(std::string from, std::uint64_t revision, std::uint32_t limit);
    void watch();
    void watch_ended(std::uint64_t compacted, const std::string& reason);
    void again(std::chrono::milliseconds pause, void (feed::*step)());
    void check_store();
    void tick_store();

    boost::asio::io_context& loop_;
    engine& engine_;
    const keyspace& keys_;
    replica& replica_;
    plugin::host host_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer nudge_;
    std::function<void()> first_copy_;
    bool stopped_ = false;
    bool copying_ = false;
    bool watching_ = false;
    bool probing_ = false;
    bool ticking_ = false;
    std::uint64_t copy_number_ = 0; ///< what comes of an earlier copy is ignored
    std::uint64_t probed_ = 0;      ///< revision that the store had at a probe and the replica has not
    std::uint64_t cluster_id_ = 0;
    std::int64_t current_at_ = 0;
    std::multimap<std::uint64_t, std::function<void()>> waiting_;
    lifetime lifetime_;
};

/// Nanoseconds that go on while the machine sleeps.
[[nodiscard]] std::int64_t boot_ns();

} // namespace mockfleet::replicated
