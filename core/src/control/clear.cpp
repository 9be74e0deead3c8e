// PUT /mockserver/clear and /mockserver/reset (core.md 1.5, 1.6).
#include "control/resources.hpp"

#include "model/codec.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"

namespace mockfleet::control {

namespace {

enum scope : std::size_t { log_only, expectations_only, everything };

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
        if (!parts->expectations->known(*selected->expectation_id)) {
            co_return text_answer(400, "No expectation found with id " + *selected->expectation_id);
        }
        log_filter = parts->expectations->matcher_of(*selected->expectation_id);
    }
    if (with_expectations) {
        const auto gone =
            selected->expectation_id ? co_await parts->expectations->clear_id(*selected->expectation_id)
            : selected->matcher      ? co_await parts->expectations->clear_matching(*selected->matcher)
                                     : co_await parts->expectations->clear_all();
        if (!gone) co_return error_answer(gone.error());
    }
    if (with_log) {
        if (log_filter)
            parts->log->clear_matching(*log_filter);
        else
            parts->log->clear();
    }
    co_return empty_answer(200);
}

boost::asio::awaitable<answer> reset(const wiring* parts, call*) {
    const auto done = co_await parts->expectations->reset();
    if (!done) co_return error_answer(done.error());
    parts->log->clear();
    co_return empty_answer(200);
}

} // namespace mockfleet::control
