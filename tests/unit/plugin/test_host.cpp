// The mf_host table that an instance gets.
#include "plugin/backend.hpp"
#include "plugin/host.hpp"
#include "plugin/timer.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <latch>
#include <stdexcept>
#include <string>

namespace {

using namespace mockfleet::plugin;

struct peer_seen {
    int answers = 0;
    mf_status status = MF_OK;
    std::string payload;
    mf_peer_answer answer() {
        return {[](void* ctx, mf_status with, mf_slice bytes) {
                    auto& self = *static_cast<peer_seen*>(ctx);
                    ++self.answers;
                    self.status = with;
                    self.payload = to_view(bytes);
                },
                this};
    }
};

} // namespace

TEST_CASE("the last complaint is kept, in one line; lesser lines are not complaints") {
    host_events events;
    timer timers;
    plugin_host host("state-test", events, timers);
    const auto* const table = host.table();
    CHECK(table->struct_size == sizeof(mf_host));
    CHECK(table->abi_minor == MF_ABI_MINOR);
    CHECK(host.last_complaint().empty());
    const mf_pair field{to_slice("key"), to_slice("value")};
    table->log(table->ctx, MF_LOG_ERROR, to_slice("first\nline"), &field, 1);
    CHECK(host.last_complaint() == "first line");
    table->log(table->ctx, MF_LOG_DEBUG, to_slice("nothing"), nullptr, 0);
    CHECK(host.last_complaint() == "first line");
    table->log(table->ctx, MF_LOG_WARN, to_slice("second"), nullptr, 0);
    CHECK(host.last_complaint() == "second");
    CHECK(table->log_enabled(table->ctx, MF_LOG_ERROR) != 0);
    CHECK(table->log_enabled(table->ctx, MF_LOG_TRACE) == 0);
}

TEST_CASE("counts and losses reach the program with the plugin's name") {
    std::string seen;
    host_events events;
    events.count = [&](const std::string& plugin, std::string_view metric, std::int64_t add) {
        seen += plugin + " " + std::string(metric) + " " + std::to_string(add) + ";";
    };
    events.lost = [&](const std::string& plugin, std::string_view reason) {
        seen += plugin + " " + std::string(reason);
    };
    timer timers;
    plugin_host host("state-test", events, timers);
    const auto* const table = host.table();
    table->count(table->ctx, to_slice("reads"), 3);
    table->lost(table->ctx, to_slice("no engine"));
    CHECK(seen == "state-test reads 3;state-test no engine");
}

TEST_CASE("a host without listeners takes everything") {
    host_events events;
    timer timers;
    plugin_host host("state-test", events, timers);
    const auto* const table = host.table();
    table->count(table->ctx, to_slice("reads"), 3);
    table->lost(table->ctx, to_slice("no engine"));
    peer_seen peer;
    table->on_peer(table->ctx, to_slice("topic"), to_slice("payload"), peer.answer());
    CHECK(peer.answers == 1);
    CHECK(peer.status == MF_UNSUPPORTED);
}

TEST_CASE("delayed work runs on a thread of the host") {
    host_events events;
    timer timers;
    plugin_host host("state-test", events, timers);
    const auto* const table = host.table();
    std::latch ran(1);
    table->run_after(table->ctx, 1000, [](void* arg) { static_cast<std::latch*>(arg)->count_down(); }, &ran);
    ran.wait();
    CHECK(timers.drop(&host, std::chrono::seconds(10)));
}

TEST_CASE("a call knows whether anybody waits for it") {
    host_events events;
    timer timers;
    plugin_host host("state-test", events, timers);
    const auto* const table = host.table();
    call_context context;
    CHECK(table->cancelled(table->ctx, &context.call) == 0);
    context.cancelled = true;
    CHECK(table->cancelled(table->ctx, &context.call) != 0);
    CHECK(table->cancelled(table->ctx, nullptr) == 0);
}

TEST_CASE("calls of other nodes reach the handler; what it throws becomes the answer") {
    host_events events;
    events.on_peer = [](std::string_view topic, std::string_view payload, mf_peer_answer answer) {
        if (topic == "throw") throw std::runtime_error("a bug");
        const auto text = std::string(topic) + "/" + std::string(payload);
        answer.call(answer.ctx, MF_OK, to_slice(text));
    };
    timer timers;
    plugin_host host("state-test", events, timers);
    const auto* const table = host.table();
    peer_seen peer;
    table->on_peer(table->ctx, to_slice("verify"), to_slice("x"), peer.answer());
    CHECK(peer.payload == "verify/x");
    table->on_peer(table->ctx, to_slice("throw"), to_slice("x"), peer.answer());
    CHECK(peer.status == MF_INTERNAL);
    CHECK(peer.payload == "a bug");
    CHECK(peer.answers == 2);
}
