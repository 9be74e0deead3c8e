// Matching, recording and answering on the I/O thread (core.md 3.12).
#include "app/mock_dispatcher.hpp"

#include "actions/prepared_response.hpp"
#include "base/clock.hpp"
#include "control/call.hpp"
#include "control/cors.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

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

/// Gives an answer that comes after on_request has returned the same shape as one that comes during it.
class late_responder final : public http::responder {
public:
    explicit late_responder(std::unique_ptr<http::later> reply) : reply_(std::move(reply)) {}
    void send(std::string_view bytes, http::after_answer after) override {
        reply_->send(std::string(bytes), after);
    }
    void run(actions::wire_answer answer) override { reply_->run(std::move(answer)); }
    std::unique_ptr<http::later> defer() override { return std::move(reply_); }
    asio::any_io_executor home() override { return {}; }

private:
    std::unique_ptr<http::later> reply_;
};

actions::answer_bytes bytes_of(const control::answer& shown, bool keep_alive) {
    return actions::plain_answer(shown.status, shown.headers, shown.body, keep_alive);
}

/// Tells that the node is cut off and answers from its copy (clusterOnIsolation).
constexpr const char* stale_header = "x-mockfleet-stale";

/// Only one thread writes it.
void count(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
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
          not_found_close(actions::plain_answer(404, {}, {}, false)),
          isolated_open(bytes_of(control::isolated_answer(), true)),
          isolated_close(bytes_of(control::isolated_answer(), false)),
          joining_close(bytes_of(control::joining_answer(), false)) {}

    /// False for the settings that most servers run with: the bytes of the expectation go out as they are.
    [[nodiscard]] bool plain() const { return !cors.for_all_responses && response_delay_ns == 0; }

    control::cors_policy cors;
    std::int64_t response_delay_ns;
    bool always_close;
    actions::answer_bytes not_found_open;
    actions::answer_bytes not_found_close;
    actions::answer_bytes isolated_open;
    actions::answer_bytes isolated_close;
    actions::answer_bytes joining_close;
};

/// A request whose expectation the backend decides about. Only its I/O thread touches it.
struct mock_dispatcher::undecided {
    store::expectations::claim asked;
    store::live_pointer hit; ///< once settled; null: nothing answers
    std::optional<base::error> failure;
    const model::request_view* borrowed = nullptr;
    std::optional<model::request> owned; ///< when the answer did not come at once
    std::unique_ptr<http::later> reply;  ///< the same
    std::size_t slot = 0;
    moment received;
    bool settled = false;
};

mock_dispatcher::mock_dispatcher(const control::router& router, control_pool& control,
                                 store::expectations& expectations, store::event_log& log,
                                 control::live_settings& settings, const control::node_health& health,
                                 std::size_t io_threads)
    : router_(router), control_(control), expectations_(expectations), log_(log), health_(health) {
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
    }
    return sum;
}

void mock_dispatcher::apply(const config::settings& settings) {
    auto made = std::make_unique<const policy>(settings);
    const std::lock_guard lock(policies_mutex_);
    policy_.store(made.get(), std::memory_order_release);
    policies_.push_back(std::move(made));
}

void mock_dispatcher::on_request(const model::request_view& request, http::responder& answer,
                                 std::size_t slot) {
    count(workers_[slot]->received);
    if (router_.handles(request.method, request.path)) {
        control_.run(router_, model::request(request), answer.defer());
        return;
    }
    if (!health_.is_loaded()) {
        const auto& refusal = policy_.load(std::memory_order_acquire)->joining_close;
        answer.send(refusal.bytes, after(refusal));
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
            respond(request, answer, slot, hit, received);
            return;
        }
        open = std::make_shared<undecided>();
        open->asked = store::expectations::claim_for(*hit, facts);
    }
    open->borrowed = &request;
    open->slot = slot;
    open->received = received;
    // Runs at once, and with a backend in memory to the end.
    asio::co_spawn(answer.home(), decide(open), asio::detached);
    if (open->settled) {
        finish(*open, request, answer);
        return;
    }
    open->owned.emplace(request);
    open->borrowed = &open->owned->view();
    open->reply = answer.defer();
}

asio::awaitable<void> mock_dispatcher::decide(std::shared_ptr<undecided> open) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto wanted = open->asked.wanted;
        const auto won = co_await expectations_.take(&open->asked);
        if (!won) {
            open->failure = won.error();
            break;
        }
        open->hit = nullptr;
        if (*won) {
            open->hit = std::move(wanted);
            break;
        }
        // Another request was faster; what it left behind is known here now, and matching starts over.
        auto& facts = workers_[open->slot]->facts;
        facts.begin(*open->borrowed);
        const auto guard = expectations_.read(open->slot);
        const auto* hit = expectations_.match(guard, facts, open->received.wall_ns, open->slot);
        const bool paid = hit != nullptr && store::expectations::is_paid(open->asked, *hit);
        if (!paid && open->asked.paid != 0)
            asio::co_spawn(control_.executor(), expectations_.give_back(wanted->definition.id),
                           asio::detached);
        if (hit == nullptr) break;
        if (paid || !hit->undecided) {
            open->hit = hit->shared_from_this();
            break;
        }
        open->asked = store::expectations::claim_for(*hit, facts);
    }
    open->settled = true;
    if (!open->reply) co_return;
    late_responder answer(std::move(open->reply));
    finish(*open, *open->borrowed, answer);
}

void mock_dispatcher::finish(undecided& open, const model::request_view& request, http::responder& answer) {
    if (open.failure)
        respond_failed(request, answer, open.slot, *open.failure, open.received);
    else
        respond(request, answer, open.slot, open.hit.get(), open.received);
}

void mock_dispatcher::respond(const model::request_view& request, http::responder& answer, std::size_t slot,
                              const store::live_expectation* hit, moment received) {
    const auto& now = *policy_.load(std::memory_order_acquire);
    // After matching and right before the answer: what was matched is still what the fleet has.
    const auto contact = health_.in_contact();
    if (contact == store::contact::lost) {
        const auto& refusal =
            request.keep_alive && !now.always_close ? now.isolated_open : now.isolated_close;
        answer.send(refusal.bytes, after(refusal));
        return;
    }
    count(hit != nullptr ? workers_[slot]->matched : workers_[slot]->unmatched);
    store::exchange made;
    made.request = &request;
    made.wall_ns = received.wall_ns;
    made.stamp_ns = received.stamp_ns;
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

    const bool stale = contact == store::contact::stale;
    if (chosen.immediate != nullptr && now.plain() && !stale) {
        answer.send(chosen.immediate->for_method(head_only), after(*chosen.immediate));
        return;
    }
    auto headers =
        now.cors.for_all_responses ? control::cors_headers(now.cors, request) : actions::header_list();
    if (stale) headers.emplace_back(stale_header, "true");
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

void mock_dispatcher::respond_failed(const model::request_view& request, http::responder& answer,
                                     std::size_t slot, const base::error& failure, moment received) {
    const auto& now = *policy_.load(std::memory_order_acquire);
    auto shown = control::error_answer(failure);
    store::exchange made;
    made.request = &request;
    made.wall_ns = received.wall_ns;
    made.stamp_ns = received.stamp_ns;
    made.status = static_cast<std::uint16_t>(shown.status);
    log_.record(slot, made);
    const auto bytes = actions::plain_answer(shown.status, shown.headers, shown.body,
                                             request.keep_alive && !now.always_close);
    answer.send(bytes.bytes, after(bytes));
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
