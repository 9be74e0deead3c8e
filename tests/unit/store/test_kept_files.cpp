// Stored files in the blob store: keys, loading, outages, changes meanwhile, other nodes.
#include "store/kept_files.hpp"

#include "../../support/fake_blobs.hpp"
#include "store/file_store.hpp"
#include "store/kept_names.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace mockfleet;
using tests::run;

namespace {

template <class Condition>
bool within_seconds(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

constexpr std::chrono::seconds long_patience{20};

store::kept_files::options quick(bool clustered) {
    store::kept_files::options made;
    made.longest_key = 100;
    made.clustered = clustered;
    made.pace.gather = std::chrono::milliseconds(1);
    made.pace.first_pause = std::chrono::milliseconds(5);
    made.pace.longest_pause = std::chrono::milliseconds(20);
    return made;
}

/// A node: the same state and blob store may have several.
struct node {
    node(tests::fake_state& state, tests::fake_blobs& blobs, bool clustered = false)
        : node(state, blobs, quick(clustered)) {}
    node(tests::fake_state& state, tests::fake_blobs& blobs, store::kept_files::options wanted)
        : kept(store::blob_client(blobs.backend()), store::state_client(state.backend()), wanted),
          files(store::state_client(state.backend()), &kept) {}

    void start(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        kept.begin();
        run(kept.loaded_within(patience));
    }
    void put(std::string name, std::string content) {
        REQUIRE(run(files.put(std::move(name), std::move(content))).has_value());
    }
    std::string get(std::string name) {
        const auto found = run(files.get(std::move(name)));
        return found ? *found : "no such file";
    }
    std::vector<std::string> names() { return *run(files.names()); }
    [[nodiscard]] bool clean() const { return kept.counted().pending == 0; }

    store::kept_files kept;
    store::file_store files;
};

struct outage {
    explicit outage(tests::fake_blobs& blobs) {
        blobs.before = [this](std::string_view) {
            if (away) throw plugin::failure(MF_UNAVAILABLE, "away");
        };
    }
    std::atomic<bool> away{true};
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("kept files: every name has a key of its own that each store takes, and comes back") {
    const std::string every_byte = [] {
        std::string all;
        for (int byte = 0; byte < 256; ++byte)
            all += static_cast<char>(byte);
        return all;
    }();
    const names samples = {"",
                           "a",
                           "a.txt",
                           "data/a.json",
                           "data~2Fa.json",
                           ".",
                           "..",
                           "../../etc/passwd",
                           "/leading",
                           "//",
                           "~",
                           "~7E",
                           ".hidden",
                           "a.meta",
                           "a.meta.meta",
                           ".mockfleet.lock",
                           ".x.draft",
                           "ends.",
                           "a..b",
                           "tab\tnewline\n",
                           std::string("zero\0byte", 9),
                           "gr\xc3\xbc\xc3\x9f",
                           "\xff\xfe",
                           every_byte,
                           std::string(200, 'a'),
                           std::string(201, 'a'),
                           std::string(400, 'a'),
                           std::string(1000, '.'),
                           std::string(199, 'a') + "/b",
                           std::string(300, 'a') + ".meta"};
    std::set<std::string> keys;
    for (const auto& name : samples) {
        const auto key = store::kept_key_of(name);
        CAPTURE(key);
        CHECK(keys.insert(key).second);
        CHECK(store::name_of_kept_key(key) == name);
        std::string_view rest = key;
        for (;;) {
            const auto part = rest.substr(0, rest.find('/'));
            CHECK(part.size() <= 201);
            CHECK_FALSE(part.empty());
            CHECK_FALSE(part.starts_with('.'));
            CHECK_FALSE(part.ends_with('.'));
            CHECK_FALSE(part.ends_with(".meta"));
            if (part.size() == rest.size()) break;
            rest.remove_prefix(part.size() + 1);
        }
    }
    for (const auto& one : keys) {
        for (const auto& other : keys)
            CHECK_FALSE(other.starts_with(one + "/"));
    }
    CHECK(store::kept_key_of("data.d/a-b_c.json") == "files/data.d~2Fa-b_c.json");
    for (const auto* foreign :
         {"files/", "files/a/b", "files/~2", "files/~zz", "files/~41", "files/a b", "other/a"})
        CHECK_FALSE(store::name_of_kept_key(foreign).has_value());
}

TEST_CASE("kept files: what was stored is there for the next state, what was deleted is not") {
    tests::fake_blobs blobs;
    {
        tests::fake_state state;
        node at(state, blobs);
        at.start();
        at.put("a", "1");
        at.put("b/..", "2");
        at.put("", std::string("\0\xff", 2));
        at.put("a", "newer");
        CHECK(within_seconds([&] { return at.clean(); }));
        at.put("gone", "x");
        REQUIRE(run(at.files.remove("gone")).has_value());
        CHECK(at.kept.stop(long_patience) == 0);
    }
    CHECK(blobs.keys() == names{"files/a", "files/b~2F~2E~2E", "files/~"});
    tests::fake_state state;
    node at(state, blobs);
    at.start();
    CHECK(at.names() == names{"", "a", "b/.."});
    CHECK(at.get("a") == "newer");
    CHECK(at.get("") == std::string("\0\xff", 2));
    CHECK(at.kept.stop(long_patience) == 0);
}

TEST_CASE("kept files: a reset empties the store too, but for what is not a file's") {
    tests::fake_blobs blobs;
    blobs.write("files/foreign key", "x");
    blobs.write("other/a", "x");
    tests::fake_state state;
    node at(state, blobs);
    at.start();
    at.put("a", "1");
    at.put("b", "2");
    CHECK(within_seconds([&] { return at.clean(); }));
    REQUIRE(run(at.files.clear()).has_value());
    at.put("c", "3");
    CHECK(at.kept.stop(long_patience) == 0);
    CHECK(blobs.keys() == names{"files/c", "files/foreign key", "other/a"});
}

TEST_CASE("kept files: a name that is too long for the store is refused") {
    tests::fake_blobs blobs;
    tests::fake_state state;
    node at(state, blobs);
    at.start();
    at.put(std::string(94, 'a'), "fits");
    const auto refused = run(at.files.put(std::string(95, 'a'), "does not"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == base::errc::invalid);
    CHECK(refused.error().message.find("too long") != std::string::npos);
    CHECK(at.names().size() == 1);
}

TEST_CASE("kept files: through an outage changes wait, and the newest is written") {
    tests::fake_blobs blobs;
    blobs.write("files/old", "old");
    tests::fake_state state;
    node at(state, blobs);
    at.start();
    outage now(blobs);
    at.put("a", "1");
    at.put("a", "2");
    REQUIRE(run(at.files.remove("old")).has_value());
    CHECK(within_seconds([&] { return at.kept.counted().failures > 2; }));
    CHECK(at.kept.counted().pending == 3);
    CHECK(at.kept.counted().last_failure.find("away") != std::string::npos);
    CHECK(at.kept.waiting() == "a, old");
    CHECK(at.get("a") == "2");
    now.away = false;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(at.kept.counted().last_failure.empty());
    CHECK(blobs.keys() == names{"files/a"});
    CHECK(blobs.read("files/a") == "2");
}

TEST_CASE("kept files: what cannot be written until the end is named") {
    tests::fake_blobs blobs;
    tests::fake_state state;
    node at(state, blobs);
    at.start();
    const outage now(blobs);
    at.put("b", "1");
    at.put("a", "1");
    CHECK(at.kept.stop(std::chrono::milliseconds(20)) == 2);
    CHECK(at.kept.waiting() == "a, b");
}

TEST_CASE("kept files: one name that the store refuses does not hold up the others") {
    tests::fake_blobs blobs;
    tests::fake_state state;
    node at(state, blobs);
    at.start();
    std::atomic<int> refusals{0};
    blobs.after_put = [&] {
        if (blobs.read("files/a") != "" && refusals++ == 0) throw plugin::failure(MF_DENIED, "not this one");
    };
    at.put("a", "1");
    at.put("b", "2");
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(blobs.read("files/b") == "2");
    CHECK(refusals > 0);
}

TEST_CASE("kept files: a store that does not answer does not stop the start; nothing newer is lost") {
    tests::fake_blobs blobs;
    for (const auto* key : {"files/kept", "files/changed", "files/deleted", "files/twice", "files/unknown"})
        blobs.write(key, "old");
    outage now(blobs);
    tests::fake_state state;
    node at(state, blobs);
    at.start(std::chrono::milliseconds(20));
    CHECK(at.names().empty());
    at.put("changed", "new");
    at.put("twice", "new");
    REQUIRE(run(at.files.remove("twice")).has_value());
    CHECK(run(at.files.remove("deleted")).error().code == base::errc::not_found);
    now.away = false;
    CHECK(within_seconds([&] { return at.clean() && at.names().size() == 3; }));
    CHECK(at.names() == names{"changed", "kept", "unknown"});
    CHECK(at.get("changed") == "new");
    CHECK(at.get("kept") == "old");
    CHECK(at.kept.stop(long_patience) == 0);
    CHECK(blobs.keys() == names{"files/changed", "files/kept", "files/unknown"});
    CHECK(blobs.read("files/changed") == "new");
}

TEST_CASE("kept files: after a reset during an outage nothing comes back") {
    tests::fake_blobs blobs;
    blobs.write("files/old", "old");
    outage now(blobs);
    tests::fake_state state;
    node at(state, blobs);
    at.start(std::chrono::milliseconds(20));
    REQUIRE(run(at.files.clear()).has_value());
    at.put("new", "1");
    now.away = false;
    CHECK(within_seconds([&] { return at.clean(); }));
    CHECK(at.names() == names{"new"});
    CHECK(blobs.keys() == names{"files/new"});
}

TEST_CASE("kept files: stored and removed while it is read, a file does not come back") {
    for (const bool with_batch : {true, false}) {
        CAPTURE(with_batch);
        tests::fake_blobs blobs;
        blobs.write("files/a", "old");
        blobs.write("files/b", "old");
        tests::fake_state state(with_batch);
        node at(state, blobs);
        std::atomic<int> reads{0};
        blobs.before = [&](std::string_view operation) {
            if (operation != "get" || reads++ != 0) return;
            at.put("a", "new");
            REQUIRE(run(at.files.remove("a")).has_value());
        };
        at.start();
        CHECK(at.names() == names{"b"});
        CHECK(at.kept.stop(long_patience) == 0);
        CHECK(blobs.keys() == names{"files/b"});
    }
}

TEST_CASE("kept files: a reset of another node ends the loading") {
    for (const bool with_batch : {true, false}) {
        CAPTURE(with_batch);
        tests::fake_blobs blobs;
        blobs.write("files/a", "old");
        blobs.write("files/b", "old");
        tests::fake_state state(with_batch);
        node one(state, blobs, true);
        node other(state, blobs, true);
        std::atomic<int> reads{0};
        blobs.before = [&](std::string_view operation) {
            if (operation == "get" && reads++ == 1) REQUIRE(run(other.files.clear()).has_value());
        };
        one.start();
        CHECK(one.names().empty());
        other.start();
        CHECK(within_seconds([&] { return other.clean(); }));
        CHECK(other.names().empty());
        CHECK(blobs.keys().empty());
    }
}

TEST_CASE("kept files: only a state without files is loaded into, once") {
    tests::fake_blobs blobs;
    blobs.write("files/old", "old");
    tests::fake_state state;
    state.write("files", "/mine", "1");
    node first(state, blobs, true);
    first.start();
    CHECK(first.names() == names{"mine"});
    REQUIRE(run(first.files.remove("mine")).has_value());
    node second(state, blobs, true);
    second.start();
    CHECK(second.names().empty());
}

TEST_CASE("kept files: with no time to restore nothing is loaded, and the store stays as it is") {
    tests::fake_blobs blobs;
    blobs.write("files/old", "old");
    tests::fake_state state;
    auto wanted = quick(false);
    wanted.restore = false;
    node at(state, blobs, wanted);
    at.start(std::chrono::milliseconds(0));
    at.put("a", "1");
    CHECK(at.kept.stop(long_patience) == 0);
    CHECK(at.names() == names{"a"});
    CHECK(blobs.keys() == names{"files/a", "files/old"});
}

TEST_CASE("kept files: what another node changes while one writes is not overwritten with the older") {
    tests::fake_blobs blobs;
    tests::fake_state state;
    node at(state, blobs, true);
    at.start();
    std::atomic<int> puts{0};
    blobs.before = [&](std::string_view operation) {
        // The other node stores a newer one, and writes it before this node's write arrives.
        if (operation == "put" && puts++ == 0) state.write("files", "/a", "newer");
    };
    at.put("a", "older");
    CHECK(at.kept.stop(long_patience) == 0);
    CHECK(blobs.read("files/a") == "newer");
}

TEST_CASE("kept files: what the state refuses for good is passed over, what is broken off goes on") {
    tests::fake_blobs blobs;
    blobs.write("files/a", "1");
    blobs.write("files/b", "2");
    blobs.write("files/c", "3");
    tests::fake_state state;
    std::atomic<int> batches{0};
    state.before = [&](std::string_view operation, std::string_view) {
        if (operation != "batch") return MF_OK;
        const auto number = batches++;
        return number == 0 ? MF_INVALID : number == 1 ? MF_UNAVAILABLE : MF_OK;
    };
    node at(state, blobs);
    at.start();
    CHECK(within_seconds([&] { return at.names().size() == 2; }));
    CHECK(at.names() == names{"b", "c"});
}
