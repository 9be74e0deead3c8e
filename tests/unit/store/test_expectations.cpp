// The store of expectations: upsert and removal over the backend, matching with times, time to live and
// percentage.
#include "store/expectations.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::run;

namespace {

using ids = std::vector<std::string>;

std::vector<model::expectation> list(std::initializer_list<model::expectation> all) {
    return all;
}

std::size_t notes_of(const store::event_log& log, store::entry_type type) {
    const auto snapshot = log.take();
    std::size_t found = 0;
    store::recorded_note read;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        if (!snapshot.is_note(i)) continue;
        snapshot.read(i, read);
        found += read.type == type ? 1 : 0;
    }
    return found;
}

} // namespace

TEST_CASE("upsert creates, answers in order and fills in ids") {
    fixture at;
    const auto stored = at.put(list({expectation("a", "/a"), expectation("", "/b"), expectation("", "/c")}));
    REQUIRE(stored.size() == 3);
    CHECK(stored[0]->definition.id == "a");
    CHECK(stored[1]->definition.id.size() == 36);
    CHECK(stored[1]->definition.id != stored[2]->definition.id);
    CHECK(at.match("/a") == "a");
    CHECK(at.match("/b") == stored[1]->definition.id);
    CHECK(at.match("/d").empty());
    CHECK(at.live.size() == 3);
    CHECK(at.state.size() == 3);
    CHECK(at.state.batches == 1);
    CHECK(notes_of(at.log, store::entry_type::created_expectation) == 3);
}

TEST_CASE("an empty array changes nothing") {
    fixture at;
    CHECK(at.put(std::vector<model::expectation>()).empty());
    CHECK(at.live.size() == 0);
}

TEST_CASE("match order: priority, then creation") {
    fixture at;
    at.put(expectation("first", "/a"));
    at.put(expectation("second", "/a"));
    auto high = expectation("high", "/a");
    high.priority = 5;
    at.put(high);
    CHECK(at.match("/a") == "high");
    CHECK(at.active() == ids{"high", "first", "second"});
    SUBCASE("an update keeps the place") {
        at.put(expectation("first", "/a", "changed"));
        high.priority = -1;
        at.put(high);
        CHECK(at.active() == ids{"first", "second", "high"});
        CHECK(at.match("/a") == "first");
    }
}

TEST_CASE("creation order follows the array, whatever the clock does") {
    fixture at;
    at.put(expectation("1", "/a"));
    at.now -= 3'600'000'000'000;
    at.put(list({expectation("2", "/a"), expectation("3", "/a")}));
    CHECK(at.active() == ids{"1", "2", "3"});
}

TEST_CASE("identical content changes nothing") {
    fixture at;
    auto limited = expectation("a", "/a");
    limited.times.remaining = 2;
    limited.time_to_live = {false, model::time_unit::seconds, 60, {}};
    const auto first = at.put(limited);
    at.now += 1'000'000'000;
    CHECK(at.put(limited) == first);
    CHECK(at.state.puts == 1);
    CHECK(notes_of(at.log, store::entry_type::updated_expectation) == 0);
    SUBCASE("used once, times restart") {
        CHECK(at.match("/a") == "a");
        CHECK(at.put(limited) != first);
        CHECK(notes_of(at.log, store::entry_type::updated_expectation) == 1);
        CHECK(at.match("/a") == "a");
        CHECK(at.match("/a") == "a");
        CHECK(at.match("/a").empty());
    }
    SUBCASE("expired, it lives again") {
        at.now += 60'000'000'000;
        CHECK(at.match("/a").empty());
        at.put(limited);
        CHECK(at.match("/a") == "a");
    }
    SUBCASE("changed content restarts the time to live") {
        at.now += 58'000'000'000;
        limited.priority = 1;
        at.put(limited);
        at.now += 30'000'000'000;
        CHECK(at.match("/a") == "a");
    }
}

TEST_CASE("of an id given twice the last stays, both are answered") {
    fixture at;
    const auto stored =
        at.put(list({expectation("d", "/1", "1"), expectation("x", "/x"), expectation("d", "/2", "2")}));
    REQUIRE(stored.size() == 3);
    CHECK(stored[0]->definition.request->path.value == "/1");
    CHECK(stored[2]->definition.request->path.value == "/2");
    CHECK(at.match("/1").empty());
    CHECK(at.match("/2") == "d");
    CHECK(at.active() == ids{"d", "x"});
    CHECK(notes_of(at.log, store::entry_type::created_expectation) == 2);
    CHECK(notes_of(at.log, store::entry_type::updated_expectation) == 1);
}

