// Expectations in a document of a blob store: restore, outages, writes whose outcome is unknown, other
// writers.
#include "store/blob_persistence.hpp"

#include "../../support/fake_blobs.hpp"
#include "model/expectation_file.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::run;

namespace {

using ids = std::vector<std::string>;

ids ids_in(const std::string& text) {
    ids found;
    for (const auto& one : model::read_expectation_file(text).entries)
        found.push_back(one.content.id);
    return found;
}

std::string document(const ids& wanted) {
    std::string text = "[";
    for (const auto& id : wanted)
        text += (text.size() == 1 ? "" : ",") + std::string("{\"id\":\"") + id + "\",\"httpResponse\":{}}";
    return text + "]";
}

template <class Condition>
bool within_seconds(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

constexpr auto key = "p.json";
constexpr std::chrono::seconds long_patience{20};

/// Whoever passes waits until it is open.
class gate {
public:
    void pass() {
        waiting_ = true;
        while (!open_)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    void open() { open_ = true; }
    [[nodiscard]] bool waiting() const { return waiting_; }

private:
    std::atomic<bool> waiting_{false};
    std::atomic<bool> open_{false};
};

struct blob_fixture : fixture {
    explicit blob_fixture(tests::fake_blobs& in, std::chrono::milliseconds restore = std::chrono::seconds(5),
                          std::chrono::milliseconds patience = std::chrono::seconds(20))
        : blobs(in) {
        now = base::wall_ns();
        store::blob_persistence::options wanted;
        wanted.key = key;
        wanted.restore_timeout = restore;
        wanted.pace.gather = std::chrono::milliseconds(5);
        wanted.pace.first_pause = std::chrono::milliseconds(5);
        wanted.pace.longest_pause = std::chrono::milliseconds(20);
        wanted.pace.patience = patience;
        kept = std::make_unique<store::blob_persistence>(store::blob_client(in.backend()),
                                                         store::state_client(state.backend()), live, wanted);
    }
    void begin() {
        live.observe(*kept);
        run_void(kept->restore());
    }
    static void run_void(boost::asio::awaitable<void> work) { run(std::move(work)); }
    [[nodiscard]] bool clean() const { return kept->counted().pending == 0; }

    tests::fake_blobs& blobs;
    std::unique_ptr<store::blob_persistence> kept;
};

} // namespace

TEST_CASE("blobs: the document is loaded, and follows changes") {
    tests::fake_blobs blobs;
    blobs.write(key, document({"old", "older"}));
    blob_fixture at(blobs);
    at.begin();
    CHECK(at.active() == ids{"old", "older"});
    CHECK(blobs.puts == 0);
    at.put(expectation("new", "/n"));
    CHECK(within_seconds([&] { return at.clean(); }));
    REQUIRE(run(at.live.clear_id("old")).has_value());
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)) == ids{"older", "new"});
}

TEST_CASE("blobs: without a document the first change makes one; nothing is written without a change") {
    tests::fake_blobs blobs;
    blob_fixture at(blobs);
    at.begin();
    at.put(expectation("a", "/a"));
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)) == ids{"a"});
    blob_fixture idle(blobs);
    idle.begin();
    CHECK(idle.kept->stop(long_patience) == 0);
    CHECK(blobs.puts == 1);
}

TEST_CASE("blobs: restore can be skipped; then the document is kept aside and overwritten") {
    tests::fake_blobs blobs;
    blobs.write(key, document({"old"}));
    for (const std::string next : {"a", "b", "c"}) {
        blob_fixture at(blobs, std::chrono::milliseconds(0));
        at.begin();
        CHECK(at.active().empty());
        at.put(expectation(next, "/a"));
        CHECK(at.kept->stop(long_patience) == 0);
        CHECK(ids_in(blobs.read(key)) == ids{next});
    }
    CHECK(blobs.keys().size() == 4);
    CHECK(blobs.read("p.json.previous") == document({"old"}));
}

TEST_CASE("blobs: good entries load, the broken original is kept aside") {
    tests::fake_blobs blobs;
    const auto broken = "[{\"id\":\"good\",\"httpResponse\":{}},{\"id\":\"bad\",\"http";
    blobs.write(key, broken);
    blob_fixture at(blobs);
    at.begin();
    CHECK(at.active() == ids{"good"});
    const auto keys = blobs.keys();
    REQUIRE(keys.size() == 2);
    CHECK(keys[1].starts_with("p.json.broken-"));
    CHECK(blobs.read(keys[1]) == broken);
    CHECK(blobs.read(key) == broken);
}

TEST_CASE("blobs: an outage is waited for, and changes are told as waiting") {
    tests::fake_blobs blobs;
    std::atomic<bool> away{false};
    blobs.before = [&](std::string_view) {
        if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
    };
    blob_fixture at(blobs);
    at.begin();
    away = true;
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return !at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->counted().pending == 1);
    at.put(expectation("b", "/b"));
    CHECK(at.kept->stop(std::chrono::milliseconds(20)) == 2);
    CHECK(blobs.read(key).empty());
}

TEST_CASE("blobs: after an outage all is written") {
    tests::fake_blobs blobs;
    std::atomic<bool> away{true};
    blob_fixture at(blobs);
    at.begin();
    blobs.before = [&](std::string_view) {
        if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
    };
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.kept->counted().failures > 2; }));
    away = false;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(at.kept->counted().last_failure.empty());
    CHECK(ids_in(blobs.read(key)) == ids{"a"});
}

