// What stands behind fleet_node: the loop's thread and the order of starting and stopping.
#pragma once

#include "fleet_node.hpp"
#include "life/engine_upkeep.hpp"
#include "life/lifecycle.hpp"
#include "node_parts.hpp"
#include "peer/peer_fabric.hpp"
#include "state/peer_calls.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace mockfleet::replicated {

class fleet_node::state {
public:
    state(settings asked, plugin::host host);

    void begin(const mf_state_events& events, plugin::state_completion done);
    /// Returns when the thread has ended; does nothing without one.
    void end();

    /// Null before start has completed and once stop has begun.
    [[nodiscard]] node_parts* running() const { return running_.load(std::memory_order_acquire); }
    [[nodiscard]] bool may_read() const {
        return parts_->own.may_serve() || asked_.isolation == on_isolation::stale;
    }
    [[nodiscard]] bool own_seat_held() const { return parts_->own.may_serve(); }
    [[nodiscard]] const settings& asked() const { return asked_; }
    [[nodiscard]] boost::asio::io_context& loop() { return loop_; }
    [[nodiscard]] std::uint16_t ack_port() const { return ack_port_.load(); }
    [[nodiscard]] const std::string& node_id() const { return node_; }
    [[nodiscard]] std::uint32_t max_batch() const { return max_batch_; }

    void write(const mf_call& call, const write_op& op, plugin::state_completion done);
    void write(const mf_call& call, write_ptr one, plugin::state_completion done);
    void ask_peers(const std::string& topic, const std::string& payload, std::chrono::milliseconds patience,
                   mf_peer_sink sink, plugin::state_completion done);
    plugin::info describe();

private:
    void start_engine();
    void engine_started(const std::string& problem);
    void started();
    [[nodiscard]] std::shared_ptr<engine_upkeep> make_engine_upkeep();
    void fail_start(mf_status status, const std::string& why);

    void leave();
    void drain();
    void end_parts();
    void end_engine();
    void finish();
    [[nodiscard]] member_entry own_entry() const;

    settings asked_;
    plugin::host host_;
    std::string node_;
    std::uint32_t max_batch_;
    boost::asio::io_context loop_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::thread thread_;
    boost::asio::steady_timer drain_timer_;
    boost::asio::steady_timer end_timer_;
    std::chrono::steady_clock::time_point drain_until_;
    std::unique_ptr<peer_fabric> fabric_;
    std::unique_ptr<lifecycle> lifecycle_;
    std::unique_ptr<node_parts> parts_;
    std::unique_ptr<peer_calls> peer_calls_;
    std::shared_ptr<engine_upkeep> engine_upkeep_;
    std::atomic<node_parts*> running_{nullptr};
    std::atomic<node_parts*> described_{nullptr};
    std::atomic<std::uint16_t> ack_port_{0};
    const mf_state_events* events_ = nullptr;
    plugin::state_completion starting_;
    bool ending_ = false;
    bool stage_ended_ = false;
};

} // namespace mockfleet::replicated
