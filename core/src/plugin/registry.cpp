// Open, start, stop and close in their order; every failure becomes one line.
#include "plugin/registry.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "plugin/check.hpp"
#include "plugin/instance.hpp"
#include "plugin/lifecycle_call.hpp"
#include "plugin/timer.hpp"

#include <array>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mockfleet::plugin {

namespace {

constexpr auto tell_author = "tell the plugin's author";

/// The parts that differ between the two tables.
struct state_kind {
    using backend = state_backend;
    using handle = mf_state;
    using reply = mf_state_reply;
    using done = mf_state_done;
    static constexpr const char* name = "state";
    static bool offered(const checked_plugin& from) { return from.has_state; }
    static const mf_state_ops& table(const checked_plugin& from) { return from.state; }
};
struct blob_kind {
    using backend = blob_backend;
    using handle = mf_blob;
    using reply = mf_blob_reply;
    using done = mf_blob_done;
    static constexpr const char* name = "blob";
    static bool offered(const checked_plugin& from) { return from.has_blob; }
    static const mf_blob_ops& table(const checked_plugin& from) { return from.blob; }
};

std::string cause_of(const plugin_host& host, const base::error& failure) {
    std::string cause = words_of(failure.code);
    if (!failure.message.empty()) cause += ": " + failure.message;
    const auto complaint = host.last_complaint();
    // Beside a reason of its own an earlier complaint would only mislead.
    const bool explained = !failure.message.empty() && failure.code != base::errc::timeout;
    if (!complaint.empty() && !explained) cause += "; it said: " + complaint;
    return cause;
}

/// What to do where the plugin itself has not said it.
std::string remedy_of(const base::error& failure) {
    const bool unanswered = failure.code == base::errc::timeout || failure.code == base::errc::unavailable;
    const bool explained = !failure.message.empty() && failure.code != base::errc::timeout &&
                           failure.code != base::errc::internal;
    if (explained) return {};
    return unanswered ? "see whether what the plugin connects to answers"
                      : "correct what the plugin complains about";
}

/// Why an instance was not opened. A plugin that complained has said what to do.
refusal not_opened(const std::string& file, const plugin_host& host, const base::error& failure) {
    auto cause = cause_of(host, failure);
    auto remedy = host.last_complaint().empty() ? remedy_of(failure) : std::string();
    return {file, "open", std::move(cause), {}, std::move(remedy)};
}

std::vector<outstanding_call> outstanding_of(const std::string& plugin) {
    auto calls = outstanding_calls(0, report::always);
    std::erase_if(calls, [&](const outstanding_call& one) { return one.plugin != plugin; });
    return calls;
}

} // namespace

class registry::implementation {
public:
    implementation(registry_options options, host_events events)
        : options_(std::move(options)), events_(std::move(events)) {}

    template <class Kind>
    base::result<typename Kind::backend*> open(base::result<checked_plugin> checked,
                                               std::span<const setting> given) {
        if (!checked) return checked.error();
        auto& opened = of<Kind>();
        if (opened) {
            return to_error({checked->file, "open", std::string("a second ") + Kind::name + " backend", "one",
                             "name one"});
        }
        if (!Kind::offered(*checked)) {
            const auto table = std::string(Kind::name) + " table";
            return to_error(
                {checked->file, "calls", "no " + table, "a " + table, "name a backend that has one"});
        }
        const auto settings = check_settings(checked->keys(), given);
        if (!settings) {
            const auto& problem = settings.error();
            return to_error({checked->file, "settings", problem.found, problem.wanted, problem.remedy});
        }
        instance<typename Kind::backend> made;
        made.file = checked->file;
        const std::string name = checked->descriptor.name;
        made.host = std::make_unique<plugin_host>(name, events_, timers_);
        std::vector<mf_pair> pairs;
        for (const auto& one : *settings)
            pairs.push_back({to_slice(one.first), to_slice(one.second)});
        const auto& table = Kind::table(*checked);
        typename Kind::handle* handle = nullptr;
        auto status = MF_INTERNAL;
        std::string thrown = "open reported success without an instance";
        try {
            status = table.open(made.host->table(), pairs.data(), pairs.size(), &handle);
        } catch (...) {
            thrown = "open threw an exception";
        }
        if (status != MF_OK || handle == nullptr) {
            const base::error failure{base::to_errc(status),
                                      status == MF_OK || thrown == "open threw an exception" ? thrown : ""};
            made.host->forget_held();
            return to_error(not_opened(checked->file, *made.host, failure), failure.code);
        }
        made.host->write_held();
        if (table.calls != MF_CALLS_NONBLOCKING) {
            made.workers = std::make_unique<worker_pool>(
                name, table.calls == MF_CALLS_SERIAL ? 1 : options_.parallel_threads);
        }
        made.backend = std::make_unique<typename Kind::backend>(name, table, handle, made.workers.get());
        opened = std::move(made);
        return opened->backend.get();
    }

