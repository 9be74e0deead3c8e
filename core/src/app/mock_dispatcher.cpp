// Matching, recording and answering on the I/O thread (core.md 3.12).
#include "app/mock_dispatcher.hpp"

#include "actions/prepared_response.hpp"
#include "base/clock.hpp"
#include "control/cors.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mockfleet::app {

namespace {

http::after_answer after(const actions::answer_bytes& bytes) {
    return bytes.close ? http::after_answer::close : http::after_answer::keep_open;
}

actions::wire_answer delayed(actions::wire_answer answer, std::int64_t by_ns) {
    if (!answer.pieces.empty()) answer.pieces.front().wait_ns += by_ns;
    return answer;
}

} // namespace

struct mock_dispatcher::policy {
    explicit policy(const config::settings& settings)
        : cors(settings),
          response_delay_ns(std::max<std::int64_t>(0, settings.integer("globalResponseDelayMillis")) *
                            1'000'000),
          always_close(settings.flag("alwaysCloseSocketConnections")),
          not_found_open(actions::plain_answer(404, {}, {}, true)),
          not_found_close(actions::plain_answer(404, {}, {}, false)) {}

    /// False for the settings that most servers run with: the bytes of the expectation go out as they are.
    [[nodiscard]] bool plain() const { return !cors.for_all_responses && response_delay_ns == 0; }

    control::cors_policy cors;
    std::int64_t response_delay_ns;
    bool always_close;
    actions::answer_bytes not_found_open;
    actions::answer_bytes not_found_close;
};

mock_dispatcher::mock_dispatcher(const control::router& router, control_pool& control,
                                 store::expectations& expectations, store::event_log& log,
                                 control::live_settings& settings, std::size_t io_threads)
    : router_(router), control_(control), expectations_(expectations), log_(log) {
    for (std::size_t i = 0; i < io_threads; ++i)
        workers_.push_back(std::make_unique<worker>());
    settings.on_change([this](const config::settings& now) { apply(now); });
}

mock_dispatcher::~mock_dispatcher() = default;

void mock_dispatcher::apply(const config::settings& settings) {
    auto made = std::make_unique<const policy>(settings);
    const std::lock_guard lock(policies_mutex_);
    policy_.store(made.get(), std::memory_order_release);
    policies_.push_back(std::move(made));
}

void mock_dispatcher::on_request(const model::request_view& request, http::responder& answer,
                                 std::size_t slot) {
    if (router_.handles(request.method, request.path)) {
        control_.run(router_, model::request(request), answer.defer());
        return;
    }
    const auto& now = *policy_.load(std::memory_order_acquire);
    auto& facts = workers_[slot]->facts;
    facts.begin(request);

    store::exchange made;
    made.request = &request;
    made.wall_ns = base::wall_ns();
    made.monotonic_ns = base::monotonic_ns();

    const auto guard = expectations_.read(slot);
    const auto* hit = expectations_.match(guard, facts, made.wall_ns);
    if (hit == nullptr) {
        // A preflight that is granted without an expectation is the browser's business, not the test's.
        if (!control::is_preflight(request)) {
            made.status = 404;
            log_.record(slot, made);
        }
        answer_unmatched(request, answer, now);
        return;
    }

    const auto& action = static_cast<const actions::prepared_response&>(*hit->action);
    const bool keep_alive = request.keep_alive && !now.always_close;
    const bool head_only = request.method == "HEAD";
    const auto chosen = action.choose(keep_alive);
    made.served_by = hit;
    made.response = actions::prepared_response::response_of(hit->definition, chosen);
    made.status = static_cast<std::uint16_t>(chosen.status);
    log_.record(slot, made);

    if (chosen.immediate != nullptr && now.plain()) {
        answer.send(chosen.immediate->for_method(head_only), after(*chosen.immediate));
        return;
    }
    auto headers =
        now.cors.for_all_responses ? control::cors_headers(now.cors, request) : actions::header_list();
    if (chosen.blocking) {
        // The file is read where blocking is allowed; the expectation may go away meanwhile.
        control_.run([owner = hit->shared_from_this(), &action, chosen, keep_alive, head_only,
                      delay_ns = now.response_delay_ns, extra = std::move(headers),
                      reply = std::shared_ptr<http::later>(answer.defer())] {
            reply->run(delayed(action.answer(chosen, keep_alive, head_only, extra), delay_ns));
        });
        return;
    }
    answer.run(delayed(action.answer(chosen, keep_alive, head_only, headers), now.response_delay_ns));
}

void mock_dispatcher::answer_unmatched(const model::request_view& request, http::responder& answer,
                                       const policy& now) const {
    const bool keep_alive = request.keep_alive && !now.always_close;
    // Every preflight that no expectation answers is granted (core.md 3.13).
    if (control::is_preflight(request) || now.cors.for_all_responses) {
        const auto made = actions::plain_answer(control::is_preflight(request) ? 200 : 404,
                                                control::cors_headers(now.cors, request), {}, keep_alive);
        answer.send(made.bytes, after(made));
        return;
    }
    const auto& made = keep_alive ? now.not_found_open : now.not_found_close;
    answer.send(made.bytes, after(made));
}

} // namespace mockfleet::app
