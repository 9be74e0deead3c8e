// Matching, recording and answering on the I/O thread (core.md 3.12).
#include "app/mock_dispatcher.hpp"

#include "actions/delay.hpp"
#include "actions/prepared_response.hpp"
#include "base/clock.hpp"
#include "base/random_id.hpp"
#include "control/call.hpp"
#include "control/cors.hpp"
#include "model/response.hpp"
#include "store/event_log.hpp"
#include "upstream/options.hpp"
#include "upstream/route.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::app {

namespace asio = boost::asio;

namespace {

http::after_answer after(const actions::answer_bytes& bytes) {
    return bytes.close ? http::after_answer::close : http::after_answer::keep_open;
}

/// How often a request that lost to others is matched again before it counts as unmatched.
constexpr int most_attempts = 100;

/// Between two looks whether the node is in touch with its fleet again.
constexpr std::chrono::milliseconds look_pause{5};

/// Gives an answer that comes after on_request has returned the same shape as one that comes during it.
class late_responder final : public http::responder {
public:
    late_responder(std::unique_ptr<http::later> reply, http::request_form form, asio::any_io_executor home)
        : reply_(std::move(reply)), form_(form), home_(std::move(home)) {}
    void send(std::string_view bytes, http::after_answer after) override {
        reply_->send(std::string(bytes), after);
    }
    void run(actions::wire_answer answer) override { reply_->run(std::move(answer)); }
    std::unique_ptr<http::later> defer() override { return std::move(reply_); }
    std::unique_ptr<http::answer_stream> stream(http::answer_stream::writer& to) override {
        return reply_->stream(to);
    }
    http::request_form form() override { return form_; }
    asio::any_io_executor home() override { return home_; }

private:
    std::unique_ptr<http::later> reply_;
    http::request_form form_;
    asio::any_io_executor home_;
};

/// Tells that the node is cut off and answers from its copy (clusterOnIsolation).
constexpr const char* stale_header = "x-mockfleet-stale";

/// Only one thread writes it.
void count(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// What a request is told that an expectation has sent around often enough.
std::string hopped_text(std::size_t times) {
    return "MockServer did not forward this request because it has already forwarded it " +
           std::to_string(times) +
           " times, so the forward's target leads back to this MockServer, where the request matched a "
           "forward again: check the forward's host and port, or raise forwardLoopMaxHops if the repeated "
           "forwarding is intended";
}

actions::wire_answer delayed(actions::wire_answer answer, std::int64_t by_ns) {
    if (!answer.pieces.empty()) answer.pieces.front().wait_ns += by_ns;
    return answer;
}

} // namespace

/// An answer of the server itself, and how the log shows it; shared by all requests that get it.
struct mock_dispatcher::refusal {
    explicit refusal(control::answer made) : shown(std::move(made)) {
        recorded.status_code = shown.status;
        recorded.reason_phrase = std::string(model::standard_reason(shown.status));
        for (const auto& [name, value] : shown.headers) {
            model::multi_value_entry one;
            one.name.value = name;
            one.values.emplace_back().value = value;
            recorded.headers.entries.push_back(std::move(one));
        }
        recorded.body.emplace().text = shown.body;
    }
    control::answer shown;
    model::response recorded;
};

struct mock_dispatcher::policy {
    policy(const config::settings& settings, const std::string& loop_mark)
        : cors(settings), routes(settings, loop_mark),
          reach(std::make_shared<const upstream::options>(settings)),
          response_delay_ns(std::max<std::int64_t>(0, settings.integer("globalResponseDelayMillis")) *
                            1'000'000),
          always_close(settings.flag("alwaysCloseSocketConnections")),
          not_found_open(actions::plain_answer(404, {}, {}, true)),
          not_found_close(actions::plain_answer(404, {}, {}, false)) {}

    /// False for the settings that most servers run with: the bytes of the expectation go out as they are.
    [[nodiscard]] bool plain() const { return !cors.for_all_responses && response_delay_ns == 0; }

