// This node's membership: its lease, its key, and until when it may answer from its copy.
#pragma once

#include "base/lifetime.hpp"
#include "etcd/engine.hpp"
#include "settings/settings.hpp"
#include "state/feed.hpp"
#include "state/keyspace.hpp"
#include "state/members.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace mockfleet::replicated {

/// A node answers from its copy only until a moment before its lease can run out, counted from when it sent
/// the last renewal on a clock that goes on while the machine sleeps: whoever was paused or cut off wakes up
/// fenced, before the others go on without it. It renews only while its copy keeps up with the store.
///
/// All of it on the loop, but may_serve() and serves_from().
class seat {
public:
    seat(boost::asio::io_context& loop, engine& to, const keyspace& keys, feed& fed, const settings& asked,
         std::string node, member_entry self, plugin::host host);

    /// Takes a seat; `done` once this node serves. Tries for ever, and again whenever the seat is lost.
    void start(std::function<void()> done);
    /// Tells the others not to wait for this node any more; it answers no reads from here on. `done` comes
    /// soon, whether the engine answered or not.
    void leave(std::function<void()> done);
    /// Gives the lease and the key back.
    void release(std::function<void()> done);
    void stop();

    [[nodiscard]] bool may_serve() const { return boot_ns() < serve_until_.load(std::memory_order_acquire); }
    /// The revision at which it began to serve, this time: what the host keeps must be as new before it
    /// answers.
    [[nodiscard]] std::uint64_t serves_from() const { return serves_from_.load(std::memory_order_acquire); }
    [[nodiscard]] bool is_serving() const { return phase_ == phase::serving; }

    /// The revision of this node's key: a transaction compares it, so that nothing sent before the seat was
    /// lost or renewed can be applied afterwards. 0 = there is no seat now.
    [[nodiscard]] std::uint64_t guard() const {
        return phase_ == phase::serving || phase_ == phase::leaving ? guard_ : 0;
    }
    [[nodiscard]] std::int64_t lease() const { return lease_; }
    [[nodiscard]] std::string own_key() const { return keys_.member(node_); }
    [[nodiscard]] write_id next_write() { return {self_.life, ++sequence_}; }
    [[nodiscard]] std::uint64_t life() const { return self_.life; }

    /// Writes the key anew: what was sent under the old guard is applied before the revision answered, or
    /// never.
    void renew_guard(std::function<void(std::uint64_t revision)> done);
    /// A transaction found this node's key like that: nullopt or another revision.
    void found_own_key(const std::optional<engine_entry>& entry);
    /// The replica applied a change of it.
    void own_key_changed(const std::optional<engine_entry>& entry);

    std::function<void(bool serving)> on_change; ///< fenced, or serving again

private:
    enum class phase { none, entering, serving, leaving, left };
    void enter();
    void enter_again();
    [[nodiscard]] operation write_of_self();
    /// Writes this node's key if it is still that of this seat.
    [[nodiscard]] transaction write_while_seated();
    void put_self(member_state state, std::function<void(std::uint64_t)> done);
    void clean_up_alone(std::function<void()> done);
    void joined(std::uint64_t revision);
    void serve(std::uint64_t revision);
    void renew();
    void renewed(std::int64_t sent_at);
    void lose(const std::string& reason);
    void check_fence();
    [[nodiscard]] std::int64_t ttl_ns() const;

    boost::asio::io_context& loop_;
    engine& engine_;
    const keyspace& keys_;
    feed& feed_;
    settings asked_;
    std::string node_;
    member_entry self_;
    plugin::host host_;
    boost::asio::steady_timer renew_timer_;
    boost::asio::steady_timer again_timer_;
    phase phase_ = phase::none;
    std::function<void()> started_;
    bool fed_ = false;
    bool renewing_ = false;
    bool fenced_ = false;
    bool stopped_ = false;
    int failures_ = 0;
    std::uint64_t attempt_ = 0; ///< what comes of an earlier one is ignored
    std::int64_t lease_ = 0;
    std::int64_t renewed_at_ = 0;
    std::uint64_t guard_ = 0;
    std::uint64_t since_ = 0;
    std::uint64_t sequence_ = 0;
    bool key_present_ = false;
    std::atomic<std::int64_t> serve_until_{0};
    std::atomic<std::uint64_t> serves_from_{0};
    lifetime lifetime_;
};

} // namespace mockfleet::replicated
