// Scenarios: keys, isolation, who matches in which state, one winner per move, what makes them start over.
#include "fleet_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>

using namespace mockfleet;
using namespace mockfleet::tests;
using namespace std::chrono_literals;

namespace {

/// Runs the timers of a node until `done` or a deadline.
template <class Done>
bool run_timers(fleet_node& node, Done done) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        node.executor.restart();
        node.executor.run_for(5ms);
    }
    return true;
}

} // namespace

TEST_CASE("keys tell names and values apart whatever they hold") {
    CHECK(store::scenario_key("till") == "4:till:N");
    CHECK(store::scenario_key("till", "a:b") == "4:till:V3:a:b");
    for (const auto& [name, value] :
         {std::pair{"a", ""}, {"a:N", ""}, {"1:a", "N"}, {"", "x"}, {"a", "V1:x"}}) {
        const auto key = store::scenario_key(name, value);
        const auto parts = store::read_scenario_key(key);
        CHECK(parts.name == name);
        CHECK(parts.value == value);
        CHECK(parts.isolated == (*value != 0));
    }
    CHECK(store::read_scenario_key("no key of ours").name == "no key of ours");
    CHECK(store::read_scenario_key("99:x:N").name == "99:x:N");
}

TEST_CASE("an isolation suffix names what selects the machine") {
    using isolation = store::scenario_rule::isolation;
    const auto read = [](std::string name) {
        store::scenario_rule rule;
        rule.name = std::move(name);
        store::read_isolation(rule);
        return std::pair{rule.by, rule.attribute};
    };
    CHECK(read("till") == std::pair{isolation::none, std::string()});
    CHECK(read("t__iso=header:X-S") == std::pair{isolation::header, std::string("X-S")});
    CHECK(read("t__iso=cookie:a:b") == std::pair{isolation::cookie, std::string("a:b")});
    CHECK(read("t__iso=query_parameter:q") == std::pair{isolation::query_parameter, std::string("q")});
    CHECK(read("t__iso=HEADER:q").first == isolation::none);
    CHECK(read("t__iso=header:").first == isolation::none);
    CHECK(read("t__iso=header").first == isolation::none);
}

TEST_CASE("an expectation answers only in its state and moves the scenario on") {
    fake_state state;
    fleet_node node(state);
    node.put({step("open", "/p", "till", "Started", "open"), step("close", "/p", "till", "open", "closed"),
              step("look", "/look", "till", "closed", "")});
    CHECK(node.ask("/look") == "");
    CHECK(node.ask("/p") == "open");
    CHECK(node.machines.state_of("till") == "open");
    CHECK(node.ask("/p") == "close");
    CHECK(node.ask("/p") == "");
    CHECK(node.ask("/look") == "look");
    CHECK(node.ask("/look") == "look");
    CHECK(state.read("scenarios", "4:till:N").value == "closed");
}

TEST_CASE("without a required state every match moves; without a name nothing is looked at") {
    fake_state state;
    fleet_node node(state);
    auto always = step("always", "/p", "t", "", "done");
    auto nameless = step("nameless", "/q", "", "never", "x");
    node.put({always, nameless});
    CHECK(node.ask("/p") == "always");
    CHECK(node.ask("/p") == "always");
    CHECK(node.machines.state_of("t") == "done");
    CHECK(node.ask("/q") == "nameless");
    CHECK(node.machines.list().size() == 1);
}

TEST_CASE("a draw that is missed and a use that is gone move nothing") {
    fake_state state;
    fleet_node node(state);
    auto never = step("never", "/p", "t", "Started", "moved");
    never.percentage = 0;
    auto spent = step("spent", "/q", "t", "Started", "moved");
    spent.times.remaining = 0;
    node.put({never, spent});
    CHECK(node.ask("/p") == "");
    CHECK(node.ask("/q") == "");
    CHECK(node.machines.state_of("t") == "Started");
}

TEST_CASE("isolated machines move each for itself") {
    fake_state state;
    fleet_node node(state);
    const std::string name = "t__iso=header:X-S";
    node.put({step("a", "/p", name, "Started", "n"), step("b", "/p", name, "n", "")});
    const auto ask = [&](std::vector<std::pair<std::string, std::string>> headers) {
        return node.ask(sample{"GET", "/p", "", std::move(headers)});
    };
    CHECK(ask({{"x-s", "1"}}) == "a");
    CHECK(ask({{"X-S", "1"}}) == "b");
    CHECK(ask({{"X-S", "2"}}) == "a");
    CHECK(ask({}) == "a");
    CHECK(ask({{"X-S", ""}}) == "b");
    REQUIRE(node.machines.list().size() == 3);
    CHECK(node.machines.list()[1].name == name + "[1]");
    REQUIRE(run(node.machines.forget(name)).has_value());
    CHECK(node.machines.list().empty());
    CHECK(ask({{"X-S", "2"}}) == "a");
}