TEST_CASE("times are exact and restart with an update") {
    fixture at;
    auto limited = expectation("a", "/a");
    limited.times.remaining = 2;
    at.put(limited);
    at.put(expectation("b", "/a"));
    CHECK(at.match("/a") == "a");
    CHECK(at.live.find("a")->current().times.remaining == 1);
    CHECK(at.match("/a") == "a");
    CHECK(at.match("/a") == "b");
    CHECK(at.active() == ids{"b"});
    CHECK(at.live.find("a") == nullptr);
    limited.times.remaining = 1;
    at.put(limited);
    CHECK(at.match("/a") == "a");
    CHECK(at.match("/a") == "b");
}

TEST_CASE("many threads get exactly as many matches as there are times") {
    fixture at;
    constexpr int times = 20000;
    auto limited = expectation("a", "/a");
    limited.times.remaining = times;
    at.put(limited);
    at.put(expectation("b", "/a"));
    std::atomic<int> first{0};
    std::atomic<int> second{0};
    std::vector<std::thread> threads;
    for (std::size_t slot = 0; slot < 4; ++slot) {
        threads.emplace_back([&, slot] {
            tests::sample request{"GET", "/a"};
            matching::request_facts facts;
            for (int i = 0; i < 6000; ++i) {
                facts.begin(request.view());
                const auto guard = at.live.read(slot);
                const auto* hit = at.live.match(guard, facts, at.now, slot);
                ++(hit->definition.id == "a" ? first : second);
            }
        });
    }
    for (auto& one : threads)
        one.join();
    CHECK(first == times);
    CHECK(second == 4 * 6000 - times);
}

TEST_CASE("time to live") {
    fixture at;
    auto mortal = expectation("a", "/a");
    mortal.time_to_live = {false, model::time_unit::milliseconds, 100, {}};
    at.put(mortal);
    auto dated = expectation("b", "/b");
    dated.time_to_live = {false, model::time_unit::days, 9, at.now / 1'000'000 + 50};
    at.put(dated);
    CHECK(at.match("/a") == "a");
    CHECK(at.match("/b") == "b");
    at.now += 99'999'999;
    CHECK(at.match("/a") == "a");
    CHECK(at.match("/b").empty());
    at.now += 1;
    CHECK(at.match("/a").empty());
    CHECK(at.active().empty());
}

TEST_CASE("a time to live beyond all clocks never ends") {
    fixture at;
    auto eternal = expectation("a", "/a");
    eternal.time_to_live = {false, model::time_unit::days, 9'000'000'000'000'000'000, {}};
    at.put(eternal);
    at.now += 1'000'000'000'000'000'000;
    CHECK(at.match("/a") == "a");
}

TEST_CASE("percentage") {
    fixture at;
    auto never = expectation("never", "/a");
    never.percentage = 0;
    never.times.remaining = 1;
    at.put(never);
    auto half = expectation("half", "/a");
    half.percentage = 50;
    at.put(half);
    auto always = expectation("always", "/a");
    always.percentage = 100;
    at.put(always);
    int halves = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto id = at.match("/a");
        REQUIRE((id == "half" || id == "always"));
        halves += id == "half" ? 1 : 0;
    }
    CHECK(halves > 800);
    CHECK(halves < 1200);
    CHECK(at.live.find("never")->current().times.remaining == 1); // a miss takes no use
}

TEST_CASE("used-up expectations are swept when asked, and the sweep is asked for once") {
    fixture at;
    int asked = 0;
    at.live.on_spent([&] { ++asked; });
    for (const auto* id : {"a", "b"}) {
        auto limited = expectation(id, "/a");
        limited.times.remaining = 1;
        at.put(limited);
    }
    at.put(expectation("c", "/a"));
    CHECK(at.match("/a") == "a");
    CHECK(at.match("/a") == "b");
    CHECK(at.match("/a") == "c");
    CHECK(asked == 1);
    CHECK(at.live.size() == 3);
    CHECK(*run(at.live.sweep()) == 2);
    CHECK(at.live.size() == 1);
    CHECK(at.state.size() == 1);
    CHECK(notes_of(at.log, store::entry_type::removed_expectation) == 2);
    CHECK(*run(at.live.sweep()) == 0);
    SUBCASE("later ones ask again") {
        auto mortal = expectation("d", "/d");
        mortal.time_to_live = {false, model::time_unit::milliseconds, 1, {}};
        at.put(mortal);
        at.now += 1'000'000;
        CHECK(at.match("/d").empty());
        CHECK(asked == 2);
    }
}

