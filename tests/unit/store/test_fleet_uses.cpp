// Limited expectations of a fleet: counted once for all nodes, to the last use and no further.
#include "fleet_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <utility>

using namespace mockfleet;
using namespace mockfleet::tests;

namespace {

struct fleet {
    fake_state state;
    fleet_node first;
    fleet_node second;

    explicit fleet(bool shared_times = true)
        : first((state.clustered = true, state), shared_times), second(state, shared_times) {}
    void catch_up() {
        first.catch_up();
        second.catch_up();
    }
    [[nodiscard]] std::string counter(const std::string& id) { return state.read("times", id).value; }
};

} // namespace

TEST_CASE("the uses of all nodes together are the limit") {
    fleet at;
    at.first.put({limited("a", "/a", 3)});
    at.catch_up();
    CHECK(at.counter("a") == "3");
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.second.ask("/a") == "a");
    CHECK(at.second.shown_uses("a") == 1);
    CHECK(at.first.shown_uses("a") == 1);
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.second.ask("/a") == "");
    CHECK(at.first.ask("/a") == "");
}

TEST_CASE("when one is used up, the next one answers") {
    fleet at;
    at.first.put({limited("a", "/a", 1), expectation("b", "/a")});
    at.catch_up();
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.second.ask("/a") == "b");
    CHECK(at.second.ask("/a") == "b");
}

TEST_CASE("the last use removes the expectation and its counter from every node") {
    fleet at;
    int asked = 0;
    at.second.live.on_spent([&] { ++asked; });
    at.first.put({limited("a", "/a", 1)});
    at.catch_up();
    CHECK(at.second.ask("/a") == "a");
    CHECK(asked == 1);
    REQUIRE(*run(at.second.live.sweep()) == 1);
    CHECK(at.state.read("expectations", "a").version == 0);
    CHECK(at.counter("a").empty());
    at.catch_up();
    CHECK(at.first.live.size() == 0);
}

TEST_CASE("a sweep leaves alone what was stored anew meanwhile") {
    fleet at;
    at.first.put({limited("a", "/a", 1), limited("b", "/b", 1)});
    at.catch_up();
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.first.ask("/b") == "b");
    at.second.put({limited("a", "/a", 5)});
    REQUIRE(run(at.first.live.sweep()).has_value());
    CHECK(at.counter("a") == "5");
    at.catch_up();
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.first.live.find("b") == nullptr);
}

TEST_CASE("an update starts the count anew, an identical one only if uses are gone") {
    fleet at;
    at.first.put({limited("a", "/a", 2)});
    at.catch_up();
    const auto version = at.state.read("expectations", "a").version;
    at.second.put({limited("a", "/a", 2)});
    CHECK(at.state.read("expectations", "a").version == version);
    CHECK(at.first.ask("/a") == "a");
    // The second node has taken none itself; the counter tells.
    at.second.put({limited("a", "/a", 2)});
    CHECK(at.counter("a") == "2");
    CHECK(at.state.read("expectations", "a").version > version);
    at.catch_up();
    at.second.put({expectation("a", "/a")});
    CHECK(at.counter("a").empty());
    at.catch_up();
    for (int i = 0; i < 5; ++i)
        CHECK(at.first.ask("/a") == "a");
}

TEST_CASE("a use that was counted for a new definition is answered by it") {
    fleet at;
    at.first.put({limited("a", "/a", 2)});
    at.catch_up();
    std::uint64_t renewed = 0;
    at.state.before = [&](std::string_view operation, std::string_view) {
        if (operation == "add" && renewed == 0) {
            renewed = 1;
            renewed = at.second.put({limited("a", "/a", 5)}).front()->version;
            at.first.catch_up();
        }
        return MF_OK;
    };
    CHECK(at.first.ask("/a") == "a");
    CHECK(fleet_node::answered_version == renewed);
    CHECK(at.counter("a") == "4");
    for (int i = 0; i < 4; ++i)
        CHECK(at.second.ask("/a") == "a");
    CHECK(at.second.ask("/a") == "");
}

TEST_CASE("a use that was counted for a new definition is given back if that does not match") {
    fleet at;
    at.first.put({limited("a", "/a", 2)});
    at.catch_up();
    bool renewed = false;
    at.state.before = [&](std::string_view operation, std::string_view) {
        if (operation == "add" && !std::exchange(renewed, true)) {
            at.second.put({limited("a", "/b", 5)});
            at.first.catch_up();
        }
        return MF_OK;
    };
    CHECK(at.first.ask("/a") == "");
    CHECK(at.counter("a") == "5");
}