    base::result<void> start(state_listener* listener) {
        watch();
        if (blob_) {
            if (auto started = start_one<blob_kind>([](const mf_blob_ops& ops, mf_blob* store,
                                                       mf_blob_done done) { ops.start(store, done); });
                !started) {
                return started;
            }
        }
        if (!state_) return {};
        state_->events = std::make_unique<event_gate>(state_->backend->name(), listener);
        return start_one<state_kind>(
            [events = state_->events->table()](const mf_state_ops& ops, mf_state* state, mf_state_done done) {
                ops.start(state, events, done);
            });
    }

    base::result<void> stop() {
        timers_.drop(this, options_.stop_deadline);
        // The state first: while it stops it may still want to write documents.
        const std::array problems{stop_one<state_kind>(), stop_one<blob_kind>(), close_one<state_kind>(),
                                  close_one<blob_kind>()};
        for (const auto& problem : problems) {
            if (problem) return *problem;
        }
        return {};
    }

    template <class Kind>
    std::optional<instance<typename Kind::backend>>& of() {
        if constexpr (std::is_same_v<Kind, state_kind>)
            return state_;
        else
            return blob_;
    }

    /// Is there a plugin that may still use what belongs to this object?
    [[nodiscard]] bool hung() const { return hung_; }

    [[nodiscard]] const std::string& plugin_dir() const { return options_.plugin_dir; }

private:
    template <class Kind, class Issue>
    base::result<void> start_one(Issue issue) {
        auto& one = *of<Kind>();
        const auto& ops = one.backend->ops();
        one.started = true;
        if (ops.start == nullptr) return {};
        auto* const handle = one.backend->handle();
        auto answered = call_and_wait<typename Kind::reply, typename Kind::done>(
            one.lifecycle_thread(), one.backend->name(), "start", options_.start_deadline,
            [&ops, handle, issue](typename Kind::done done) { issue(ops, handle, done); });
        if (answered) return {};
        one.hangs = answered.error().code == base::errc::timeout;
        const auto failure = answered.error();
        return to_error({one.file, "start", cause_of(*one.host, failure), {}, remedy_of(failure)},
                        failure.code);
    }

    template <class Kind>
    std::optional<base::error> stop_one() {
        auto& slot = of<Kind>();
        if (!slot || slot->ended) return std::nullopt;
        auto& one = *slot;
        const auto& ops = one.backend->ops();
        base::result<void> answered;
        if (one.started && ops.stop != nullptr && !one.hangs) {
            auto* const handle = one.backend->handle();
            answered = call_and_wait<typename Kind::reply, typename Kind::done>(
                one.lifecycle_thread(), one.backend->name(), "stop", options_.stop_deadline,
                [&ops, handle](typename Kind::done done) { ops.stop(handle, done); });
        }
        if (one.events) one.events->close();
        const bool quiet = timers_.drop(one.host.get(), options_.stop_deadline);
        if (!quiet) one.hangs = true;
        if (answered && !quiet) {
            return to_error(
                {one.file, "stop", "a delayed function has not returned", "all have returned", tell_author},
                base::errc::timeout);
        }
        if (answered) return std::nullopt;
        one.hangs = one.hangs || answered.error().code == base::errc::timeout;
        return to_error({one.file, "stop", cause_of(*one.host, answered.error()), "success", tell_author},
                        answered.error().code);
    }