TEST_CASE("blobs: a document that cannot be read in time is loaded later, before anything is written") {
    tests::fake_blobs blobs;
    blobs.write(key, document({"old", "changed"}));
    std::atomic<bool> away{true};
    blobs.before = [&](std::string_view) {
        if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
    };
    blob_fixture at(blobs, std::chrono::milliseconds(20));
    at.begin();
    CHECK(at.active().empty());
    at.put(expectation("changed", "/mine"));
    at.put(expectation("new", "/n"));
    away = false;
    CHECK(within_seconds([&] { return at.clean() && at.live.size() == 3; }));
    CHECK(at.match("/mine") == "changed");
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)).size() == 3);
}

TEST_CASE("blobs: a store that is silent is not waited for beyond the time allowed, and is told of") {
    tests::fake_blobs blobs;
    blobs.write(key, document({"old"}));
    gate silence;
    blobs.before = [&](std::string_view) { silence.pass(); };
    blob_fixture at(blobs, std::chrono::milliseconds(30), std::chrono::milliseconds(30));
    at.begin();
    CHECK(at.active().empty());
    CHECK(within_seconds(
        [&] { return at.kept->counted().last_failure.find("has not answered") != std::string::npos; }));
    silence.open();
    CHECK(within_seconds([&] { return at.live.size() == 1; }));
    CHECK(within_seconds([&] { return at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(blobs.puts == 0);
}

TEST_CASE("blobs: a stop that loses changes to a silent store has a reason") {
    tests::fake_blobs blobs;
    blob_fixture at(blobs);
    at.begin();
    gate silence;
    blobs.before = [&](std::string_view) { silence.pass(); };
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return silence.waiting(); }));
    std::string reason;
    std::thread opening([&] { // stop() has given up when there is one
        CHECK(within_seconds([&] { return !(reason = at.kept->counted().last_failure).empty(); }));
        silence.open();
    });
    static_cast<void>(at.kept->stop(std::chrono::milliseconds(20)));
    opening.join();
    CHECK(reason.find("has not answered") != std::string::npos);
}

TEST_CASE("blobs: what is removed while the document cannot be read does not come back with it") {
    tests::fake_blobs blobs;
    blobs.write(key, R"([{"id":"x","httpRequest":{"path":"/x"},"httpResponse":{}},
                         {"id":"y","httpRequest":{"path":"/y"},"httpResponse":{}}])");
    std::atomic<bool> away{true};
    blobs.before = [&](std::string_view) {
        if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
    };
    blob_fixture at(blobs, std::chrono::milliseconds(20));
    at.begin();
    ids left;
    SUBCASE("all") {
        REQUIRE(run(at.live.reset()).has_value());
    }
    SUBCASE("by id") {
        REQUIRE(run(at.live.clear_id("x")).has_value());
        left = {"y"};
    }
    SUBCASE("by filter") {
        REQUIRE(run(at.live.clear_matching(tests::matcher("/y"))).has_value());
        left = {"x"};
    }
    CHECK(at.kept->counted().pending == 1);
    away = false;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(at.active() == left);
    CHECK(ids_in(blobs.read(key)) == left);
}

TEST_CASE("blobs: what happens while the document is being loaded has the last word") {
    tests::fake_blobs blobs;
    blobs.write(key, document({"x"}));
    blob_fixture at(blobs);
    std::function<void()> meanwhile;
    std::atomic<bool> once{true};
    at.state.before = [&](std::string_view operation, std::string_view) {
        if (operation == "put" && once.exchange(false)) std::thread(meanwhile).join();
        return MF_OK;
    };
    SUBCASE("a change") {
        meanwhile = [&] { at.put(expectation("x", "/mine")); };
        at.begin();
        CHECK(at.match("/mine") == "x");
    }
    SUBCASE("a reset") {
        meanwhile = [&] { CHECK(run(at.live.reset()).has_value()); };
        at.begin();
        CHECK(at.active().empty());
    }
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)) == at.active());
}

TEST_CASE("blobs: a write that was made although it failed is recognised") {
    tests::fake_blobs blobs;
    blob_fixture at(blobs);
    at.begin();
    std::atomic<int> lies{2};
    blobs.after_put = [&] {
        if (lies-- > 0) throw plugin::failure(MF_UNAVAILABLE, "connection lost");
    };
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.clean(); }));
    at.put(expectation("b", "/b"));
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)) == ids{"a", "b"});
}

TEST_CASE("blobs: what another server wrote is not overwritten") {
    tests::fake_blobs blobs;
    blob_fixture at(blobs);
    at.begin();
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.clean(); }));
    blobs.write(key, document({"foreign"}));
    at.put(expectation("b", "/b"));
    CHECK(within_seconds([&] { return !at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->counted().last_failure.find("changed by another server") != std::string::npos);
    CHECK(ids_in(blobs.read(key)) == ids{"foreign"});
    // Its removal is the remedy.
    blobs.remove(key, mf_blob_condition{MF_IF_ANY, 0, {nullptr, 0}});
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(ids_in(blobs.read(key)) == ids{"a", "b"});
}

TEST_CASE("blobs: an outage before the first write does not make the loaded document a foreign one") {
    tests::fake_blobs blobs;
    blobs.write(key, document({"old"}));
    std::atomic<bool> away{false};
    blobs.before = [&](std::string_view) {
        if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
    };
    blob_fixture at(blobs);
    at.begin();
    away = true;
    at.put(expectation("new", "/n"));
    CHECK(within_seconds([&] { return at.kept->counted().failures > 1; }));
    away = false;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)) == ids{"old", "new"});
}
