// One steady timer per planned move; a cancelled plan is marked, because its timer may have expired already.
#include "store/scenario_timers.hpp"

#include "base/log.hpp"
#include "store/scenario_rule.hpp"
#include "store/scenarios.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace mockfleet::store {

namespace asio = boost::asio;

struct scenario_timers::plan {
    std::string from;
    std::string to;
    std::chrono::milliseconds delay{0};

    [[nodiscard]] std::string encode() const {
        json::value out;
        out.set("from", from);
        out.set("to", to);
        out.set("delayMillis", static_cast<std::int64_t>(delay.count()));
        return json::compact(out);
    }
    [[nodiscard]] static std::optional<plan> decode(std::string_view text) {
        const auto document = json::read_tolerant(text);
        if (!document) return std::nullopt;
        const auto* from = document->find("from");
        const auto* to = document->find("to");
        const auto* delay = document->find("delayMillis");
        std::int64_t millis = 0;
        if (from == nullptr || !from->is_string() || to == nullptr || !to->is_string() || delay == nullptr ||
            !delay->to_int64(millis))
            return std::nullopt;
        return plan{from->as_string(), to->as_string(), std::chrono::milliseconds(millis)};
    }
};

/// The timer is touched with the mutex held; a cancelled one is `over`.
struct scenario_timers::waiting {
    waiting(const asio::any_io_executor& where, plan what, std::uint64_t of)
        : timer(where), planned(std::move(what)), version(of) {}
    asio::steady_timer timer;
    plan planned;
    std::uint64_t version;
    bool over = false;
};

namespace {

/// What a steady clock can add without overflow; nobody waits longer.
constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365 * 10);

void warn_of_backend(const std::string& scenario, const base::error& reason) {
    base::log::warn("scenario-timer-failed", "a timed move of a scenario could not be carried out here",
                    {{"scenario", scenario}, {"error", reason.message}});
}

} // namespace

scenario_timers::scenario_timers(state_client state, scenarios& moved, asio::any_io_executor executor)
    : state_(state), scenarios_(moved), executor_(std::move(executor)) {}

scenario_timers::~scenario_timers() {
    stop();
}

void scenario_timers::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (auto& [name, one] : waiting_) {
        one->over = true;
        one->timer.cancel();
    }
    waiting_.clear();
}

void scenario_timers::arm(std::string scenario, std::string_view value, std::uint64_t version) {
    auto planned = plan::decode(value);
    if (!planned) {
        base::log::error("scenario-timer-unreadable",
                         "a planned move of a scenario in the state backend cannot be read",
                         {{"scenario", scenario}});
        return;
    }
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    auto& place = waiting_[scenario];
    if (place && place->version >= version) return;
    if (place) {
        place->over = true;
        place->timer.cancel();
    }
    place = std::make_shared<waiting>(executor_, std::move(*planned), version);
    place->timer.expires_after(std::clamp(place->planned.delay, std::chrono::milliseconds(0), longest));
    // Under the lock, so that whoever cancels finds something to cancel.
    place->timer.async_wait([this, scenario = std::move(scenario),
                             armed = place](const boost::system::error_code& cancelled) mutable {
        if (cancelled) return;
        {
            const std::lock_guard again(mutex_);
            if (armed->over) return;
        }
        asio::co_spawn(executor_, fire(std::move(scenario), std::move(armed)), asio::detached);
    });
}

void scenario_timers::disarm(const std::string& scenario, std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(scenario);
    if (found == waiting_.end() || found->second->version > version) return;
    found->second->over = true;
    found->second->timer.cancel();
    waiting_.erase(found);
}

asio::awaitable<void> scenario_timers::fire(std::string scenario, std::shared_ptr<waiting> armed) {
    const auto done_with = condition::unchanged_since(armed->version);
    const auto& planned = armed->planned;
    const batch_operation take_out{batch_operation::kind::remove, space, scenario, {}, done_with};
    const bool together = state_.has_batch();
    if (!together) {
        const auto mine = co_await state_.remove(space, scenario, done_with);
        if (!mine || !mine->applied) {
            disarm(scenario, armed->version);
            co_return;
        }
    }
    std::vector<scenario_move> moves;
    moves.push_back({scenario_key(scenario), planned.from, planned.to});
    const auto made = co_await scenarios_.move(std::move(moves), together ? &take_out : nullptr);
    if (!made) warn_of_backend(scenario, made.error());
    // Another node moved it, or the scenario is elsewhere: then the plan has come to nothing.
    if (made && *made != scenarios::outcome::moved && together) {
        const auto gone = co_await state_.remove(space, scenario, done_with);
        if (!gone && gone.error().code != base::errc::not_found) warn_of_backend(scenario, gone.error());
    }
    disarm(scenario, armed->version);
}

scenario_timers::answer<void> scenario_timers::schedule(std::string scenario, std::string from,
                                                        std::string to, std::chrono::milliseconds delay) {
    const auto value = plan{std::move(from), std::move(to), delay}.encode();
    const auto outcome = co_await state_.put(space, scenario, value);
    if (!outcome) co_return outcome.error();
    arm(std::move(scenario), value, outcome->version);
    co_return base::result<void>();
}

scenario_timers::answer<void> scenario_timers::clear() {
    const auto cleared = co_await state_.clear(space);
    if (!cleared) co_return cleared.error();
    co_await reread();
    co_return base::result<void>();
}

scenario_timers::answer<void> scenario_timers::load() {
    std::vector<std::pair<std::string, std::uint64_t>> before;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, one] : waiting_)
            before.emplace_back(name, one->version);
    }
    const auto stored = co_await state_.scan_all(space);
    if (!stored) co_return stored.error();
    text_map<bool> found;
    for (const auto& one : *stored) {
        arm(one.key, one.value, one.version);
        found.emplace(one.key, true);
    }
    for (const auto& [name, version] : before) {
        if (!found.contains(name)) disarm(name, version);
    }
    co_return base::result<void>();
}

asio::awaitable<void> scenario_timers::reread() {
    const auto done = co_await load();
    if (!done) unread({}, done.error());
}

asio::awaitable<void> scenario_timers::changed(std::string key, std::uint64_t version) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = waiting_.find(key);
        if (found == waiting_.end() ? version == 0 : version != 0 && found->second->version >= version)
            co_return;
    }
    co_await fetch(std::move(key));
}

asio::awaitable<void> scenario_timers::fetch(std::string scenario) {
    std::uint64_t known = 0;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = waiting_.find(scenario); found != waiting_.end())
            known = found->second->version;
    }
    const auto got = co_await state_.get(space, scenario);
    if (got)
        arm(std::move(scenario), got->value, got->version);
    else if (got.error().code == base::errc::not_found)
        disarm(scenario, known);
    else
        unread(std::move(scenario), got.error());
}

} // namespace mockfleet::store