TEST_CASE("an HTTP event moves the scenarios of every live expectation that waits for it") {
    fake_state state;
    fleet_node node(state);
    auto firing = expectation("firing", "/p.*");
    firing.cross_protocol_scenarios = {{model::scenario_trigger::grpc_request, "", "g", "hit"}};
    auto waiting = expectation("waiting", "/other");
    waiting.cross_protocol_scenarios = {{model::scenario_trigger::http_request, "/p1", "y", "hit"},
                                        {model::scenario_trigger::http_request, "", "z", "hit"}};
    node.put({firing, waiting, expectation("plain", "/q")});
    CHECK(node.ask("/q") == "plain");
    CHECK(node.machines.list().empty());
    CHECK(node.ask("/p2") == "firing");
    CHECK(node.machines.state_of("y") == "Started");
    CHECK(node.machines.state_of("z") == "hit");
    CHECK(node.ask("/p1") == "firing");
    CHECK(node.machines.state_of("y") == "hit");
    CHECK(node.machines.state_of("g") == "Started");
    REQUIRE(run(node.live.clear_id("waiting")).has_value());
    REQUIRE(run(node.machines.clear()).has_value());
    CHECK(node.ask("/p1") == "firing");
    CHECK(node.machines.list().empty());
}

TEST_CASE("the last expectation of a scenario takes its state along") {
    fake_state state;
    fleet_node node(state);
    node.put({step("a", "/a", "t", "", "n"), step("b", "/b", "t", "", "n"), step("c", "/c", "u", "", "n")});
    CHECK(node.ask("/a") == "a");
    CHECK(node.ask("/c") == "c");
    REQUIRE(run(node.live.clear_id("a")).has_value());
    CHECK(node.machines.state_of("t") == "n");
    REQUIRE(run(node.live.clear_id("b")).has_value());
    CHECK(node.machines.state_of("t") == "Started");
    CHECK(node.machines.state_of("u") == "n");
    REQUIRE(run(node.live.clear_all()).has_value());
    CHECK(node.machines.list().empty());
    CHECK(state.read("scenarios", "1:u:N").version == 0);
}

TEST_CASE("a used-up expectation takes the state of its scenario along") {
    fake_state state;
    fleet_node node(state);
    auto once = step("once", "/a", "t", "", "n");
    once.times.remaining = 1;
    node.put({once});
    CHECK(node.ask("/a") == "once");
    CHECK(node.machines.state_of("t") == "n");
    REQUIRE(*run(node.live.sweep()) == 1);
    CHECK(node.machines.state_of("t") == "Started");
}

TEST_CASE("what one node moves, the others follow") {
    fake_state state;
    state.clustered = true;
    fleet_node first(state);
    fleet_node second(state);
    first.put({step("a", "/p", "t", "Started", "A"), step("b", "/p", "t", "A", "B")});
    second.catch_up();
    CHECK(first.ask("/p") == "a");
    // The second has not heard of it, loses, and finds out in doing so.
    CHECK(second.ask("/p") == "b");
    first.catch_up();
    CHECK(first.machines.state_of("t") == "B");
    REQUIRE(run(second.machines.forget("t")).has_value());
    CHECK(first.machines.state_of("t") == "B");
    first.catch_up();
    CHECK(first.machines.state_of("t") == "Started");
    CHECK(first.ask("/p") == "a");
}

TEST_CASE("a node that joins, and one that missed events, read what is there") {
    fake_state state;
    state.clustered = true;
    fleet_node first(state);
    REQUIRE(run(first.machines.set(store::scenario_key("t"), "A")).has_value());
    REQUIRE(run(first.machines.set(store::scenario_key("u"), "A")).has_value());
    fleet_node second(state);
    CHECK(second.machines.state_of("t") == "A");
    state.erase("scenarios", "1:u:N");
    state.write("scenarios", "1:t:N", "B");
    run(second.machines.reread());
    CHECK(second.machines.state_of("t") == "B");
    CHECK(second.machines.list().size() == 1);
}

