// Start, serve, stop: the order of ARCHITECTURE.md.
#include "app/lifecycle.hpp"

#include "actions/prepared_response.hpp"
#include "app/control_pool.hpp"
#include "app/fleet.hpp"
#include "app/forward_settings.hpp"
#include "app/listen_failure.hpp"
#include "app/mock_dispatcher.hpp"
#include "app/node_metrics.hpp"
#include "app/storage.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "control/live_settings.hpp"
#include "control/node_health.hpp"
#include "control/resources.hpp"
#include "control/router.hpp"
#include "http/server.hpp"
#include "plugin/registry.hpp"
#include "store/cassettes.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"
#include "store/file_store.hpp"
#include "store/scenario_timers.hpp"
#include "store/scenarios.hpp"
#include "store/state_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace mockfleet::app {

namespace {

namespace asio = boost::asio;

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_configuration = 78; // EX_CONFIG: trying again does not help

http::server_options server_options_from(const config::settings& settings) {
    http::server_options options;
    options.io_threads = static_cast<std::size_t>(settings.integer("ioThreads"));
    options.bind_address = settings.text("localBoundIP");
    options.max_connections = static_cast<std::size_t>(settings.integer("maxInboundConnections"));
    options.limits.initial_line = static_cast<std::size_t>(settings.integer("maxInitialLineLength"));
    options.limits.head = static_cast<std::size_t>(settings.integer("maxHeaderSize"));
    options.limits.body = static_cast<std::size_t>(settings.integer("maxRequestBodySize"));
    options.backlog = static_cast<int>(settings.integer("soBacklog"));
    options.waits.head = settings.duration("requestHeaderTimeoutMillis");
    options.waits.body_stall = settings.duration("requestBodyTimeoutMillis");
    options.waits.idle = settings.duration("inboundConnectionIdleTimeoutMillis");
    options.waits.write_stall = settings.duration("responseWriteStallTimeoutMillis");
    return options;
}

store::event_log::limits log_limits_from(const config::settings& settings) {
    return {static_cast<std::size_t>(settings.integer("maxLogEntries")),
            static_cast<std::size_t>(settings.integer("maxEventLogSizeInBytes"))};
}

base::log::level log_level_from(const config::settings& settings) {
    auto level = base::log::level::info;
    base::log::parse_level(settings.text("logLevel"), level);
    return level;
}

std::string ports_text(const std::vector<std::uint16_t>& ports) {
    if (ports.size() == 1) return "started on port: " + std::to_string(ports.front());
    std::string list;
    for (const auto port : ports)
        list += (list.empty() ? "" : ", ") + std::to_string(port);
    return "started on ports: [" + list + "]";
}

/// What the control plane may ask of the running server (control/server_control.hpp).
class running_server final : public control::server_control {
public:
    void attach(http::server& server) { server_ = &server; }

    base::result<std::vector<std::uint16_t>> bind(const std::vector<std::uint16_t>& ports) override {
        return server_->bind(ports);
    }
    std::vector<std::uint16_t> ports() const override { return server_->ports(); }

private:
    http::server* server_ = nullptr;
};

plugin::registry_options registry_options_from(const config::settings& settings) {
    plugin::registry_options options;
    options.plugin_dir = plugin_directory(settings);
    // A fleet may have to wait for its other nodes; what it waits for stands in the log.
    if (settings.flag("clusterEnabled"))
        options.start_deadline = settings.duration("clusterStartTimeoutMillis");
    return options;
}

/// Does a part of the start while signals are heeded: it may take as long as a backend or the other nodes let
/// it wait.
template <class Work>
auto interruptibly(asio::io_context& main_loop, std::atomic<bool>& starting, Work work) {
    starting.store(true);
    const auto keep = asio::make_work_guard(main_loop);
    std::thread heeding([&] { main_loop.run(); });
    auto outcome = work();
    starting.store(false);
    main_loop.stop();
    heeding.join();
    main_loop.restart();
    return outcome;
}

/// A later start may do what this one could not: the exit code says so to what supervises.
bool may_pass(base::errc why) {
    return why == base::errc::timeout || why == base::errc::unavailable;
}

/// How long a stop waits for control calls after it has waited for their connections.
constexpr std::chrono::seconds control_patience{5};

} // namespace

