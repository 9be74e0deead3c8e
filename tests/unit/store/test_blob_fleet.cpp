// The document of a fleet in a blob store: loaded once in the fleet's life, written by one node at a time,
// and never over what is newer.
#include "store/blob_persistence.hpp"

#include "../../support/fake_blobs.hpp"
#include "model/expectation_file.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
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

constexpr auto key = "p.json";
constexpr auto old_document = R"([{"id":"old","httpResponse":{}}])";
constexpr std::chrono::seconds long_patience{20};

template <class Condition>
bool within_seconds(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// One node; what others do is done to its backend and its bucket.
struct node : fixture {
    explicit node(tests::fake_blobs& in, std::chrono::milliseconds restore = std::chrono::seconds(5))
        : blobs(in) {
        now = base::wall_ns();
        state.clustered = true;
        store::blob_persistence::options wanted;
        wanted.key = key;
        wanted.restore_timeout = restore;
        wanted.clustered = true;
        wanted.pace.gather = std::chrono::milliseconds(5);
        wanted.pace.first_pause = std::chrono::milliseconds(5);
        wanted.pace.longest_pause = std::chrono::milliseconds(20);
        kept = std::make_unique<store::blob_persistence>(store::blob_client(in.backend()),
                                                         store::state_client(state.backend()), live, wanted);
    }
    void begin() {
        live.observe(*kept);
        run(kept->restore());
    }
    void claimed(std::string_view loader, std::string_view tag) {
        state.write("persistence", key, "fleet-1\n" + std::string(loader) + "\nload\n" + std::string(tag));
    }
    [[nodiscard]] std::string claim() { return state.read("persistence", key).value; }
    [[nodiscard]] bool clean() const { return kept->counted().pending == 0; }
    [[nodiscard]] std::string tag() { return blobs.get(key)->tag; }

    tests::fake_blobs& blobs;
    std::unique_ptr<store::blob_persistence> kept;
};

/// As a node of the fleet wrote it.
void write(tests::fake_blobs& blobs, std::string_view text, std::string_view fleet,
           std::string_view revision) {
    const mf_pair metadata[] = {{plugin::to_slice("fleet"), plugin::to_slice(fleet)},
                                {plugin::to_slice("revision"), plugin::to_slice(revision)}};
    static_cast<void>(blobs.put(key, text, metadata, mf_blob_condition{MF_IF_ANY, 0, {nullptr, 0}}));
}

} // namespace

TEST_CASE(
    "blobs of a fleet: the first node loads the document and says so, whatever an earlier fleet counted") {
    tests::fake_blobs blobs;
    write(blobs, old_document, "fleet-0", "9000");
    node at(blobs);
    at.begin();
    CHECK(at.active() == ids{"old"});
    CHECK(at.claim().ends_with("\n\nload\n" + at.tag()));
    at.state.revision = 7;
    at.put(expectation("new", "/n"));
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(ids_in(blobs.read(key)) == ids{"old", "new"});
}

TEST_CASE("blobs of a fleet: another coordinator goes over the document that the fleet began with, not over "
          "others") {
    tests::fake_blobs blobs;
    write(blobs, old_document, "fleet-0", "9000");
    node at(blobs);
    at.claimed("", at.tag());
    at.begin();
    CHECK(at.active().empty()); // all that was loaded may have been removed since
    at.put(expectation("new", "/n"));
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(ids_in(blobs.read(key)) == ids{"new"});
    blobs.write(key, old_document);
    at.put(expectation("newer", "/n"));
    CHECK(within_seconds([&] { return !at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->counted().last_failure.find("changed by another server") != std::string::npos);
    CHECK(blobs.read(key) == old_document);
}

TEST_CASE("blobs of a fleet: a node waits for the one that loads, and loads in its place when it is gone") {
    tests::fake_blobs blobs;
    write(blobs, old_document, "fleet-0", "9000");
    node waiting(blobs);
    waiting.state.others = {"loader"};
    waiting.claimed("loader", "");
    std::thread loading([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        waiting.claimed("", waiting.tag());
    });
    waiting.begin();
    loading.join();
    CHECK(waiting.active().empty()); // the backend brings what the other one stored
    CHECK(waiting.kept->counted().failures == 0);

    node heir(blobs);
    heir.claimed("loader", "");
    heir.begin();
    CHECK(heir.active() == ids{"old"});
}

TEST_CASE("blobs of a fleet: one that lives already goes on without the document, which is kept aside") {
    tests::fake_blobs blobs;
    blobs.write(key, old_document);
    node at(blobs);
    at.put(expectation("shared", "/s"));
    at.begin();
    CHECK(at.active() == ids{"shared"});
    CHECK(blobs.read("p.json.previous") == old_document);
    at.put(expectation("new", "/n"));
    CHECK(at.kept->stop(long_patience) == 0);
    CHECK(ids_in(blobs.read(key)) == ids{"shared", "new"});
}

TEST_CASE("blobs of a fleet: only the coordinator writes; who ends writes what nobody else has") {
    tests::fake_blobs blobs;
    node at(blobs);
    at.state.coordinates = false;
    at.state.revision = 5;
    at.begin();
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(blobs.read(key).empty());
    SUBCASE("the coordinator has gone") {
        CHECK(at.kept->stop(long_patience) == 0);
        CHECK(ids_in(blobs.read(key)) == ids{"a"});
    }
    SUBCASE("the coordinator has written") {
        const auto fleet = at.claim().substr(0, at.claim().find('\n'));
        write(blobs, old_document, fleet, "6");
        CHECK(at.kept->stop(long_patience) == 0);
        CHECK(blobs.read(key) == old_document);
    }
    SUBCASE("it becomes the coordinator") {
        at.state.coordinates = true;
        CHECK(within_seconds([&] { return ids_in(blobs.read(key)) == ids{"a"}; }));
    }
}

TEST_CASE("blobs of a fleet: what is newer than this node is not overwritten, until it has caught up") {
    tests::fake_blobs blobs;
    node at(blobs);
    at.begin();
    at.state.revision = 5;
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.clean(); }));
    const auto fleet = at.claim().substr(0, at.claim().find('\n'));
    write(blobs, old_document, fleet, "6");
    at.put(expectation("b", "/b"));
    CHECK(within_seconds([&] { return !at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->counted().last_failure.find("is newer than this node's state") != std::string::npos);
    CHECK(blobs.read(key) == old_document);
    at.state.revision = 6;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(ids_in(blobs.read(key)) == ids{"a", "b"});
}

TEST_CASE("blobs of a fleet: who cannot learn whether it is the coordinator keeps its changes") {
    tests::fake_blobs blobs;
    node at(blobs);
    at.begin();
    at.state.describes = false;
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return !at.kept->counted().last_failure.empty(); }));
    CHECK(at.kept->counted().pending != 0);
    at.state.describes = true;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(ids_in(blobs.read(key)) == ids{"a"});
}
