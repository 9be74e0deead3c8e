// PUT /mockserver/clear and /mockserver/reset (core.md 1.5, 1.6).
#include "control/resources.hpp"

#include "base/metrics.hpp"
#include "model/codec.hpp"
#include "store/cassettes.hpp"
#include "store/expectations.hpp"
#include "store/file_store.hpp"
#include "store/fleet_log.hpp"
#include "store/scenario_timers.hpp"

#include <utility>

namespace mockfleet::control {

namespace {

enum scope : std::size_t { log_only, expectations_only, everything };

/// Separate statements: GCC 12 evaluates every co_await of a conditional expression.
store::expectations::answer<std::size_t> clear_expectations(store::expectations* from,
                                                            model::selection selected) {
    if (selected.expectation_id) co_return co_await from->clear_id(*selected.expectation_id);
    if (selected.matcher) co_return co_await from->clear_matching(std::move(*selected.matcher));
    co_return co_await from->clear_all();
}

} // namespace

boost::asio::awaitable<answer> clear(const wiring* parts, call* request) {
    const auto type = request->parameter("type");
    const auto chosen = choose("type", type.empty() ? "all" : type, {"log", "expectations", "all"});
    if (!chosen) co_return error_answer(chosen.error());
    const bool with_log = *chosen != expectations_only;
    const bool with_expectations = *chosen != log_only;

    auto selected = model::read_selection(request->body());
    if (!selected) co_return error_answer(selected.error());

    auto log_filter = selected->matcher;
    if (selected->expectation_id) {
        log_filter = parts->expectations->matcher_of(*selected->expectation_id);
        // Never go on without one: no filter means the whole log.
        if (!log_filter)
            co_return text_answer(400, "No expectation found with id " + *selected->expectation_id);
    }
    // The log first: the entries that tell of removed expectations are to stay.
    if (with_log) {
        const auto cleared = co_await parts->fleet_log->clear(std::move(log_filter));
        if (!cleared) co_return fan_in_answer(cleared.error());
    }
    if (with_expectations) {
        const auto gone = co_await clear_expectations(parts->expectations, std::move(*selected));
        if (!gone) co_return error_answer(gone.error());
    }
    co_return empty_answer(200);
}

boost::asio::awaitable<answer> reset(const wiring* parts, call*) {
    const auto done = co_await parts->expectations->reset();
    if (!done) co_return error_answer(done.error());
    const auto unplanned = co_await parts->scenario_timers->clear();
    if (!unplanned) co_return error_answer(unplanned.error());
    const auto emptied = co_await parts->files->clear();
    if (!emptied) co_return error_answer(emptied.error());
    const auto unlisted = co_await parts->cassettes->clear();
    if (!unlisted) co_return error_answer(unlisted.error());
    const auto cleared = co_await parts->fleet_log->reset();
    if (!cleared) co_return fan_in_answer(cleared.error());
    parts->metrics->reset();
    co_return empty_answer(200);
}

} // namespace mockfleet::control