    control::cors_policy cors;
    upstream::router routes;
    std::shared_ptr<const upstream::options> reach;
    std::int64_t response_delay_ns;
    bool always_close;
    actions::answer_bytes not_found_open;
    actions::answer_bytes not_found_close;
};

/// A request whose expectation the backend decides about. Only its I/O thread touches it.
struct mock_dispatcher::undecided {
    store::expectations::claim asked;
    store::live_pointer hit; ///< once settled; null: nothing answers
    std::optional<base::error> failure;
    std::optional<store::contact> contact; ///< as it was when that was decided
    const model::request_view* borrowed = nullptr;
    std::optional<model::request> owned; ///< when the answer did not come at once
    std::unique_ptr<http::later> reply;  ///< the same
    std::string origin;                  ///< the same, of its form
    bool takes_chunks = true;
    std::size_t slot = 0;
    moment received;
    std::int64_t until_ns = 0; ///< monotonic; how long it may wait for its node to be in touch again
    bool settled = false;
};

mock_dispatcher::mock_dispatcher(const control::router& router, control_pool& control,
                                 store::expectations& expectations, store::event_log& log,
                                 control::live_settings& settings, const control::node_health& health,
                                 std::size_t io_threads, std::chrono::milliseconds patience)
    : router_(router), control_(control), expectations_(expectations), log_(log), health_(health),
      patience_(patience), isolated_(std::make_shared<const refusal>(control::isolated_answer())),
      joining_(std::make_shared<const refusal>(control::joining_answer())),
      loop_mark_("MockServer_" + base::random_id()), forwarding_(log, io_threads, loop_mark_) {
    for (std::size_t i = 0; i < io_threads; ++i)
        workers_.push_back(std::make_unique<worker>());
    settings.on_change([this](const config::settings& now) { apply(now); });
}

mock_dispatcher::~mock_dispatcher() = default;

mock_dispatcher::counts mock_dispatcher::counted() const {
    counts sum;
    for (const auto& one : workers_) {
        sum.received += one->received.load(std::memory_order_relaxed);
        sum.matched += one->matched.load(std::memory_order_relaxed);
        sum.unmatched += one->unmatched.load(std::memory_order_relaxed);
        sum.forwarded += one->forwarded.load(std::memory_order_relaxed);
    }
    return sum;
}

void mock_dispatcher::apply(const config::settings& settings) {
    auto made = std::make_unique<const policy>(settings, loop_mark_);
    const std::lock_guard lock(policies_mutex_);
    policy_.store(made.get(), std::memory_order_release);
    policies_.push_back(std::move(made));
}

void mock_dispatcher::on_request(const model::request_view& request, http::responder& answer,
                                 std::size_t slot) {
    count(workers_[slot]->received);
    if (router_.handles(request.method, request.path)) {
        if (answer_here(request, answer)) return;
        control_.run(router_, model::request(request), answer.defer());
        return;
    }
    if (!health_.is_loaded()) {
        // Whoever waits for the node asks on a new connection, which the balancer may send elsewhere.
        refuse({request, answer, slot, {base::wall_ns(), log_.clock().early()}}, joining_, false);
        return;
    }
    auto& facts = workers_[slot]->facts;
    facts.begin(request);
    const moment received{base::wall_ns(), log_.clock().now()};
    std::shared_ptr<undecided> open;
    {
        const auto guard = expectations_.read(slot);
        const auto* hit = expectations_.match(guard, facts, received.wall_ns, slot);
        if (hit == nullptr || !hit->undecided) {
            respond({request, answer, slot, received}, hit, health_.in_contact());
            return;
        }
        open = std::make_shared<undecided>();
        open->asked = store::expectations::claim_for(*hit, facts);
    }
    open->borrowed = &request;
    open->slot = slot;
    open->received = received;
    open->until_ns = base::monotonic_ns() + std::chrono::nanoseconds(patience_).count();
    // Runs at once, and with a backend in memory to the end.
    asio::co_spawn(answer.home(), decide(open), asio::detached);
    if (open->settled) {
        finish(*open, request, answer);
        return;
    }
    open->owned.emplace(request);
    open->borrowed = &open->owned->view();
    const auto form = answer.form();
    open->origin = form.origin;
    open->takes_chunks = form.takes_chunks;
    open->reply = answer.defer();
}

/// A control call on its way on an I/O thread.
struct mock_dispatcher::short_call {
    explicit short_call(const model::request_view& asked) : request(asked) {}
    model::request request;
    std::optional<control::answer> made;
    std::unique_ptr<http::later> reply; ///< when the answer did not come at once
    [[nodiscard]] actions::answer_bytes bytes() const {
        return actions::plain_answer(made->status, made->headers, made->body, request.view().keep_alive);
    }
};

asio::awaitable<void> mock_dispatcher::call_here(std::shared_ptr<short_call> open) {
    open->made = co_await router_.attempt(&open->request);
    if (!open->reply) co_return;
    if (open->made->left_over) {
        control_.run(router_, std::move(open->request), std::move(open->reply));
        co_return;
    }
    auto bytes = open->bytes();
    open->reply->send(std::move(bytes.bytes), after(bytes));
}

/// False: the call is one for a control thread.
bool mock_dispatcher::answer_here(const model::request_view& request, http::responder& answer) {
    if (!expectations_.begins_at_once() || !control::router::is_short(request)) return false;
    const auto open = std::make_shared<short_call>(request);
    // Runs at once, and to the end unless the answer waits for the disk.
    asio::co_spawn(answer.home(), call_here(open), asio::detached);
    if (!open->made) {
        open->reply = answer.defer();
        return true;
    }
    if (open->made->left_over) return false;
    const auto bytes = open->bytes();
    answer.send(bytes.bytes, after(bytes));
    return true;
}

asio::awaitable<void> mock_dispatcher::decide(std::shared_ptr<undecided> open) {
    co_await settle(*open);
    open->settled = true;
    if (!open->reply) co_return;
    auto home = co_await asio::this_coro::executor;
    late_responder answer(std::move(open->reply), {open->origin, open->takes_chunks}, std::move(home));
    finish(*open, *open->borrowed, answer);
}

/// Pauses until the node is in touch with its fleet; false when the request has waited long enough, or the
/// node ends.
asio::awaitable<bool> mock_dispatcher::in_touch(const undecided& open) const {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    do {
        if (health_.is_draining() || base::monotonic_ns() >= open.until_ns) co_return false;
        timer.expires_after(look_pause);
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    } while (health_.in_contact() != store::contact::held);
    co_return true;
}

asio::awaitable<void> mock_dispatcher::settle(undecided& open) {
    bool again = true;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        // Nothing can be taken while the node is cut off, as a rule for a moment only; then what it knows is
        // out of date.
        if (health_.in_contact() != store::contact::held) {
            const bool back = co_await in_touch(open);
            if (!back) {
                open.contact = store::contact::lost;
                co_return;
            }
            if (!match_again(open)) co_return;
        }
        const auto won = co_await expectations_.take(&open.asked);
        if (won && *won) {
            const bool decided = co_await hold(open);
            if (decided) co_return;
            continue;
        }
        if (!won) {
            // Cut off between the look and the call, as a rule: nothing was taken.
            bool once_more =
                won.error().code == base::errc::unavailable && base::monotonic_ns() < open.until_ns;
            if (once_more && health_.in_contact() != store::contact::held)
                once_more = co_await in_touch(open);
            else if (once_more)
                once_more = std::exchange(again, false);
            if (!once_more) {
                open.failure = won.error();
                co_return;
            }
        }
        // Another request was faster, and what it left behind is known here now; or time has passed.
        if (!match_again(open)) co_return;
    }
}