TEST_CASE("capacity evicts the oldest inserted, whatever its priority or updates") {
    fixture at(3);
    auto important = expectation("1", "/1");
    important.priority = 100;
    at.put(important);
    at.put(list({expectation("2", "/2"), expectation("3", "/3")}));
    at.put(expectation("1", "/1", "updated"));
    at.put(expectation("4", "/4"));
    CHECK(at.match("/1").empty());
    CHECK(at.live.size() == 3);
    CHECK(at.state.size() == 3);
    at.put(list(
        {expectation("5", "/5"), expectation("6", "/6"), expectation("7", "/7"), expectation("8", "/8")}));
    CHECK(at.active() == ids{"6", "7", "8"});
    CHECK(at.state.size() == 3);
    at.live.set_max_expectations(1);
    at.put(expectation("9", "/9"));
    CHECK(at.active() == ids{"9"});
}

TEST_CASE("clearing") {
    fixture at;
    at.put(list({expectation("a", "/a"), expectation("b", "/b"), expectation("c", "/a")}));
    SUBCASE("by id") {
        CHECK(*run(at.live.clear_id("a")) == 1);
        CHECK(at.active() == ids{"b", "c"});
        CHECK(*run(at.live.clear_id("a")) == 0);
        CHECK(at.live.matcher_of("a").has_value());
        CHECK(at.state.size() == 2);
    }
    SUBCASE("by filter") {
        CHECK(*run(at.live.clear_matching(tests::matcher("/a"))) == 2);
        CHECK(at.active() == ids{"b"});
        CHECK(notes_of(at.log, store::entry_type::removed_expectation) == 2);
        CHECK(notes_of(at.log, store::entry_type::cleared) == 1);
        CHECK(at.live.matcher_of("a")->path.value == "/a");
    }
    SUBCASE("by a filter that nothing matches") {
        CHECK(*run(at.live.clear_matching(tests::matcher("/zzz"))) == 0);
    }
    SUBCASE("all") {
        CHECK(*run(at.live.clear_all()) == 3);
        CHECK(at.active().empty());
        CHECK(at.match("/a").empty());
        CHECK(at.state.size() == 0);
        CHECK_FALSE(at.live.matcher_of("a").has_value());
        at.put(expectation("a", "/a"));
        CHECK(at.match("/a") == "a");
    }
    SUBCASE("one by one when the backend has no batch") {
        fixture plain(100, false);
        plain.put(list({expectation("a", "/a"), expectation("b", "/b"), expectation("c", "/a")}));
        CHECK(*run(plain.live.clear_matching(tests::matcher("/a"))) == 2);
        CHECK(plain.state.size() == 1);
    }
}

TEST_CASE("matchers of the past are kept in a ring") {
    fixture at(2);
    at.put(expectation("a", "/a"));
    run(at.live.clear_id("a"));
    CHECK(at.live.matcher_of("a")->path.value == "/a");
    at.put(expectation("b", "/b"));
    CHECK(at.live.matcher_of("a").has_value());
    at.put(expectation("c", "/c"));
    CHECK_FALSE(at.live.matcher_of("a").has_value());
    CHECK(at.live.matcher_of("b").has_value());
    model::expectation open;
    open.id = "open";
    at.put(open);
    CHECK(at.live.matcher_of("open") == model::request_matcher());
    CHECK_FALSE(at.live.matcher_of("nobody").has_value());
}