TEST_CASE("a use is given back to the definition it was counted for, up to its limit") {
    fleet at;
    const auto first = at.first.put({limited("a", "/a", 2)}).front()->version;
    run(at.first.live.give_back("a", first));
    CHECK(at.counter("a") == "2");
    at.catch_up();
    CHECK(at.second.ask("/a") == "a");
    const auto second = at.second.put({limited("a", "/a", 5)}).front()->version;
    CHECK(at.second.ask("/a") == "a");
    run(at.first.live.give_back("a", first));
    CHECK(at.counter("a") == "4");
    at.state.before = [&, once = true](std::string_view operation, std::string_view) mutable {
        // Somebody takes one between the look and the write.
        if (operation == "put" && std::exchange(once, false)) at.state.write("times", "a", "3");
        return MF_OK;
    };
    run(at.first.live.give_back("a", second));
    CHECK(at.counter("a") == "4");
    at.state.before = {};
    REQUIRE(run(at.first.live.clear_id("a")).has_value());
    run(at.first.live.give_back("a", second));
    CHECK(at.counter("a").empty());
}

TEST_CASE("an array that is taken back brings back the counts that it replaced") {
    fleet at;
    at.state.max_batch = 4;
    for (auto* node : {&at.first, &at.second})
        REQUIRE(run(node->live.load()).has_value());
    at.first.put({limited("a", "/a", 5), limited("b", "/b", 5)});
    at.catch_up();
    CHECK(at.second.ask("/a") == "a");
    const auto post = [&] {
        return run(
            at.first.live.upsert({limited("a", "/a", 9), limited("b", "/b", 9), limited("c", "/c", 9)}));
    };
    SUBCASE("as they were") {
        at.state.before = [calls = 0](std::string_view operation, std::string_view) mutable {
            return operation == "batch" && ++calls == 2 ? MF_EXHAUSTED : MF_OK;
        };
        REQUIRE_FALSE(post().has_value());
    }
    SUBCASE("also if one was taken when the array was on its way") {
        at.state.before = [&, calls = 0](std::string_view operation, std::string_view) mutable {
            if (operation != "batch") return MF_OK;
            ++calls;
            if (calls == 1) CHECK(at.second.ask("/b") == "b"); // so the first attempt meets another count
            return calls == 3 ? MF_EXHAUSTED : MF_OK;
        };
        REQUIRE_FALSE(post().has_value());
        CHECK(at.counter("b") == "4");
    }
    SUBCASE("unless somebody has changed them since") {
        at.state.before = [&, calls = 0](std::string_view operation, std::string_view) mutable {
            if (operation != "batch" || ++calls != 2) return MF_OK;
            at.second.catch_up();
            at.second.put({limited("a", "/a", 7)});
            return MF_EXHAUSTED;
        };
        REQUIRE_FALSE(post().has_value());
        CHECK(at.counter("a") == "7");
        CHECK(at.counter("b") == "5");
        return;
    }
    CHECK(at.counter("a") == "4");
    CHECK(at.counter("c").empty());
    CHECK(at.state.read("expectations", "c").version == 0);
}

TEST_CASE("clearing takes the counters along") {
    fleet at;
    at.first.put({limited("a", "/a", 2), limited("b", "/b", 2), limited("c", "/c", 2)});
    REQUIRE(run(at.first.live.clear_id("a")).has_value());
    CHECK(at.counter("a").empty());
    REQUIRE(run(at.first.live.clear_matching(matcher("/b"))).has_value());
    CHECK(at.counter("b").empty());
    CHECK(at.counter("c") == "2");
    REQUIRE(run(at.first.live.clear_all()).has_value());
    CHECK(at.state.size() == 0);
}

TEST_CASE("a counter that is missing is made again, but not for an expectation that has gone") {
    fleet at;
    at.first.put({limited("a", "/a", 2), limited("b", "/b", 2)});
    at.catch_up();
    at.state.erase("times", "a");
    CHECK(at.second.ask("/a") == "a");
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.second.ask("/a") == "");
    at.state.erase("times", "b");
    at.state.erase("expectations", "b");
    CHECK(at.second.ask("/b") == "");
    CHECK(at.counter("b").empty());
}

TEST_CASE("a scenario and a limit on one expectation") {
    fleet at;
    auto both = step("a", "/a", "t", "", "on");
    both.times.remaining = 2;
    at.first.put({both, step("b", "/b", "t", "on", "")});
    at.catch_up();
    CHECK(at.second.ask("/b") == "");
    CHECK(at.first.ask("/a") == "a");
    at.catch_up();
    CHECK(at.second.ask("/b") == "b");
    CHECK(at.second.ask("/a") == "a");
    CHECK(at.first.ask("/a") == "");
}

