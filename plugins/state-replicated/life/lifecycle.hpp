// Brings the engine of this node up and down: bootstrap, rejoin, replacement of a lost member, the last of
// two.
#pragma once

#include "base/seed_probe.hpp"
#include "etcd/engine.hpp"
#include "settings/settings.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// The engine as seen by the rest of the plugin. All calls from, and all completions on, the fleet loop.
class lifecycle {
public:
    /// `probe` is already listening and outlives this; it may be null when the fleet is not clustered or
    /// the engine is external.
    lifecycle(boost::asio::io_context& loop, settings asked, plugin::logger log, seed_probe* probe);
    ~lifecycle();
    lifecycle(const lifecycle&) = delete;
    lifecycle& operator=(const lifecycle&) = delete;

    /// Completes with an empty text once the engine answers linearizable reads through client(), or with the
    /// reason why that will never be (no program, bad directory). While it cannot be decided it waits and
    /// says so in the log every few seconds; stop() ends the waiting.
    void start(std::function<void(std::string problem)> done);

    /// Hands leadership over, stops the child; call end_watch and revoke leases before. Completes once the
    /// child is gone. Callable at any time, also during start, whose completion then comes first.
    void stop(std::function<void()> done);

    /// Valid from construction; answers `unavailable` until the engine has endpoints. Lives as long as this.
    [[nodiscard]] engine& client();

    /// The settings with seeds and own place filled in by discovery; complete once start has completed.
    [[nodiscard]] const settings& effective() const;

    /// One line for `not ready because`: empty once start has completed and the engine is usable.
    [[nodiscard]] std::string waiting_for() const;

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace mockfleet::replicated