TEST_CASE("nothing stays of an upsert that fails") {
    SUBCASE("in one batch") {
        fixture at;
        at.put(expectation("a", "/a"));
        at.state.before = [](std::string_view operation, std::string_view) {
            return operation == "batch" ? MF_UNAVAILABLE : MF_OK;
        };
        const auto failed = run(at.live.upsert(list({expectation("a", "/a2"), expectation("b", "/b")})));
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().code == base::errc::unavailable);
        CHECK(at.active() == ids{"a"});
        CHECK(at.match("/a") == "a");
        CHECK(at.state.size() == 1);
        CHECK(notes_of(at.log, store::entry_type::created_expectation) == 1);
    }
    SUBCASE("in the third of several batches") {
        fixture at;
        at.state.max_batch = 2;
        REQUIRE(run(at.live.load()).has_value());
        at.put(expectation("e", "/old"));
        const auto before = at.state.read("expectations", "e").value;
        at.state.before = [&, calls = 0](std::string_view operation, std::string_view) mutable {
            return operation == "batch" && ++calls == 3 ? MF_EXHAUSTED : MF_OK;
        };
        const auto failed =
            run(at.live.upsert(list({expectation("a", "/a"), expectation("e", "/new"), expectation("b", "/b"),
                                     expectation("c", "/c"), expectation("d", "/d")})));
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().code == base::errc::exhausted);
        CHECK(at.state.size() == 1);
        CHECK(at.state.read("expectations", "e").value == before);
        CHECK(at.active() == ids{"e"});
        CHECK(at.match("/old") == "e");
        at.state.before = {};
        at.put(expectation("e", "/new"));
        CHECK(at.match("/new") == "e");
    }
    SUBCASE("without batches") {
        fixture at(100, false);
        at.state.before = [](std::string_view operation, std::string_view key) {
            return operation == "put" && key == "c" ? MF_DENIED : MF_OK;
        };
        REQUIRE_FALSE(run(at.live.upsert(
                              list({expectation("a", "/a"), expectation("b", "/b"), expectation("c", "/c")})))
                          .has_value());
        CHECK(at.state.size() == 0);
        CHECK(at.active().empty());
    }
}

TEST_CASE("large arrays go in as many batches as the backend needs") {
    fixture at;
    at.state.max_batch = 10;
    REQUIRE(run(at.live.load()).has_value());
    std::vector<model::expectation> many;
    for (int i = 0; i < 95; ++i)
        many.push_back(expectation("", "/" + std::to_string(i)));
    at.put(std::move(many));
    CHECK(at.state.batches == 10);
    CHECK(at.state.size() == 95);
    CHECK(at.live.size() == 95);
}

TEST_CASE("answers may come from another thread") {
    fixture at;
    at.state.elsewhere = true;
    at.put(list({expectation("a", "/a"), expectation("b", "/b")}));
    at.put(expectation("a", "/a2"));
    CHECK(at.match("/a2") == "a");
    CHECK(*run(at.live.clear_all()) == 2);
}

