// Keeps a supervised engine's store small and open for writes: compaction, defragmentation one member at a
// time, the alarm of a full store, members that nobody lists any more.
#pragma once

#include "base/seed_probe.hpp"
#include "etcd/engine.hpp"
#include "settings/settings.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace mockfleet::replicated {

/// What the upkeep asks of the rest of the node.
struct upkeep_view {
    std::function<bool()> coordinates;
    /// The lowest revision that every live node has applied; 0 = not known now.
    std::function<std::uint64_t()> applied_by_all;
    /// Told how many elections there were since the last round; may be empty.
    std::function<void(std::uint64_t)> elected = {};
};

struct upkeep_limits {
    std::chrono::milliseconds period{10'000};
    std::uint64_t kept_revisions = 10'000; ///< behind applied_by_all, for nodes that join or watch anew
    std::uint64_t defragment_above = 256UL << 20; ///< bytes of the file, when half of it is free
    std::uint32_t patience_of_leader = 3;         ///< rounds that followers get before it
    std::uint32_t absent_rounds = 6;              ///< after which a member that is in no seed list is removed
};

/// Of an external engine it only reports alarms: compaction would be everybody's there. All on the loop;
/// start it once the engine is ready, on every node.
class engine_upkeep : public std::enable_shared_from_this<engine_upkeep> {
public:
    /// `probe` may be null. The references outlive stop().
    engine_upkeep(boost::asio::io_context& loop, engine& store, settings of, plugin::logger log,
                  seed_probe* probe, upkeep_view view, upkeep_limits limits = {});

    void start();
    /// No call to the engine follows; answers that are under way are dropped.
    void stop();

private:
    using clock = std::chrono::steady_clock;

    void wait();
    void round();
    void count_elections(std::uint64_t term);
    void full(const engine_status& now);
    void compact(std::uint64_t keep);
    void defragment_when_due(const engine_status& now);
    void defragment(std::function<void()> done);
    void review_members();
    void review(const engine_member& stranger);

    template <class Function>
    auto guarded(Function function) {
        return [self = shared_from_this(), function = std::move(function)](auto&&... with) {
            if (!self->stopped_) function(*self, std::forward<decltype(with)>(with)...);
        };
    }

    boost::asio::io_context& loop_;
    engine& engine_;
    settings of_;
    plugin::logger log_;
    seed_probe* probe_;
    upkeep_view view_;
    upkeep_limits limits_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer turn_;
    std::uint64_t compacted_ = 0;
    std::uint64_t term_ = 0; ///< at the last round, 0 = not known
    std::uint32_t due_rounds_ = 0;
    std::map<std::uint64_t, std::uint32_t> absent_;
    bool freeing_ = false;
    bool stopped_ = false;
};

} // namespace mockfleet::replicated
