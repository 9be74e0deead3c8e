// Recorded expectations in a document of a blob store: what an earlier run left, outages, other writers, the
// names that nodes of a fleet use.
#include "store/recorded_persistence.hpp"

#include "../../support/fake_blobs.hpp"
#include "model/expectation_file.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace mockfleet;
using tests::fixture;
using tests::sample;

namespace {

using paths = std::vector<std::string>;

paths paths_in(const std::string& text) {
    paths found;
    for (const auto& one : model::read_expectation_file(text).entries)
        found.push_back(one.content.request->path.value);
    return found;
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

constexpr auto key = "r.json";
constexpr auto earlier = R"([{"httpRequest":{"path":"/earlier"},"httpResponse":{}}])";
constexpr std::chrono::seconds long_patience{20};

struct recording : fixture {
    explicit recording(tests::fake_blobs& in) {
        store::paced_writer::pace pace;
        pace.gather = std::chrono::milliseconds(0);
        pace.first_pause = pace.longest_pause = std::chrono::milliseconds(5);
        pace.idle = std::chrono::milliseconds(5);
        kept = std::make_unique<store::recorded_persistence>(
            log, store::recorded_persistence::in_blobs(store::blob_client(in.backend()), key), pace);
    }
    std::shared_ptr<store::forwarded_answer> forward(std::string path) {
        sample request{"GET", std::move(path)};
        store::exchange made;
        made.request = &request.view();
        made.forwarded = std::make_shared<store::forwarded_answer>();
        made.stamp_ns = ++tick;
        made.wall_ns = now;
        log.record(0, made);
        return made.forwarded;
    }
    void record(std::string path) {
        forward(std::move(path))->answered("HTTP/1.1 200 OK\r\n\r\n", "body", 200);
    }
    [[nodiscard]] bool clean() const { return kept->counted().pending == 0; }

    std::unique_ptr<store::recorded_persistence> kept;
};

} // namespace

TEST_CASE("recorded: the document follows answers, clears and resets, and nothing else") {
    tests::fake_blobs blobs;
    recording at(blobs);
    at.kept->begin({});
    CHECK(within_seconds([&] { return blobs.read(key) == "[]" && at.clean(); }));
    const auto waiting = at.forward("/1");
    at.receive("GET", "/mock");
    at.forward("/failed")->failed("nobody there", 502, "");
    CHECK(at.clean());
    waiting->answered("HTTP/1.1 200 OK\r\n\r\n", "body", 200);
    CHECK(at.kept->counted().pending == 1);
    at.record("/2");
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(paths_in(blobs.read(key)) == paths{"/1", "/2"});
    at.log.clear_matching(tests::matcher("/1"));
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(paths_in(blobs.read(key)) == paths{"/2"});
    at.record("/3");
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(paths_in(blobs.read(key)) == paths{"/2", "/3"});
    CHECK(blobs.keys() == std::vector<std::string>{key});
}

TEST_CASE("recorded: what an earlier run left is kept beside it") {
    tests::fake_blobs blobs;
    blobs.write(key, earlier);
    {
        recording at(blobs);
        at.record("/new");
        at.kept->begin({});
        CHECK(at.kept->stop(long_patience) == 0);
    }
    CHECK(blobs.read("r.json.previous") == earlier);
    CHECK(paths_in(blobs.read(key)) == paths{"/new"});
    blobs.write(key, "[]");
    recording again(blobs);
    again.kept->begin({});
    CHECK(again.kept->stop(long_patience) == 0);
    CHECK(blobs.read("r.json.previous") == earlier); // nothing there: the keepsake stays
}

TEST_CASE("recorded: nothing is overwritten before the earlier document is kept, however long that takes") {
    tests::fake_blobs blobs;
    blobs.write(key, earlier);
    std::atomic<bool> away{true};
    blobs.before = [&](std::string_view) {
        if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
    };
    recording at(blobs);
    at.kept->begin({});
    at.record("/1");
    CHECK(within_seconds([&] { return at.kept->counted().failures > 2; }));
    CHECK(at.kept->counted().last_failure == "blob-fake: away");
    CHECK(at.kept->counted().pending == 2);
    away = false;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(at.kept->counted().last_failure.empty());
    CHECK(blobs.read("r.json.previous") == earlier);
    CHECK(paths_in(blobs.read(key)) == paths{"/1"});
    away = true;
    at.record("/2");
    CHECK(at.kept->stop(std::chrono::milliseconds(20)) == 1);
}

TEST_CASE("recorded: a document that another server has taken is not overwritten") {
    tests::fake_blobs blobs;
    recording at(blobs);
    at.kept->begin({});
    at.record("/1");
    CHECK(within_seconds([&] { return at.clean(); }));
    blobs.write(key, earlier);
    at.record("/2");
    CHECK(within_seconds([&] { return !at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->counted().last_failure.find("persistedRecordedExpectationsPath") != std::string::npos);
    CHECK(blobs.read(key) == earlier);
}

TEST_CASE("recorded: each node of a fleet has a document of its own, named after it") {
    tests::fake_blobs blobs;
    recording at(blobs);
    at.kept->begin("pod-0.mock:7800");
    CHECK(at.kept->document() == "r.pod-0.mock_7800.json");
    at.record("/1");
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(blobs.keys() == std::vector<std::string>{"r.pod-0.mock_7800.json"});
}