TEST_CASE("of many requests on two nodes one wins each move") {
    for (const bool elsewhere : {false, true}) {
        CAPTURE(elsewhere);
        fake_state state;
        state.clustered = true;
        fleet_node nodes[2] = {fleet_node(state), fleet_node(state)};
        constexpr int rounds = 20;
        std::vector<model::expectation> steps;
        for (int i = 0; i < rounds; ++i) {
            const auto state_name = [](int n) { return n == 0 ? "Started" : "s" + std::to_string(n); };
            steps.push_back(step("e" + std::to_string(i), "/p", "t", state_name(i), state_name(i + 1)));
        }
        nodes[0].put(steps);
        nodes[1].catch_up();
        state.elsewhere = elsewhere;
        // As many requests as there are moves: each wins exactly one.
        constexpr int threads = 4;
        std::array<std::atomic<int>, rounds> won{};
        std::atomic<int> unmatched{0};
        std::barrier start(threads);
        std::vector<std::thread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&, i] {
                start.arrive_and_wait();
                for (int n = 0; n < rounds / threads; ++n) {
                    const auto id = nodes[i % 2].ask("/p", static_cast<std::size_t>(i));
                    if (id.empty())
                        ++unmatched;
                    else
                        ++won.at(static_cast<std::size_t>(std::stoi(id.substr(1))));
                }
            });
        }
        for (auto& one : running)
            one.join();
        state.elsewhere = false;
        CHECK(unmatched == 0);
        for (const auto& count : won)
            CHECK(count == 1);
        for (auto& node : nodes) {
            node.catch_up();
            CHECK(node.machines.state_of("t") == "s" + std::to_string(rounds));
        }
    }
}

TEST_CASE("a backend that fails is an error, and nothing has moved here") {
    fake_state state;
    fleet_node node(state);
    node.put({step("a", "/p", "t", "Started", "n")});
    state.before = [](std::string_view operation, std::string_view) {
        return operation == "put" ? MF_UNAVAILABLE : MF_OK;
    };
    CHECK(node.ask("/p") == "error: state-fake: as the test wished");
    CHECK(node.machines.state_of("t") == "Started");
    state.before = {};
    CHECK(node.ask("/p") == "a");
}

TEST_CASE("a removal that is heard of while a write is on its way is not lost") {
    fake_state state;
    fleet_node node(state);
    bool once = true;
    state.after = [&](std::string_view operation, std::string_view) {
        if (operation != "put" || !std::exchange(once, false)) return;
        state.erase("scenarios", "1:t:N");
        run(node.machines.changed("1:t:N", 0));
    };
    REQUIRE(run(node.machines.set("1:t:N", "A")).has_value());
    CHECK(node.machines.state_of("t") == "Started");
}

TEST_CASE("a timed move happens once, on whichever node, if the scenario is where it was") {
    for (const bool with_batch : {true, false}) {
        CAPTURE(with_batch);
        fake_state state(with_batch);
        state.clustered = true;
        fleet_node first(state);
        fleet_node second(state);
        REQUIRE(run(first.machines.set(store::scenario_key("t"), "A")).has_value());
        REQUIRE(run(first.timers.schedule("t", "A", "B", 20ms)).has_value());
        second.catch_up();
        CHECK(run_timers(second, [&] { return second.machines.state_of("t") == "B"; }));
        CHECK(state.read("scenario-timers", "t").version == 0);
        // The first one's timer comes too late, also if the scenario has gone back.
        REQUIRE(run(second.machines.set(store::scenario_key("t"), "A")).has_value());
        first.executor.restart();
        first.executor.run_for(100ms);
        first.catch_up();
        CHECK(state.read("scenarios", "1:t:N").value == "A");
        first.timers.stop();
        second.timers.stop();
    }
}

TEST_CASE("a timed move comes to nothing elsewhere, is replaced by another, and is undone by a reset") {
    fake_state state;
    fleet_node node(state);
    const auto key = store::scenario_key("t");
    REQUIRE(run(node.machines.set(key, "A")).has_value());
    REQUIRE(run(node.timers.schedule("t", "X", "B", 5ms)).has_value());
    CHECK(run_timers(node, [&] { return state.read("scenario-timers", "t").version == 0; }));
    CHECK(node.machines.state_of("t") == "A");

    REQUIRE(run(node.timers.schedule("t", "A", "wrong", 10ms)).has_value());
    REQUIRE(run(node.timers.schedule("t", "A", "right", 30ms)).has_value());
    CHECK(run_timers(node, [&] { return node.machines.state_of("t") != "A"; }));
    CHECK(node.machines.state_of("t") == "right");

    REQUIRE(run(node.timers.schedule("t", "right", "B", 10ms)).has_value());
    REQUIRE(run(node.timers.clear()).has_value());
    node.executor.restart();
    node.executor.run_for(40ms);
    CHECK(node.machines.state_of("t") == "right");
    REQUIRE(run(node.timers.schedule("t", "right", "B", 1h)).has_value());
    node.timers.stop();
    node.executor.restart();
    node.executor.run(); // has nothing to wait for
}