/// False when that decides it.
bool mock_dispatcher::match_again(undecided& open) {
    auto& facts = workers_[open.slot]->facts;
    facts.begin(*open.borrowed);
    const auto guard = expectations_.read(open.slot);
    const auto* hit = expectations_.match(guard, facts, open.received.wall_ns, open.slot);
    const bool paid = hit != nullptr && store::expectations::is_paid(open.asked, *hit);
    if (!paid) give_back(open.asked, open.asked.paid);
    if (hit == nullptr) return false;
    if (paid || !hit->undecided) {
        open.hit = hit->shared_from_this();
        return false;
    }
    open.asked = store::expectations::claim_for(*hit, facts);
    return true;
}

/// What was taken answers, even if the node is cut off just now; but then it has to hear first whether it is
/// still that definition which was charged. False: it has to be decided anew.
asio::awaitable<bool> mock_dispatcher::hold(undecided& open) {
    open.hit = open.asked.wanted;
    open.contact = health_.in_contact();
    while (*open.contact == store::contact::lost) {
        const bool back = co_await in_touch(open);
        if (!back) {
            give_back(open.asked, open.hit->counted ? open.hit->version : 0);
            break;
        }
        if (store::expectations::is_outdated(&open.asked)) {
            open.hit = nullptr;
            open.contact.reset();
            co_return !match_again(open);
        }
        open.contact = health_.in_contact();
    }
    co_return true;
}