int serve(const config::command_line& asked) {
    const auto& settings = asked.values;
    base::log::set_level(log_level_from(settings));
    for (const auto& warning : asked.warnings)
        base::log::warn("configuration", warning);
    std::signal(SIGPIPE, SIG_IGN);

    // The main thread waits here; everything else is driven by the I/O and control threads.
    asio::io_context main_loop(1);
    asio::signal_set signals(main_loop, SIGINT, SIGTERM, SIGHUP);
    const auto leave = [&] { asio::post(main_loop, [&] { main_loop.stop(); }); };
    std::atomic<bool> starting{false};
    signals.async_wait([&](const boost::system::error_code& failure, int) {
        if (failure) return;
        if (starting.load()) {
            base::log::info("stopped", "stopped while waiting for the state backend");
            std::_Exit(exit_ok); // nothing is served yet, and what the plugin started ends with this process
        }
        main_loop.stop();
    });

    base::metrics metrics;
    // What plugins reach from their threads; there from their start to their end.
    std::atomic<fleet*> node{nullptr};
    std::atomic<control::node_health*> watched{nullptr};
    std::atomic<bool> lost{false};
    plugin::registry registry(
        registry_options_from(settings),
        {.lost =
             [&](const std::string&, std::string_view) {
                 lost.store(true);
                 if (auto* health = watched.load()) health->now_lost();
                 if (!starting.load()) leave(); // signals are heeded until the start is done
             },
         .on_peer =
             [&](std::string_view topic, std::string_view payload, mf_peer_answer answer) {
                 if (auto* self = node.load()) return self->answer(topic, payload, answer);
                 answer.call(answer.ctx, MF_UNAVAILABLE, plugin::to_slice("not started yet"));
             },
         .count = [&](const std::string&, std::string_view metric,
                      std::int64_t add) { metrics.count(metric, add); }});
    const auto name = settings.state_backend_name();
    if (settings.flag("clusterEnabled") && name == "memory") {
        std::fprintf(
            stderr, "mockfleet: clusterEnabled is set, but stateBackend memory is of one node; remove one of "
                    "the two\n");
        return exit_configuration;
    }
    const bool names_fleet = settings.from("clusterSeeds") != config::origin::fallback ||
                             settings.from("clusterDnsQuery") != config::origin::fallback ||
                             settings.from("clusterTransportConfig") != config::origin::fallback;
    if (names_fleet && !settings.flag("clusterEnabled"))
        base::log::warn(
            "configuration",
            "the nodes of a fleet are named, but clusterEnabled is not set: this server is alone");
    if (settings.flag("clusterWitness") && !settings.flag("clusterEnabled")) {
        std::fprintf(stderr, "mockfleet: clusterWitness=true needs clusterEnabled=true: a witness votes in a "
                             "fleet; set both, or remove "
                             "clusterWitness\n");
        return exit_configuration;
    }
    if (const auto wrong = forward_problems(settings); !wrong.empty()) {
        for (const auto& one : wrong)
            std::fprintf(stderr, "mockfleet: %s\n", one.c_str());
        return exit_configuration;
    }
    const auto state = registry.open_state(name, settings.state_backend(name));
    if (!state) {
        std::fprintf(stderr, "%s\n", state.error().message.c_str());
        return exit_configuration;
    }

    control::live_settings live(settings);
    live.check_changes(check_forward_change);
    running_server server_control;
    control_pool control(static_cast<std::size_t>(settings.integer("controlThreads")), leave);
    const auto options = server_options_from(settings);
    const auto io_threads = http::thread_count(options);
    store::event_log log(io_threads, log_limits_from(settings));
    const store::state_client shared_state(**state);
    store::scenarios scenarios(shared_state);
    store::scenario_timers scenario_timers(shared_state, scenarios, control.executor());
    store::expectations expectations(
        shared_state, scenarios,
        [](const model::expectation& added) { return std::make_shared<actions::prepared_response>(added); },
        log,
        {static_cast<std::size_t>(settings.integer("maxExpectations")),
         settings.flag("clusterSharedTimesEnabled")});
    // Everything that nodes share: read at the start, and kept up to date by the backend's events.
    control::node_health health(shared_state);
    fleet self(control.executor(), **state, log, expectations, {&scenarios, &scenario_timers, &expectations},
               health);
    node.store(&self);
    watched.store(&health);
    storage kept(control.executor(), settings, expectations, log, shared_state);
    health.add_details([&] { return kept.details(); });
    // A plugin may take its time, and an I/O thread has none.
    if (name == "memory") expectations.on_wait(control.executor());
    expectations.on_spent([&] { asio::co_spawn(control.executor(), expectations.sweep(), asio::detached); });
    live.on_change([&](const config::settings& now) {
        base::log::set_level(log_level_from(now));
        log.set_level(log_level_from(now));
        log.set_limits(log_limits_from(now));
        expectations.set_max_expectations(static_cast<std::size_t>(now.integer("maxExpectations")));
        self.log().set_fan_in(now.flag("clusterVerifyFanIn"));
    });

    const auto end_calls = [&] {
        self.stop();
        kept.stop();
        return control.join(control_patience);
    };
    const auto end_backends = [&](bool answered) {
        kept.close(); // it writes to them
        const auto ended = registry.stop();
        if (!ended) base::log::warn("backend-not-stopped", ended.error().message);
        if (!answered) {
            base::log::error("stop-incomplete", "control calls that wait for the backend were cut off");
            std::_Exit(exit_failure); // they refer to what a return from here would destroy
        }
        node.store(nullptr);
        watched.store(nullptr);
    };
    const auto give_up = [&](const std::string& why, bool again_helps) {
        std::fprintf(stderr, "%s\n", why.c_str());
        end_backends(end_calls());
        return again_helps ? exit_failure : exit_configuration;
    };
    const bool witness = settings.flag("clusterWitness");
    if (!witness) {
        if (const auto opened = kept.open(registry); !opened) return give_up(opened.error().message, false);
    }
    kept.add_metrics(metrics);
    store::file_store files(shared_state, kept.kept_files());
    store::cassettes cassettes(shared_state, kept.documents());
    const control::router router({&live, &expectations, &log, &server_control, &scenarios, &scenario_timers,
                                  &self.log(), &self.status(), &self.peers(), &health, &metrics, &files,
                                  &cassettes});
    mock_dispatcher dispatcher(router, control, expectations, log, live, health, io_threads,
                               settings.duration("clusterBarrierTimeoutMillis"));
    add_node_metrics(metrics, dispatcher, expectations, log, self, health);
    http::server server(options, dispatcher);
    server_control.attach(server);
    bool bound = false;
    const auto bind = [&] {
        const auto opened = server.bind(settings.ports());
        bound = opened.has_value();
        if (!bound) std::fprintf(stderr, "mockfleet: %s\n", listen_failure(settings, opened.error()).c_str());
        return bound;
    };
    // A fleet may let this node wait long: whoever asks it meanwhile is told so, and stands in the log.
    if (settings.flag("clusterEnabled")) log.clock().start_at(base::wall_ns());
    if (settings.flag("clusterEnabled") && !witness && !bind()) {
        end_backends(end_calls());
        return exit_failure;
    }

    if (const auto started =
            interruptibly(main_loop, starting, [&] { return registry.start(&self.listener()); });
        !started)
        return give_up(started.error().message, may_pass(started.error().code));
    if (witness) {
        base::log::info("", "a witness: votes, holds no state and serves no port");
        if (!lost.load()) main_loop.run();
        end_backends(end_calls());
        return lost.load() ? exit_failure : exit_ok;
    }
    const auto joined = interruptibly(main_loop, starting, [&] {
        return asio::co_spawn(control.executor(), self.join(), asio::use_future).get();
    });
    if (!joined)
        return give_up("state-" + name + ": " + joined.error().message, may_pass(joined.error().code));
    const auto loaded = interruptibly(main_loop, starting, [&] {
        return asio::co_spawn(control.executor(), kept.load(settings.flag("clusterEnabled")),
                              asio::use_future)
            .get();
    });
    if (!loaded) return give_up("mockfleet: " + loaded.error().message, false);

    health.now_loaded();
    if (!bound && !bind()) {
        end_backends(end_calls());
        return exit_failure;
    }
    base::log::info("", ports_text(server.ports()));

    if (!lost.load()) main_loop.run();

    base::log::info("stopping",
                    "stopping: running requests are finished, and nothing is waited for but them");
    signals.clear(); // from here on a second signal ends the process at once
    health.now_draining();
    self.log().end_waits();
    scenario_timers.stop();
    server.drain(settings.duration("stopDrainMillis"));
    const bool answered = end_calls();
    if (answered) server.stop(); // it must not end before the answers that it waits for
    end_backends(answered);
    base::log::info("stopped", "stopped");
    return lost.load() ? exit_failure : exit_ok;
}

} // namespace mockfleet::app
