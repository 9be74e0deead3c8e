// Timed moves of scenarios: every node waits, one of them moves.
#pragma once

#include "base/error.hpp"
#include "store/shared_kind.hpp"
#include "store/state_client.hpp"
#include "store/text_map.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace mockfleet::store {

class scenarios;

/// Space `scenario-timers`, key = name of the scenario, value = what is to happen and how long after. Each
/// node waits that long from when it learnt of the entry, by its monotonic clock, so that the move happens
/// although a node dies; removal of the entry and the move are one transaction, so it happens once.
class scenario_timers final : public shared_kind {
public:
    /// `moved` outlives the timers; `executor` runs them until stop().
    scenario_timers(state_client state, scenarios& moved, boost::asio::any_io_executor executor);
    ~scenario_timers();
    scenario_timers(const scenario_timers&) = delete;
    scenario_timers& operator=(const scenario_timers&) = delete;

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// After `delay`, if the scenario is in `from` then, it moves to `to`; takes the place of what was
    /// planned for it.
    answer<void> schedule(std::string scenario, std::string from, std::string to,
                          std::chrono::milliseconds delay);
    /// Nothing is planned any more.
    answer<void> clear();
    /// Stops waiting, on this node only: its executor has nothing left to wait for. Any thread.
    void stop();

    // As a kind of shared state.

    [[nodiscard]] std::string_view key_space() const override { return space; }
    answer<void> load() override;
    boost::asio::awaitable<void> changed(std::string key, std::uint64_t version) override;
    boost::asio::awaitable<void> reread() override;

    static constexpr std::string_view space = "scenario-timers";

private:
    struct plan;
    struct waiting;

    boost::asio::awaitable<void> fetch(std::string scenario) override;
    void arm(std::string scenario, std::string_view value, std::uint64_t version);
    void disarm(const std::string& scenario, std::uint64_t version);
    boost::asio::awaitable<void> fire(std::string scenario, std::shared_ptr<waiting> armed);

    state_client state_;
    scenarios& scenarios_;
    boost::asio::any_io_executor executor_;
    std::mutex mutex_; ///< never held over co_await
    text_map<std::shared_ptr<waiting>> waiting_;
    bool stopped_ = false;
};

} // namespace mockfleet::store