TEST_CASE("everything is loaded at the start") {
    fixture first;
    auto limited = expectation("b", "/b");
    limited.priority = 3;
    limited.times.remaining = 7;
    limited.time_to_live = {false, model::time_unit::seconds, 60, {}};
    std::vector<model::expectation> many = list({expectation("a", "/a"), limited});
    for (int i = 0; i < 8; ++i)
        many.push_back(expectation("c" + std::to_string(i), "/c"));
    first.put(many);

    store::event_log log(1);
    store::scenarios machines(store::state_client(first.state.backend()));
    store::expectations second(store::state_client(first.state.backend()), machines, {}, log, {100},
                               [&] { return first.now; });
    REQUIRE(run(second.load()).has_value());
    CHECK(second.size() == 10);
    ids loaded;
    for (const auto& one : second.active())
        loaded.push_back(one->definition.id);
    CHECK(loaded == first.active());
    CHECK(second.find("b")->definition == first.live.find("b")->definition);
    CHECK(second.find("b")->expires_ns == first.now + 60'000'000'000);
    CHECK(second.find("b")->remaining == 7);
    CHECK(second.matcher_of("a").has_value());
    SUBCASE("what is unreadable is left out") {
        first.state.write("expectations", "bad", "{\"order\":");
        first.state.write("expectations", "worse", "{\"order\":1,\"expectation\":7}");
        first.state.write("expectations", "odd", "[]");
        store::expectations third(store::state_client(first.state.backend()), machines, {}, log, {100});
        REQUIRE(run(third.load()).has_value());
        CHECK(third.size() == 10);
    }
    SUBCASE("a backend that does not answer is an error") {
        first.state.before = [](std::string_view, std::string_view) { return MF_UNAVAILABLE; };
        store::expectations third(store::state_client(first.state.backend()), machines, {}, log, {100});
        CHECK_FALSE(run(third.load()).has_value());
    }
}

TEST_CASE("changes of other nodes are taken over") {
    fixture at;
    fixture other;
    store::event_log log(1);
    store::scenarios machines(store::state_client(at.state.backend()));
    store::expectations remote(store::state_client(at.state.backend()), machines, {}, log, {100},
                               [&] { return at.now; });
    REQUIRE(run(remote.load()).has_value());
    const auto put = [&](model::expectation one) {
        auto stored = run(remote.upsert({std::move(one)}));
        REQUIRE(stored.has_value());
        return stored->front()->version;
    };
    const auto version = put(expectation("a", "/a"));
    run(at.live.changed("a", version));
    CHECK(at.match("/a") == "a");
    SUBCASE("an event that is known already costs nothing") {
        int gets = 0;
        at.state.before = [&](std::string_view operation, std::string_view) {
            gets += operation == "get" ? 1 : 0;
            return MF_OK;
        };
        run(at.live.changed("a", version));
        run(at.live.changed("nobody", 0));
        CHECK(gets == 0);
    }
    SUBCASE("an update wins a race by its version") {
        run(at.live.changed("a", put(expectation("a", "/a2"))));
        CHECK(at.match("/a2") == "a");
        // This node has not heard of the next update when it writes itself.
        put(expectation("a", "/a3"));
        at.put(expectation("a", "/a4"));
        CHECK(at.match("/a4") == "a");
        CHECK(at.match("/a3").empty());
        CHECK(at.live.find("a")->order == remote.find("a")->order);
    }
    SUBCASE("a removal") {
        REQUIRE(run(remote.clear_id("a")).has_value());
        run(at.live.changed("a", 0));
        CHECK(at.match("/a").empty());
    }
    SUBCASE("an entry that was removed unheard of is created again") {
        REQUIRE(run(remote.clear_id("a")).has_value());
        at.put(expectation("a", "/a5"));
        CHECK(at.match("/a5") == "a");
        CHECK(at.state.size() == 1);
        at.put(list({expectation("a", "/a6"), expectation("b", "/b")}));
        REQUIRE(run(remote.clear_all()).has_value());
        at.put(list({expectation("a", "/a7"), expectation("b", "/b7")}));
        CHECK(at.match("/a7") == "a");
        CHECK(at.match("/b7") == "b");
    }
    SUBCASE("a clear of the whole space") {
        at.put(expectation("b", "/b"));
        REQUIRE(run(remote.clear_all()).has_value());
        put(expectation("c", "/c"));
        run(at.live.reread());
        CHECK(at.active() == ids{"c"});
    }
    SUBCASE("an expectation created with an id that is taken becomes an update") {
        put(expectation("z", "/z"));
        at.put(list({expectation("y", "/y"), expectation("z", "/zz")}));
        CHECK(at.match("/zz") == "z");
        CHECK(at.active() == ids{"a", "z", "y"});
    }
}

TEST_CASE("an acknowledged write is not dropped by what happens while it is on its way") {
    fixture at;
    SUBCASE("the event of its own write comes before its completion") {
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation == "put") run(at.live.changed("a", at.state.read("expectations", "a").version));
        };
        at.put(expectation("a", "/a"));
        CHECK(at.match("/a") == "a");
    }
    SUBCASE("another node removes it right away") {
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation != "put") return;
            at.state.erase("expectations", "a");
            run(at.live.changed("a", 0));
        };
        at.put(expectation("a", "/a"));
        CHECK(at.match("/a").empty());
        CHECK(at.live.size() == 0);
    }
    SUBCASE("somebody clears everything right away") {
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation == "put") run(at.live.clear_all());
        };
        at.put(expectation("a", "/a"));
        CHECK(at.live.size() == 0);
        CHECK(at.state.size() == 0);
    }
    SUBCASE("a clear is under way when it is written") {
        at.put(expectation("old", "/old"));
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation != "clear") return;
            at.state.after = {};
            at.put(expectation("a", "/a"));
        };
        REQUIRE(run(at.live.clear_all()).has_value());
        CHECK(at.match("/a") == "a");
        CHECK(at.match("/old").empty());
    }
    SUBCASE("it is replaced while it is being removed") {
        at.put(expectation("a", "/a"));
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation != "remove") return;
            at.state.after = {};
            at.put(expectation("a", "/again"));
        };
        REQUIRE(run(at.live.clear_id("a")).has_value());
        CHECK(at.match("/again") == "a");
        CHECK(at.state.size() == 1);
    }
    SUBCASE("another node always comes first") {
        at.state.before = [&, other = 0](std::string_view operation, std::string_view) mutable {
            if (operation == "put")
                at.state.write("expectations", "a",
                               "{\"order\":5,\"expectation\":{\"httpResponse\":{},\"priority\":" +
                                   std::to_string(++other) + "}}");
            return MF_OK;
        };
        const auto failed = run(at.live.upsert({expectation("a", "/a")}));
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().code == base::errc::unavailable); // 503: it may be tried again
        CHECK(failed.error().message.find("try again") != std::string::npos);
        CHECK(at.live.size() == 1);
    }
}

