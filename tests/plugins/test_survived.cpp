// Plugins that break a rule after they were accepted: the program goes on and says what happened.
#include "waiting_call.hpp"

#include "plugin/event_queue.hpp"
#include "plugin/registry.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <latch>
#include <string>
#include <thread>

namespace {

using namespace mockfleet;
using state_call = contract::waiting_call<plugin::state_backend, mf_state_reply, mf_state_done>;

std::string plugin_dir() {
    return std::getenv("MOCKFLEET_BAD_PLUGINS");
}

plugin::registry_options options(std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
    return {.plugin_dir = plugin_dir(), .start_deadline = deadline, .stop_deadline = deadline};
}

struct answer {
    mf_status status = MF_INTERNAL;
    std::string message;
    std::string value;
    std::int64_t number = 0;
};

void issue_get(const mf_state_ops& ops, mf_state* state, const mf_call* call, std::string_view key,
               mf_state_done done) {
    ops.get(state, call, {"space", 5}, plugin::to_slice(key), done);
}

answer get(plugin::state_backend& backend, std::string_view key) {
    answer got;
    state_call::run(
        backend, "get",
        [key](const mf_state_ops& ops, mf_state* state, const mf_call* call, mf_state_done done) {
            issue_get(ops, state, call, key, done);
        },
        [&got](const mf_state_reply& reply) {
            got = {reply.status, std::string(plugin::to_view(reply.message)), {}, reply.number};
            if (reply.entry_count != 0) got.value = plugin::to_view(reply.entries[0].value);
        });
    return got;
}

void put(plugin::state_backend& backend) {
    state_call::run(
        backend, "put",
        [](const mf_state_ops& ops, mf_state* state, const mf_call* call, mf_state_done done) {
            ops.put(state, call, {"space", 5}, {"release", 7}, {"", 0}, {}, done);
        },
        [](const mf_state_reply&) {});
}

void wait_for_stale(std::uint64_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (plugin::stale_completions() < count && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    CHECK(plugin::stale_completions() == count);
}

} // namespace

TEST_CASE("the second completion of a call is ignored") {
    const auto before = plugin::stale_completions();
    plugin::registry plugins(options());
    const auto opened = plugins.open_state("completes-twice", {});
    REQUIRE(opened.has_value());
    REQUIRE(plugins.start(nullptr).has_value());
    for (int i = 0; i < 100; ++i)
        CHECK(get(**opened, "key").value == "value");
    CHECK(plugins.stop().has_value());
    CHECK(plugin::stale_completions() == before + 100);
}

TEST_CASE("a call that is never completed is named when the program ends") {
    plugin::registry plugins(options(std::chrono::milliseconds(50)));
    const auto opened = plugins.open_state("never-completes", {});
    REQUIRE(opened.has_value());
    REQUIRE(plugins.start(nullptr).has_value());
    const auto call = state_call::begin(
        **opened, "get",
        [](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            issue_get(ops, state, context, "the key", done);
        },
        [](const mf_state_reply&) {});
    CHECK(plugin::outstanding_calls(0, plugin::report::once).size() == 1);
    CHECK(plugin::outstanding_calls(0, plugin::report::once).empty());
    const auto stopped = plugins.stop();
    REQUIRE(!stopped.has_value());
    CHECK(stopped.error().code == base::errc::timeout);
    CHECK(stopped.error().message ==
          plugin_dir() + "/state-never-completes.so: stop: 1 calls not completed: get ''; wanted: "
                         "none; remedy: tell the plugin's author");
    CHECK(plugin::give_up_call(call->token()));
    CHECK(plugins.state() == nullptr);
}

TEST_CASE("a delayed function that never returns holds up a stop until its deadline only") {
    std::latch entered(1);
    plugin::host_events events;
    events.count = [&](const std::string&, std::string_view, std::int64_t) { entered.count_down(); };
    plugin::registry plugins(options(std::chrono::milliseconds(50)), events);
    const auto opened = plugins.open_state("timer-hangs", {});
    REQUIRE(opened.has_value());
    REQUIRE(plugins.start(nullptr).has_value());
    const auto call = state_call::begin(
        **opened, "get",
        [](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            issue_get(ops, state, context, "key", done);
        },
        [](const mf_state_reply&) {});
    entered.wait();
    const auto stopped = plugins.stop();
    REQUIRE(!stopped.has_value());
    CHECK(stopped.error().message ==
          plugin_dir() + "/state-timer-hangs.so: stop: a delayed function has not returned; wanted: all have "
                         "returned; remedy: tell the plugin's author");
}

TEST_CASE("completions after the host gave up are ignored") {
    const auto before = plugin::stale_completions();
    plugin::registry plugins(options(std::chrono::milliseconds(20)));
    const auto opened = plugins.open_state("completes-late", {});
    REQUIRE(opened.has_value());
    const auto started = plugins.start(nullptr);
    REQUIRE(!started.has_value());
    CHECK(started.error().code == base::errc::timeout);
    CHECK(started.error().message == plugin_dir() + "/state-completes-late.so: start: timeout: no completion "
                                                    "within 0.02 s; remedy: see "
                                                    "whether what the plugin connects to answers");
    const auto call = state_call::begin(
        **opened, "get",
        [](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            issue_get(ops, state, context, "key", done);
        },
        [](const mf_state_reply&) { FAIL("a call that was given up completed"); });
    REQUIRE(plugin::give_up_call(call->token()));
    put(**opened);
    wait_for_stale(before + 2);
    static_cast<void>(plugins.stop());
}

TEST_CASE("what the C++ wrapper makes of exceptions and forgotten answers") {
    plugin::registry plugins(options());
    const auto opened = plugins.open_state("throws", {});
    REQUIRE(opened.has_value());
    REQUIRE(plugins.start(nullptr).has_value());
    auto& backend = **opened;
    CHECK(get(backend, "key").value == "value");
    const auto failed = get(backend, "failure");
    CHECK(failed.status == MF_UNAVAILABLE);
    CHECK(failed.message == "try again");
    const auto thrown = get(backend, "exception");
    CHECK(thrown.status == MF_INTERNAL);
    CHECK(thrown.message == "a bug");
    CHECK(get(backend, "memory").status == MF_EXHAUSTED);
    CHECK(get(backend, "number").message == "an exception that is no std::exception");
    const auto conflict = get(backend, "conflict");
    CHECK(conflict.status == MF_CONFLICT);
    CHECK(conflict.value == "7");
    CHECK(conflict.number == 7);
    const auto forgotten = get(backend, "forget");
    CHECK(forgotten.status == MF_INTERNAL);
    CHECK(forgotten.message == "dropped");
    CHECK(get(backend, "answer, then throw").status == MF_OK);
    CHECK(plugins.stop().has_value());
}

TEST_CASE("an exception that a raw plugin lets out becomes an internal error") {
    const auto before = plugin::stale_completions();
    plugin::registry plugins(options());
    const auto opened = plugins.open_state("throws-raw", {});
    REQUIRE(opened.has_value());
    REQUIRE(plugins.start(nullptr).has_value());
    const auto thrown = get(**opened, "key");
    CHECK(thrown.status == MF_INTERNAL);
    CHECK(thrown.message == "a bug in get");
    put(**opened);
    CHECK(plugin::stale_completions() == before + 1);
    CHECK(plugins.stop().has_value());
}

TEST_CASE("a storm of events becomes one resync per space, and silence after stop") {
    int woken = 0;
    plugin::event_queue queue([&woken] { ++woken; }, 1000);
    plugin::registry plugins(options());
    REQUIRE(plugins.open_state("event-storm", {}).has_value());
    REQUIRE(plugins.start(&queue).has_value());
    const auto events = queue.take();
    CHECK(woken == 1);
    REQUIRE(events.size() == 3);
    CHECK(events[0].what == plugin::state_event::kind::resync);
    CHECK(events[0].space == "storm");
    CHECK(events[1].space == "calm");
    CHECK(events[2].what == plugin::state_event::kind::resync);
    CHECK(events[2].space.empty());
    CHECK(plugins.stop().has_value());
    CHECK(queue.take().empty());
}

TEST_CASE("a plugin that blocks although it says it does not still answers") {
    plugin::registry plugins(options());
    const auto opened = plugins.open_state("slow", {});
    REQUIRE(opened.has_value());
    REQUIRE(plugins.start(nullptr).has_value());
    CHECK(get(**opened, "key").value == "value");
    CHECK(plugins.stop().has_value());
}

TEST_CASE("the lifecycle calls come in their order, once") {
    std::mutex mutex;
    std::string order;
    plugin::host_events events;
    events.count = [&](const std::string&, std::string_view metric, std::int64_t) {
        const std::lock_guard lock(mutex);
        order += (order.empty() ? "" : ", ") + std::string(metric);
    };
    {
        plugin::registry plugins(options(), events);
        const auto file = plugin_dir() + "/state-order.so";
        REQUIRE(plugins.open_state_file(file, {}).has_value());
        REQUIRE(plugins.open_blob_file(file, {}).has_value());
        REQUIRE(plugins.start(nullptr).has_value());
        CHECK(plugins.stop().has_value());
        CHECK(plugins.stop().has_value());
    }
    CHECK(order == "start blob, start state, stop state, stop blob, close state, close blob");
}

TEST_CASE("what was opened but never started is only closed") {
    std::string order;
    plugin::host_events events;
    events.count = [&](const std::string&, std::string_view metric, std::int64_t) { order += metric; };
    {
        plugin::registry plugins(options(), events);
        REQUIRE(plugins.open_state_file(plugin_dir() + "/state-order.so", {}).has_value());
    }
    CHECK(order == "close state");
}
