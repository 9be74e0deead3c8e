// What a node makes of others' writes while its own are under way, and when the backend is away.
#include "fleet_fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace mockfleet;
using namespace mockfleet::tests;

namespace {

struct fleet {
    fake_state state;
    fleet_node first;
    fleet_node second;
    fleet() : first((state.clustered = true, state)), second(state) {}
    void catch_up() {
        first.catch_up();
        second.catch_up();
    }
};

/// The body that answers at a node; empty if nothing does.
std::string body(fleet_node& at, const std::string& id) {
    const auto found = at.live.find(id);
    return found ? found->definition.response->body->text : "";
}

} // namespace

TEST_CASE("what could not be read when it changed is read when the backend is back") {
    fleet at;
    at.first.put({expectation("gone", "/gone")});
    at.catch_up();
    int woken = 0;
    for (auto* kind : at.second.kinds)
        kind->on_unread([&] { ++woken; });
    at.first.put({expectation("a", "/a"), step("s", "/s", "turns", "Started", "next")});
    REQUIRE(run(at.first.live.clear_id("gone")).has_value());
    CHECK(at.first.ask("/s") == "s");
    at.state.before = [](std::string_view operation, std::string_view) {
        return operation == "get" || operation == "scan" ? MF_UNAVAILABLE : MF_OK;
    };
    at.second.catch_up();
    CHECK(at.second.ask("/a") == "");
    CHECK(woken > 0);
    CHECK(at.second.live.is_behind());
    CHECK(at.second.machines.is_behind());
    CHECK_FALSE(run(at.second.live.read_again()));
    at.state.before = {};
    CHECK(run(at.second.live.read_again()));
    CHECK(run(at.second.machines.read_again()));
    CHECK_FALSE(at.second.live.is_behind());
    CHECK(at.second.ask("/a") == "a");
    CHECK(at.second.live.find("gone") == nullptr);
    CHECK(at.second.machines.state_of("turns") == "next");
}

TEST_CASE("an answer that is late is no reason to refuse requests") {
    fleet at;
    at.first.put({expectation("a", "/a")});
    at.state.before = [](std::string_view operation, std::string_view) {
        return operation == "get" ? MF_TIMEOUT : MF_OK;
    };
    at.second.catch_up();
    CHECK(at.second.live.has_unread());
    CHECK_FALSE(at.second.live.is_behind());
}

TEST_CASE("another node's later write is acted on while this node's is not answered yet") {
    fleet at;
    at.first.put({expectation("a", "/a", "old")});
    at.catch_up();
    std::string seen;
    at.state.after = [&](std::string_view operation, std::string_view) {
        if (operation != "put" || !seen.empty()) return;
        seen = "?";
        at.second.catch_up();
        at.second.put({expectation("a", "/a", "theirs")});
        at.first.catch_up();
        seen = body(at.first, "a");
    };
    at.first.put({expectation("a", "/a", "mine")});
    CHECK(seen == "theirs");
    CHECK(body(at.first, "a") == "theirs");
}

TEST_CASE("another node's later removal is not undone by the end of this node's write") {
    fleet at;
    at.first.put({expectation("a", "/a", "old")});
    at.catch_up();
    bool done = false;
    at.state.after = [&](std::string_view operation, std::string_view) {
        if (operation != "put" || std::exchange(done, true)) return;
        at.second.catch_up();
        REQUIRE(run(at.second.live.clear_id("a")).has_value());
        at.first.catch_up();
    };
    at.first.put({expectation("a", "/a", "mine")});
    CHECK(body(at.first, "a").empty());
}