    /// Waits until no call is outstanding, then closes; an instance that hangs is left as it is, because
    /// closing would pull it from under a thread that is still in it.
    template <class Kind>
    std::optional<base::error> close_one() {
        auto& slot = of<Kind>();
        if (!slot || slot->ended) return std::nullopt;
        auto& one = *slot;
        const auto end = base::monotonic_ns() + options_.stop_deadline.count();
        auto left = outstanding_of(one.backend->name());
        while (!left.empty() && base::monotonic_ns() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            left = outstanding_of(one.backend->name());
        }
        if (one.hangs || !left.empty()) {
            hung_ = true;
            one.abandon();
        } else {
            one.workers.reset();
            one.lifecycle.reset();
            one.backend->ops().close(one.backend->handle());
            one.ended = true;
        }
        if (left.empty()) return std::nullopt;
        std::string which;
        for (const auto& call : left)
            which += (which.empty() ? "" : ", ") + call.operation + " '" + call.key + "'";
        return to_error({one.file, "stop", std::to_string(left.size()) + " calls not completed: " + which,
                         "none", tell_author},
                        base::errc::timeout);
    }

    /// Names each call once that is older than it should be, for as long as the registry lives.
    void watch() {
        const auto period =
            static_cast<std::uint64_t>(std::max<std::int64_t>(options_.stuck_after.count() / 4, 1'000'000));
        timers_.run_after(period, this, [this] {
            for (const auto& call : outstanding_calls(options_.stuck_after.count(), report::once)) {
                base::log::warn("plugin-stuck-call", "a plugin has not completed a call",
                                {{"plugin", call.plugin},
                                 {"call", call.operation},
                                 {"key", call.key},
                                 {"milliseconds", std::to_string(call.age_ns / 1'000'000)}});
            }
            watch();
        });
    }

    registry_options options_;
    host_events events_;
    timer timers_;
    std::optional<instance<state_backend>> state_;
    std::optional<instance<blob_backend>> blob_;
    bool hung_ = false;
};

registry::registry(registry_options options, host_events events)
    : self_(std::make_unique<implementation>(std::move(options), std::move(events))) {}

registry::~registry() {
    if (const auto stopped = stop(); !stopped) {
        base::log::error("plugin-stop-failed", "a plugin did not stop", {{"cause", stopped.error().message}});
    }
    if (!self_->hung()) return;
    static auto* const left_to_hanging_plugins = new std::vector<implementation*>;
    left_to_hanging_plugins->push_back(self_.release());
}

base::result<state_backend*> registry::open_state(std::string_view name, std::span<const setting> settings) {
    return self_->open<state_kind>(find_and_check(self_->plugin_dir(), "state", name), settings);
}

base::result<blob_backend*> registry::open_blob(std::string_view name, std::span<const setting> settings) {
    return self_->open<blob_kind>(find_and_check(self_->plugin_dir(), "blob", name), settings);
}

base::result<blob_backend*> registry::open_blob(const mf_plugin& built_in,
                                                std::span<const setting> settings) {
    return self_->open<blob_kind>(check_built_in(built_in), settings);
}

base::result<state_backend*> registry::open_state_file(const std::string& path,
                                                       std::span<const setting> settings) {
    return self_->open<state_kind>(load_and_check(path), settings);
}

base::result<blob_backend*> registry::open_blob_file(const std::string& path,
                                                     std::span<const setting> settings) {
    return self_->open<blob_kind>(load_and_check(path), settings);
}

base::result<void> registry::start(state_listener* listener) {
    return self_->start(listener);
}

base::result<void> registry::stop() {
    return self_->stop();
}

state_backend* registry::state() {
    const auto& opened = self_->of<state_kind>();
    return opened && !opened->ended ? opened->backend.get() : nullptr;
}

blob_backend* registry::blob() {
    const auto& opened = self_->of<blob_kind>();
    return opened && !opened->ended ? opened->backend.get() : nullptr;
}

} // namespace mockfleet::plugin