TEST_CASE("a request that fails costs neither a use nor a move") {
    fleet at;
    auto both = step("a", "/a", "t", "Started", "on");
    both.times.remaining = 2;
    auto always = step("b", "/b", "u", "", "on");
    always.times.remaining = 2;
    at.first.put({both, always});
    at.catch_up();
    for (const auto failure : {MF_UNAVAILABLE, MF_EXHAUSTED}) {
        at.state.before = [&](std::string_view operation, std::string_view) {
            return operation == "batch" || operation == "add" ? failure : MF_OK;
        };
        CHECK(at.first.ask("/a") == "error: state-fake: as the test wished");
        CHECK(at.second.ask("/b") == "error: state-fake: as the test wished");
    }
    at.state.before = {};
    CHECK(at.counter("a") == "2");
    CHECK(at.counter("b") == "2");
    CHECK(at.state.read("scenarios", "1:t:N").version == 0);
    CHECK(at.state.read("scenarios", "1:u:N").version == 0);
    // One moves it, the other has come too late: for nothing.
    at.state.before = [&, once = true](std::string_view operation, std::string_view) mutable {
        if (operation == "batch" && std::exchange(once, false)) CHECK(at.second.ask("/a") == "a");
        return MF_OK;
    };
    CHECK(at.first.ask("/a") == "");
    CHECK(at.counter("a") == "1");
    at.state.before = {};
    CHECK(at.second.ask("/b") == "b");
    CHECK(at.first.ask("/b") == "b");
    CHECK(at.first.ask("/b") == "");
}

TEST_CASE("a use that a node counts for itself is back when the scenario could not be moved") {
    fake_state state;
    fleet_node node(state);
    auto both = step("a", "/a", "t", "Started", "on");
    both.times.remaining = 1;
    node.put({both});
    int removed = -1;
    state.before = [&](std::string_view operation, std::string_view) {
        if (operation != "put") return MF_OK;
        removed = static_cast<int>(*run(node.live.sweep()));
        return MF_UNAVAILABLE;
    };
    CHECK(node.ask("/a") == "error: state-fake: as the test wished");
    CHECK(removed == 0);
    state.before = {};
    CHECK(node.ask("/a") == "a");
    CHECK(node.ask("/a") == "");
}

TEST_CASE("a use that nobody answers for, for certain, counts as spent") {
    fake_state state;
    fleet_node node(state);
    auto both = step("a", "/a", "t", "Started", "on");
    both.times.remaining = 1;
    node.put({both});
    state.before = [](std::string_view operation, std::string_view) {
        return operation == "put" ? MF_TIMEOUT : MF_OK;
    };
    CHECK(node.ask("/a").starts_with("error"));
    state.before = {};
    CHECK(node.ask("/a") == "");
}

TEST_CASE("a backend that fails is an error, not a refusal") {
    fleet at;
    at.first.put({limited("a", "/a", 2)});
    at.state.before = [](std::string_view operation, std::string_view) {
        return operation == "add" ? MF_UNAVAILABLE : MF_OK;
    };
    CHECK(at.first.ask("/a") == "error: state-fake: as the test wished");
    at.state.before = {};
    CHECK(at.first.ask("/a") == "a");
}

TEST_CASE("each node counts for itself when told so, and none takes another's uses away") {
    fleet at(false);
    at.first.put({limited("a", "/a", 1)});
    at.catch_up();
    CHECK(at.first.ask("/a") == "a");
    CHECK(at.first.ask("/a") == "");
    REQUIRE(*run(at.first.live.sweep()) == 0);
    CHECK(at.second.ask("/a") == "a");
    CHECK(at.second.ask("/a") == "");
    CHECK(at.state.adds == 0);
    CHECK(at.counter("a").empty());
}

TEST_CASE("a backend that cannot count leaves the counting to the nodes") {
    fake_state state(false);
    state.clustered = true;
    fleet_node node(state);
    node.put({limited("a", "/a", 1)});
    CHECK(node.ask("/a") == "a");
    CHECK(node.ask("/a") == "");
    CHECK(state.adds == 0);
}

TEST_CASE("a single node does not ask the backend") {
    fake_state state;
    fleet_node node(state);
    node.put({limited("a", "/a", 2)});
    CHECK(node.ask("/a") == "a");
    CHECK(node.ask("/a") == "a");
    CHECK(node.ask("/a") == "");
    CHECK(state.adds == 0);
}

TEST_CASE("exactly the limit, however many threads ask on whichever node") {
    for (const bool elsewhere : {false, true}) {
        CAPTURE(elsewhere);
        fleet at;
        constexpr int limit = 100;
        at.first.put({limited("a", "/a", limit)});
        at.catch_up();
        at.state.elsewhere = elsewhere;
        constexpr int threads = 8;
        std::atomic<int> granted{0};
        std::atomic<int> failed{0};
        std::barrier start(threads);
        std::vector<std::thread> running;
        for (std::size_t i = 0; i < threads; ++i) {
            running.emplace_back([&, i] {
                auto& node = i % 2 == 0 ? at.first : at.second;
                start.arrive_and_wait();
                for (int n = 0; n < limit / 4; ++n) {
                    const auto id = node.ask("/a", i);
                    if (id == "a")
                        ++granted;
                    else if (!id.empty())
                        ++failed;
                }
            });
        }
        for (auto& one : running)
            one.join();
        at.state.elsewhere = false;
        CHECK(granted == limit);
        CHECK(failed == 0);
        CHECK(at.counter("a") == "0");
    }
}