TEST_CASE("clearing by a filter leaves alone what no longer matches when it is removed") {
    fixture at;
    at.put(list({expectation("a", "/x"), expectation("b", "/x"), expectation("c", "/x")}));
    at.state.before = [&, once = true](std::string_view operation, std::string_view) mutable {
        if (operation != "batch" || !std::exchange(once, false)) return MF_OK;
        at.put(expectation("a", "/moved"));
        at.put(expectation("b", "/x", "anew"));
        return MF_OK;
    };
    CHECK(*run(at.live.clear_matching(tests::matcher("/x"))) == 2);
    CHECK(at.active() == ids{"a"});
    CHECK(at.match("/moved") == "a");
    CHECK(at.state.size() == 1);
}

TEST_CASE("an array of which one batch is in doubt is taken back as a whole") {
    fixture at;
    at.state.max_batch = 2;
    REQUIRE(run(at.live.load()).has_value());
    at.put(expectation("d", "/old"));
    const auto before = at.state.read("expectations", "d").value;
    const auto post = [&] {
        return run(at.live.upsert(list({expectation("a", "/a"), expectation("b", "/b"),
                                        expectation("c", "/c"), expectation("d", "/new")})));
    };
    SUBCASE("it was stored") {
        at.state.after = [&, calls = 0](std::string_view operation, std::string_view) mutable {
            if (operation == "batch" && ++calls == 2) at.state.answer_once(MF_TIMEOUT);
        };
        const auto failed = post();
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().code == base::errc::unavailable);
        CHECK(failed.error().message.find("nothing is stored") != std::string::npos);
    }
    SUBCASE("it was not") {
        at.state.before = [calls = 0](std::string_view operation, std::string_view) mutable {
            return operation == "batch" && ++calls == 2 ? MF_TIMEOUT : MF_OK;
        };
        const auto failed = post();
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().code == base::errc::timeout);
    }
    at.state.before = {};
    at.state.after = {};
    CHECK(at.state.size() == 1);
    CHECK(at.state.read("expectations", "d").value == before);
    CHECK(at.match("/old") == "d");
}

TEST_CASE("who is told of a failure does not wait for what has to be read again") {
    fixture at;
    at.put(expectation("a", "/a"));
    int gets = 0;
    at.state.before = [&](std::string_view operation, std::string_view key) {
        gets += operation == "get" ? 1 : 0;
        if (operation != "put") return MF_OK;
        run(at.live.changed(std::string(key), 1000)); // somebody else was faster, as it happens
        gets = 0;
        return MF_TIMEOUT;
    };
    REQUIRE_FALSE(run(at.live.upsert({expectation("a", "/b")})).has_value());
    CHECK(gets == 0);
    CHECK(at.live.has_unread());
    CHECK(run(at.live.read_again()));
    CHECK(gets == 1);
}

TEST_CASE(
    "an entry that can never be read is passed over, and the one it replaces with it if it is damaged") {
    fixture at;
    at.put(list({expectation("a", "/a"), expectation("b", "/b")}));
    at.state.write("expectations", "a", "no document");
    run(at.live.changed("a", 1000));
    CHECK(at.active() == ids{"b"});
    at.state.before = [](std::string_view operation, std::string_view) {
        return operation == "get" ? MF_DENIED : MF_OK;
    };
    run(at.live.changed("b", 1001));
    run(at.live.changed("b", 1002));
    CHECK_FALSE(at.live.has_unread());
    CHECK(at.live.passed_over() == 1);
    CHECK(at.active() == ids{"b"});
}