void mock_dispatcher::give_back(const store::expectations::claim& charged, std::uint64_t definition) {
    if (definition == 0) return;
    asio::co_spawn(control_.executor(), expectations_.give_back(charged.wanted->definition.id, definition),
                   asio::detached);
}

void mock_dispatcher::finish(undecided& open, const model::request_view& request, http::responder& answer) {
    const course of{request, answer, open.slot, open.received};
    if (open.failure) return refuse(of, refusal_of(open.slot, *open.failure), true);
    respond(of, open.hit.get(), open.contact ? *open.contact : health_.in_contact());
}

void mock_dispatcher::respond(const course& of, const store::live_expectation* hit, store::contact contact) {
    const auto& [request, answer, slot, received] = of;
    const auto& now = *policy_.load(std::memory_order_acquire);
    // After matching and right before the answer: what was matched is still what the fleet has.
    if (contact == store::contact::lost) {
        if (hit != nullptr && !hit->undecided) hit->put_back_use();
        return refuse(of, isolated_, true);
    }
    count(hit != nullptr ? workers_[slot]->matched : workers_[slot]->unmatched);
    auto made = exchange_of(of);
    const bool stale = contact == store::contact::stale;
    const auto further_headers = [&] {
        auto headers =
            now.cors.for_all_responses ? control::cors_headers(now.cors, of.request) : actions::header_list();
        if (stale) headers.emplace_back(stale_header, "true");
        return headers;
    };
    if (hit == nullptr) {
        // A preflight that is granted without an expectation is the browser's business, not the test's.
        if (!control::is_preflight(request)) {
            if (forward_unmatched(made, now, answer, slot, further_headers())) return;
            made.status = 404;
            log_.record(slot, made);
        }
        answer_unmatched(request, answer, now);
        return;
    }

    const auto& action = static_cast<const actions::prepared_response&>(*hit->action);
    const bool keep_alive = request.keep_alive && !now.always_close;
    const bool head_only = request.method == "HEAD";
    made.served_by = hit;
    if (const auto* const forward = action.forward()) {
        count(workers_[slot]->forwarded);
        forward_matched(*forward, made, now, answer, slot, further_headers());
        return;
    }
    const auto chosen = action.choose(keep_alive);
    made.response = actions::prepared_response::response_of(hit->definition, chosen);
    made.status = static_cast<std::uint16_t>(chosen.status);
    log_.record(slot, made);

    if (chosen.immediate != nullptr && now.plain() && !stale) {
        answer.send(chosen.immediate->for_method(head_only), after(*chosen.immediate));
        return;
    }
    auto headers = further_headers();
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

void mock_dispatcher::forward_matched(const model::http_forward& action, const store::exchange& received,
                                      const policy& now, http::responder& answer, std::size_t slot,
                                      actions::header_list extra) {
    const bool keep_alive = received.request->keep_alive && !now.always_close;
    if (now.routes.has_hopped_enough(*received.request)) {
        refuse_unforwarded(received, 508, {}, hopped_text(now.routes.most_hops()), keep_alive, answer, slot);
        return;
    }
    forwarded_request made;
    made.request = received.request;
    made.recorded = received;
    made.to.host = action.host;
    made.to.tls = action.scheme == "HTTPS";
    // There is no port 0 either, so that a number that is none is refused like that one.
    made.to.port = static_cast<std::uint16_t>(action.port > 0 && action.port <= 65535 ? action.port : 0);
    made.host = upstream::host_header(made.to);
    made.loop_header = upstream::hop_header;
    made.delay_ns = actions::sample_ns(action.delay) + now.response_delay_ns;
    made.keep_alive = keep_alive;
    made.takes_chunks = answer.form().takes_chunks;
    made.extra = std::move(extra);
    forwarding_.start(std::move(made), now.reach, answer, slot);
}

void mock_dispatcher::refuse_unforwarded(const store::exchange& received, std::uint16_t status,
                                         const actions::header_list& headers, std::string body,
                                         bool keep_alive, http::responder& answer, std::size_t slot) {
    const auto shown = actions::plain_answer(status, headers, body, keep_alive);
    auto refused = received;
    refused.forwarded = std::make_shared<store::forwarded_answer>();
    log_.record(slot, refused);
    refused.forwarded->failed(body, status, body);
    answer.send(shown.for_method(received.request->method == "HEAD"), after(shown));
}

/// False: the request goes nowhere.
bool mock_dispatcher::forward_unmatched(const store::exchange& received, const policy& now,
                                        http::responder& answer, std::size_t slot,
                                        actions::header_list extra) {
    const auto& request = *received.request;
    auto way = now.routes.decide(request, answer.form().origin);
    const bool keep_alive = request.keep_alive && !now.always_close;
    switch (way.what) {
    case upstream::route::verdict::nowhere:
        return false;
    case upstream::route::verdict::loop: {
        // Not recorded: the server that sees this mark, which is this one, has recorded it before.
        extra.emplace_back(upstream::loop_header, loop_mark_);
        const auto shown = actions::plain_answer(404, extra, {}, keep_alive);
        answer.send(shown.bytes, after(shown));
        return true;
    }
    case upstream::route::verdict::unauthorized:
        extra.emplace_back("proxy-authenticate", now.routes.challenge());
        refuse_unforwarded(received, 407, extra, {}, keep_alive, answer, slot);
        return true;
    case upstream::route::verdict::forward:
        break;
    }
    forwarded_request made;
    made.request = &request;
    made.recorded = received;
    made.to = std::move(way.to);
    made.host = std::move(way.host);
    made.path = std::move(way.path);
    made.connect_limit = way.connect_limit;
    made.loop_header = upstream::loop_header;
    made.keep_alive = keep_alive;
    made.takes_chunks = answer.form().takes_chunks;
    made.extra = std::move(extra);
    forwarding_.start(std::move(made), now.reach, answer, slot);
    return true;
}

store::exchange mock_dispatcher::exchange_of(const course& of) {
    store::exchange made;
    made.request = &of.request;
    made.wall_ns = of.received.wall_ns;
    made.stamp_ns = of.received.stamp_ns;
    return made;
}

/// Failures come in swarms that say the same: the log keeps one answer for all of them.
std::shared_ptr<const mock_dispatcher::refusal> mock_dispatcher::refusal_of(std::size_t slot,
                                                                            const base::error& failure) {
    auto& last = workers_[slot]->last_refusal;
    auto shown = control::error_answer(failure);
    if (!last || last->shown.status != shown.status || last->shown.body != shown.body)
        last = std::make_shared<const refusal>(std::move(shown));
    return last;
}

void mock_dispatcher::refuse(const course& of, const std::shared_ptr<const refusal>& with, bool may_keep) {
    const auto& now = *policy_.load(std::memory_order_acquire);
    auto made = exchange_of(of);
    made.status = static_cast<std::uint16_t>(with->shown.status);
    made.response = &with->recorded;
    made.response_owner = with;
    log_.record(of.slot, made);
    const auto bytes = actions::plain_answer(with->shown.status, with->shown.headers, with->shown.body,
                                             may_keep && of.request.keep_alive && !now.always_close);
    of.answer.send(bytes.for_method(of.request.method == "HEAD"), after(bytes));
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
