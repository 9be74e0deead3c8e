// A question: format, clock, addressees, payload. An answer: format, clock, whether it is one, payload.
#include "store/peer_topics.hpp"

#include "base/clock.hpp"
#include "store/packed.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds pause{20};
constexpr const char* clock_topic = "clock";

void pack(packer& out, const fleet_clock::reading& clock) {
    out.byte(peer_topics::format);
    out.fixed(clock.machine);
    out.fixed(clock.ahead);
    out.fixed(clock.now);
}

std::optional<fleet_clock::reading> unpack(unpacker& in) {
    if (in.byte() != peer_topics::format) return std::nullopt;
    fleet_clock::reading clock;
    clock.machine = in.fixed();
    clock.ahead = in.fixed_signed();
    clock.now = in.fixed_signed();
    if (!in.sound()) return std::nullopt;
    return clock;
}

constexpr std::string_view other_format =
    "this node and the one that asked cannot talk to each other: they are of different versions";

void reply(const mf_peer_answer& to, mf_status status, std::string_view payload) {
    to.call(to.ctx, status, plugin::to_slice(payload));
}

std::string named(const std::string& node, const base::error& why) {
    std::string text = "node " + node;
    switch (why.code) {
    case base::errc::timeout:
        text += " did not answer in time";
        break;
    case base::errc::unavailable:
        text += " cannot be reached";
        break;
    default:
        text += " cannot answer";
    }
    if (!why.message.empty()) text += " (" + why.message + ")";
    return text;
}

} // namespace

peer_topics::peer_topics(fleet_clock& clock, asio::any_io_executor executor)
    : clock_(clock), executor_(std::move(executor)) {
    add(clock_topic,
        [](std::string) -> asio::awaitable<base::result<std::string>> { co_return std::string(); });
}

void peer_topics::answer(std::string_view topic, std::string_view payload, mf_peer_answer to) {
    if (closed_.load()) return reply(to, MF_UNAVAILABLE, "the node is stopping");
    unpacker in(payload);
    const auto clock = unpack(in);
    if (!clock) return reply(to, MF_UNSUPPORTED, other_format);
    clock_.heard(*clock);
    bool meant = true;
    const auto addressees = in.count();
    for (std::size_t i = 0; i < addressees && in.sound(); ++i) {
        if (i == 0) meant = false;
        const auto node = in.text();
        if (known_.load(std::memory_order_acquire) && node == own_id_) meant = true;
    }
    if (!in.sound()) return reply(to, MF_UNSUPPORTED, other_format);
    if (!meant) {
        packer out;
        pack(out, clock_.read());
        out.byte(0);
        return reply(to, MF_OK, out.take());
    }
    const auto found = handlers_.find(topic);
    if (found == handlers_.end()) return reply(to, MF_UNSUPPORTED, other_format);
    asio::co_spawn(executor_, run(&found->second, std::string(in.rest())),
                   [this, to](const std::exception_ptr& thrown, base::result<std::string> made) {
                       if (thrown) return reply(to, MF_INTERNAL, "a bug: the answer ended with an exception");
                       if (!made)
                           return reply(to, static_cast<mf_status>(made.error().code), made.error().message);
                       packer out;
                       pack(out, clock_.read());
                       out.byte(1);
                       out.raw(*made);
                       reply(to, MF_OK, out.take());
                   });
}

asio::awaitable<base::result<std::string>> peer_topics::run(const handler* with, std::string payload) {
    co_return co_await (*with)(std::move(payload));
}

asio::awaitable<base::result<void>> peer_topics::learn() {
    const state_client state(*backend_);
    const auto info = co_await state.describe();
    if (!info) co_return info.error();
    if (!known_.load()) {
        own_id_ = info->node_id;
        for (const auto& one : info->members) {
            if (one.local) own_id_ = one.id;
        }
        known_.store(true, std::memory_order_release);
    }
    members_.store(info->members.size(), std::memory_order_relaxed);
    std::uint64_t lag = 0;
    for (const auto& one : info->members)
        lag = std::max(lag, one.lag);
    lag_.store(lag, std::memory_order_relaxed);
    clustered_.store(info->clustered, std::memory_order_relaxed);
    co_return base::result<void>();
}

asio::awaitable<base::result<std::vector<peer_answer>>>
peer_topics::ask(std::string topic, std::string payload, ask_options how) {
    std::vector<peer_answer> answers;
    if (!clustered()) co_return answers;
    const auto end = base::monotonic_ns() + std::chrono::nanoseconds(how.deadline).count();
    auto addressees = how.nodes;
    for (;;) {
        packer question;
        pack(question, clock_.read());
        question.number(addressees.size());
        for (const auto& node : addressees)
            question.text(node);
        question.raw(payload);
        const auto sent = question.take();
        const auto left =
            std::chrono::nanoseconds(std::max<std::int64_t>(end - base::monotonic_ns(), 1'000'000));
        const state_client state(*backend_, left);
        const auto asked = clock_.now();
        auto replies = co_await state.peers(topic, sent);
        if (!replies) co_return replies.error();

        std::vector<std::string> missing;
        base::error reason;
        for (auto& one : *replies) {
            const bool wanted = addressees.empty() ||
                                std::find(addressees.begin(), addressees.end(), one.node) != addressees.end();
            if (!one.payload) {
                if (!wanted || how.partial) continue;
                reason = {one.payload.error().code, named(one.node, one.payload.error())};
                if (reason.code != base::errc::unavailable && reason.code != base::errc::timeout)
                    co_return base::error{base::errc::unsupported, std::move(reason.message)};
                missing.push_back(one.node);
                continue;
            }
            unpacker in(*one.payload);
            const auto clock = unpack(in);
            const bool answered = in.byte() == 1;
            if (how.partial && (!clock || !in.sound())) continue;
            if (!clock || !in.sound())
                co_return base::error{base::errc::unsupported,
                                      "node " + one.node + " answers in another format"};
            const auto bound = clock_.heard(*clock, asked, std::exchange(fresh_, false));
            if (answered && wanted) answers.push_back({one.node, std::string(in.rest()), bound});
        }
        // A node that was asked by name and is not among those that answered or failed has left the fleet.
        if (missing.empty()) co_return answers;
        if (!how.again || base::monotonic_ns() + std::chrono::nanoseconds(pause).count() >= end)
            co_return reason;
        asio::steady_timer timer(co_await asio::this_coro::executor, pause);
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        const auto info = co_await state.describe();
        if (!info) co_return info.error();
        // Who is no member any more took its log along: nobody can be asked.
        std::erase_if(missing, [&](const std::string& node) {
            return std::none_of(info->members.begin(), info->members.end(),
                                [&](const member& one) { return one.id == node; });
        });
        if (missing.empty()) co_return answers;
        addressees = std::move(missing);
    }
}

asio::awaitable<base::result<void>> peer_topics::join_clock() {
    if (!clustered()) co_return base::result<void>();
    clock_.start_at(base::wall_ns());
    fresh_ = true;
    base::result<void> outcome;
    // Twice: two nodes that start together may have taken over each other's clock; the second time the clock
    // is only moved forward.
    for (int i = 0; i < 2; ++i) {
        const auto answers = co_await ask(clock_topic, {});
        fresh_ = false;
        if (!answers) outcome = answers.error();
    }
    co_return outcome;
}

asio::awaitable<void> peer_topics::exchange_clocks() {
    // Who does not answer is asked again the next time.
    ask_options once;
    once.again = false;
    static_cast<void>(co_await ask(clock_topic, {}, once));
}

} // namespace mockfleet::store