TEST_CASE("readers go on while everything changes") {
    fixture at(100000);
    at.put(expectation("fixed", "/fixed"));
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    for (std::size_t slot = 0; slot < 2; ++slot) {
        readers.emplace_back([&, slot] {
            tests::sample fixed{"GET", "/fixed"};
            tests::sample changing{"GET", "/changing"};
            matching::request_facts facts;
            while (!stop) {
                for (auto* request : {&fixed, &changing}) {
                    facts.begin(request->view());
                    const auto guard = at.live.read(slot);
                    const auto* hit = at.live.match(guard, facts, at.now, slot);
                    if (request == &fixed && (hit == nullptr || hit->definition.id != "fixed")) ++wrong;
                    if (request == &changing && hit != nullptr && !hit->definition.id.starts_with("c"))
                        ++wrong;
                }
            }
        });
    }
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 2; ++writer) {
        writers.emplace_back([&, writer] {
            for (int round = 0; round < 30; ++round) {
                std::vector<model::expectation> some;
                for (int i = 0; i < 20; ++i)
                    some.push_back(expectation("c" + std::to_string(i), "/changing",
                                               std::to_string(round * 2 + writer)));
                if (!run(at.live.upsert(std::move(some)))) ++wrong;
                if (round % 5 == 4)
                    static_cast<void>(run(at.live.clear_matching(tests::matcher("/changing"))));
            }
        });
    }
    for (auto& one : writers)
        one.join();
    stop = true;
    for (auto& one : readers)
        one.join();
    CHECK(wrong == 0);
    // What this node serves is what the backend holds.
    CHECK(at.live.size() == at.state.size());
    for (const auto& one : at.live.active())
        CHECK(at.state.read("expectations", one->definition.id).version == one->version);
}

TEST_CASE("a pattern that is no regular expression is stored all the same") {
    fixture at;
    at.put(expectation("odd", "/a[["));
    CHECK(at.match("/a[[") == "odd");
}

TEST_CASE("the action is prepared once per content, outside of the index") {
    tests::fake_state state;
    store::event_log log(1);
    int prepared = 0;
    struct action : store::prepared_action {};
    store::scenarios machines(store::state_client(state.backend()));
    store::expectations live(store::state_client(state.backend()), machines,
                             [&](const model::expectation&) {
                                 ++prepared;
                                 return std::make_shared<action>();
                             },
                             log, {10});
    REQUIRE(run(live.upsert({expectation("a", "/a")})).has_value());
    CHECK(prepared == 1);
    CHECK(live.find("a")->action != nullptr);
}
TEST_CASE("the matcher of what is stored is known, however many ids came after it") {
    tests::fixture at(3);
    at.put(tests::expectation("old", "/old"));
    at.put(tests::expectation("b", "/b"));
    for (int i = 0; i < 5; ++i) {
        const auto id = "passing" + std::to_string(i);
        at.put(tests::expectation(id, "/passing"));
        REQUIRE(tests::run(at.live.clear_id(id)).has_value());
    }
    REQUIRE(at.live.find("old"));
    const auto known = at.live.matcher_of("old");
    REQUIRE(known.has_value());
    CHECK(*known == tests::matcher("/old"));
    CHECK_FALSE(at.live.matcher_of("passing0").has_value());
}

TEST_CASE("neither the log nor the ring of matchers holds large one-off expectations beyond the limit") {
    tests::fixture at;
    constexpr std::size_t limit = 16U << 20;
    at.log.set_limits({100000, limit});
    const std::string body(1 << 20, 'x');
    std::vector<std::weak_ptr<const store::live_expectation>> all;
    for (int i = 0; i < 60; ++i) {
        const auto id = std::to_string(i);
        all.push_back(at.put(tests::expectation(id, "/" + id, body)));
        CHECK(at.receive("GET", "/" + id) == id);
        REQUIRE(tests::run(at.live.clear_id(id)).has_value());
    }
    const auto alive = std::count_if(all.begin(), all.end(), [](const auto& one) { return !one.expired(); });
    CHECK(alive < 12);
    CHECK(alive > 0);
    CHECK(at.log.memory() < 2 * limit);
    CHECK(at.live.matcher_of("0").has_value());
}

TEST_CASE("large expectations that are served do not push entries out of the log") {
    tests::fixture at;
    at.log.set_limits({100000, 4U << 20});
    const std::string body(1 << 20, 'x');
    for (int i = 0; i < 10; ++i)
        at.put(tests::expectation(std::to_string(i), "/" + std::to_string(i), body));
    for (int i = 0; i < 100; ++i)
        at.receive("GET", "/" + std::to_string(i % 10));
    CHECK(at.log.evicted() == 0);
    CHECK(at.log.memory() < 16U << 20);
    REQUIRE(tests::run(at.live.clear_all()).has_value());
    at.receive("GET", "/other");
    CHECK(at.log.memory() < 8U << 20);
}

TEST_CASE("a sweep that runs answers all that is spent meanwhile") {
    tests::fixture at;
    int woken = 0;
    at.live.on_spent([&] { ++woken; });
    auto limited = tests::expectation("a", "/a");
    limited.times.remaining = 1;
    at.put(limited);
    limited.id = "b";
    limited.request = tests::matcher("/b");
    at.put(limited);
    CHECK(at.match("/a") == "a");
    CHECK(woken == 1);
    bool first = true;
    at.state.before = [&](std::string_view operation, std::string_view) {
        if (operation == "remove" && std::exchange(first, false)) CHECK(at.match("/b") == "b");
        return MF_OK;
    };
    const auto gone = tests::run(at.live.sweep());
    REQUIRE(gone.has_value());
    CHECK(*gone == 2);
    CHECK(woken == 1);
    limited.id = "c";
    at.put(limited);
    CHECK(at.match("/b") == "c");
    CHECK(woken == 2);
    at.state.before = [](std::string_view, std::string_view) { return MF_UNAVAILABLE; };
    CHECK(tests::run(at.live.sweep()).has_error());
    at.state.before = {};
    CHECK(*tests::run(at.live.sweep()) == 1);
}

TEST_CASE("a removal that fails half-way is applied as far as it went") {
    tests::fixture at(15000, false);
    for (const auto* id : {"a", "b", "c"})
        at.put(tests::expectation(id, "/x"));
    at.state.before = [](std::string_view operation, std::string_view key) {
        return operation == "remove" && key == "b" ? MF_UNAVAILABLE : MF_OK;
    };
    CHECK(tests::run(at.live.clear_matching(tests::matcher("/x"))).has_error());
    CHECK(at.active() == std::vector<std::string>{"b", "c"});
}

TEST_CASE("a single one is stored at once where nothing has to wait for it") {
    using pace = store::expectations::pace;
    fixture at(3);
    boost::asio::io_context control;
    const auto at_once = [&](std::vector<model::expectation> posted) {
        const auto stored = run(at.live.upsert(std::move(posted), pace::at_once));
        if (!stored) CHECK(stored.error().code == base::errc::cancelled);
        return stored.has_value();
    };
    CHECK_FALSE(at_once({expectation("a", "/a")}));
    REQUIRE(run(at.live.load()).has_value());
    CHECK_FALSE(at_once({expectation("a", "/a")}));
    at.live.on_wait(control.get_executor());
    CHECK(at_once({expectation("a", "/a")}));
    CHECK(at.match("/a") == "a");
    CHECK(at_once({expectation("a", "/b")}));
    CHECK(at.match("/b") == "a");
    CHECK_FALSE(at_once({expectation("b", "/b"), expectation("c", "/c")}));
    CHECK(at.live.size() == 1);
    at.put({expectation("b", "/b"), expectation("c", "/c")});
    // Another one would have to be evicted.
    CHECK_FALSE(at_once({expectation("d", "/d")}));
    CHECK(at.live.size() == 3);
}

TEST_CASE("of a node that is alone, events of what it stored itself need nobody") {
    fixture at;
    const auto stored = at.put(expectation("a", "/a"));
    CHECK_FALSE(at.live.is_own("a", stored->version)); // whether it is alone is not known yet
    REQUIRE(run(at.live.load()).has_value());
    CHECK(at.live.is_own("a", stored->version));
    CHECK_FALSE(at.live.is_own("a", stored->version + 1));
    CHECK_FALSE(at.live.is_own("a", 0));
    CHECK(at.live.is_own("b", 0));
    CHECK_FALSE(at.live.is_own("b", 7));
}
