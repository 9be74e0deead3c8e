// The event log: what is read is what was recorded, bounds hold, threads do not disturb each other.
#include "store/event_log.hpp"
#include "store/log_segment.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

using namespace mockfleet;
using tests::sample;

namespace {

void record(store::event_log& log, std::size_t shard, sample request, std::int64_t at,
            const store::live_expectation* served_by = nullptr) {
    store::exchange made;
    made.request = &request.view();
    made.served_by = served_by;
    made.stamp_ns = at;
    made.wall_ns = 1000 + at;
    log.record(shard, made);
}

std::vector<std::string> paths(const store::log_snapshot& snapshot, bool visible_only = true) {
    std::vector<std::string> found;
    store::recorded_exchange made;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        if (snapshot.is_note(i) || (visible_only && !snapshot.visible(i))) continue;
        snapshot.read(i, made);
        found.emplace_back(made.request.path);
    }
    return found;
}

void note(store::event_log& log, std::string_view format, base::log::level level = base::log::level::info) {
    store::note made;
    made.level = level;
    made.format = format;
    log.record(made);
}

} // namespace

TEST_CASE("an exchange is read as it was recorded") {
    store::event_log log(1);
    std::string body("\0\xff{\"a\":1}", 9);
    sample request{"POST",
                   "/things/\xc3\xa4",
                   "a=1&b=%20",
                   {{"Host", "x"}, {"X-Empty", ""}, {"x-two", "1"}, {"X-Two", "2"}},
                   body};
    auto view = request.view();
    view.keep_alive = false;
    view.secure = true;
    view.version = model::protocol::http_2;
    std::string memory;
    SUBCASE("from scattered memory") {}
    SUBCASE("from one piece of memory") {
        memory =
            "POST /things/\xc3\xa4?a=1&b=%20 HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nx-two: 1\r\nX-Two: 2\r\n\r\n";
        const std::string_view head = memory;
        const auto at = [&](std::size_t begin, std::size_t size) { return head.substr(begin, size); };
        request.views_ = {{at(head.find("Host"), 4), at(head.find("Host: x") + 6, 1)},
                          {at(head.find("X-Empty"), 7), {}},
                          {at(head.find("x-two"), 5), at(head.find("x-two: 1") + 7, 1)},
                          {at(head.find("X-Two"), 5), at(head.find("X-Two: 2") + 7, 1)}};
        view.headers = request.views_;
        view.method = at(0, 4);
        view.path = at(5, 10);
        view.query = at(head.find('?') + 1, 9);
        view.head = head;
    }
    SUBCASE("with the compressed bytes of the body") {
        view.original_body = std::string_view("\x1f\x8b\0z", 4);
    }
    SUBCASE("with a header too long for narrow offsets") {
        request.headers.emplace_back("X-Long", std::string(70000, 'y'));
        view.headers = request.view().headers;
    }
    store::exchange made;
    made.request = &view;
    made.status = 418;
    made.stamp_ns = 5;
    made.wall_ns = 7;
    log.record(0, made);
    const auto expected = std::vector<model::header_view>(view.headers.begin(), view.headers.end());
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& one : expected)
        headers.emplace_back(one.name, one.value);
    memory.assign(memory.size(), '#'); // the log keeps a copy
    request.body.assign(request.body.size(), '#');

    const auto snapshot = log.take();
    REQUIRE(snapshot.size() == 1);
    CHECK_FALSE(snapshot.is_note(0));
    store::recorded_exchange read;
    snapshot.read(0, read);
    CHECK(read.request.method == "POST");
    CHECK(read.request.path == "/things/\xc3\xa4");
    CHECK(read.request.query == "a=1&b=%20");
    CHECK(read.request.body == body);
    CHECK(read.request.original_body == view.original_body);
    CHECK_FALSE(read.request.keep_alive);
    CHECK(read.request.secure);
    CHECK(read.request.version == model::protocol::http_2);
    CHECK(read.request.local_address == "127.0.0.1:1080");
    CHECK(read.request.remote_address == "127.0.0.1:50000");
    REQUIRE(read.request.headers.size() == headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        CHECK(read.request.headers[i].name == headers[i].first);
        CHECK(read.request.headers[i].value == headers[i].second);
    }
    CHECK(read.status == 418);
    CHECK(read.wall_ns == 7);
    CHECK(read.detailed);
    CHECK(read.served_by == nullptr);
}

TEST_CASE("an empty request is possible") {
    store::event_log log(1);
    record(log, 0, {"", ""}, 1);
    record(log, 0, {"", "", "", {}, "b"}, 2);
    store::recorded_exchange read;
    const auto snapshot = log.take();
    snapshot.read(1, read);
    CHECK(read.request.body == "b");
    CHECK(read.request.path.empty());
    CHECK(read.request.headers.empty());
}

TEST_CASE("notes keep format, arguments and what they are about") {
    store::event_log log(1);
    const auto about = std::make_shared<store::live_expectation>();
    {
        std::string text = "argument";
        store::note made;
        made.type = store::entry_type::warn;
        made.level = base::log::level::warn;
        std::string format = "a {} b {}";
        made.format = format;
        made.arguments = {{store::note_argument::kind::text, text},
                          {store::note_argument::kind::json, "{ }"}};
        made.about = about.get();
        made.request = std::make_shared<const model::request_matcher>(tests::matcher("/n"));
        log.record(made);
        text = format = "gone";
    }
    const auto snapshot = log.take();
    REQUIRE(snapshot.size() == 1);
    REQUIRE(snapshot.is_note(0));
    store::recorded_note read;
    snapshot.read(0, read);
    CHECK(read.type == store::entry_type::warn);
    CHECK(read.format == "a {} b {}");
    REQUIRE(read.arguments.size() == 2);
    CHECK(read.arguments[0].text == "argument");
    CHECK(read.arguments[1].what == store::note_argument::kind::json);
    CHECK(read.about == about.get());
    CHECK(read.request->path.value == "/n");
    CHECK(about.use_count() == 2);
}

TEST_CASE("the level decides about notes and details, not about exchanges") {
    store::event_log log(1);
    log.set_level(base::log::level::warn);
    note(log, "info");
    note(log, "warn", base::log::level::warn);
    record(log, 0, {"GET", "/a"}, 1);
    log.set_level(base::log::level::off);
    note(log, "error", base::log::level::error);
    record(log, 0, {"GET", "/b"}, 2);
    const auto snapshot = log.take();
    CHECK(snapshot.size() == 3);
    CHECK(paths(snapshot) == std::vector<std::string>{"/a", "/b"});
    store::recorded_exchange read;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        if (snapshot.is_note(i)) continue;
        snapshot.read(i, read);
        CHECK_FALSE(read.detailed);
    }
}

TEST_CASE("entries of several shards are read in the order of time, then of shards") {
    store::event_log log(3);
    record(log, 0, {"GET", "/1"}, 1);
    record(log, 0, {"GET", "/4"}, 4);
    record(log, 0, {"GET", "/7a"}, 7);
    record(log, 1, {"GET", "/2"}, 2);
    record(log, 1, {"GET", "/7b"}, 7);
    record(log, 2, {"GET", "/3"}, 3);
    record(log, 2, {"GET", "/5"}, 5);
    record(log, 2, {"GET", "/6"}, 6);
    record(log, 2, {"GET", "/7c"}, 7);
    CHECK(paths(log.take()) ==
          std::vector<std::string>{"/1", "/2", "/3", "/4", "/5", "/6", "/7a", "/7b", "/7c"});
}

TEST_CASE("a snapshot does not change") {
    store::event_log log(1);
    record(log, 0, {"GET", "/1"}, 1);
    const auto before = log.take();
    record(log, 0, {"GET", "/2"}, 2);
    CHECK(paths(before) == std::vector<std::string>{"/1"});
    log.clear();
    CHECK(paths(before) == std::vector<std::string>{"/1"});
    CHECK(paths(log.take()).empty());
}

TEST_CASE("exactly the newest entries are visible, older ones are counted") {
    store::event_log log(2, {100, 1 << 20});
    constexpr int total = 5000;
    for (int i = 0; i < total; ++i)
        record(log, static_cast<std::size_t>(i % 2),
               {"GET", "/p" + std::to_string(i % 10), "", {}, std::string(1000, 'x')}, i);
    const auto snapshot = log.take();
    const auto visible = paths(snapshot);
    REQUIRE(visible.size() == 100);
    for (int i = 0; i < 100; ++i)
        CHECK(visible[static_cast<std::size_t>(i)] == "/p" + std::to_string((total - 100 + i) % 10));
    const auto kept = paths(snapshot, false).size();
    CHECK(kept < 1500);
    CHECK(kept + snapshot.evicted().requests() == total);
    CHECK(snapshot.evicted().matching(tests::matcher("/p[0-4]")).most +
              snapshot.evicted().matching(tests::matcher("/p[5-9]")).most ==
          total - kept);
}

TEST_CASE("eviction takes the globally oldest segments first") {
    store::event_log log(2, {300, 4 << 20});
    for (int i = 0; i < 2000; ++i)
        record(log, 0, {"GET", "/old", "", {}, std::string(1000, 'x')}, i);
    for (int i = 0; i < 2000; ++i)
        record(log, 1, {"GET", "/new", "", {}, std::string(1000, 'x')}, 10000 + i);
    const auto snapshot = log.take();
    const auto visible = paths(snapshot);
    CHECK(visible.size() == 300);
    CHECK(std::set<std::string>(visible.begin(), visible.end()) == std::set<std::string>{"/new"});
    // A shard keeps its newest segment, but not more.
    CHECK(snapshot.evicted().matching(tests::matcher("/old")).least > 1500);
}

TEST_CASE("memory stays within the byte budget") {
    constexpr std::size_t budget = 8 << 20;
    store::event_log log(2, {1000000, budget});
    for (int i = 0; i < 40000; ++i)
        record(log, static_cast<std::size_t>(i % 2), {"GET", "/p", "", {}, std::string(1000, 'x')}, i);
    CHECK(log.memory() <= budget + 3 * 256 * 1024);
    CHECK(log.memory() > budget / 2);
    const auto snapshot = log.take();
    CHECK(paths(snapshot).size() + snapshot.evicted().requests() == 40000);
}

TEST_CASE("one entry may be larger than a segment") {
    store::event_log log(1, {10, 64 << 20});
    record(log, 0, {"GET", "/small"}, 1);
    record(log, 0, {"POST", "/large", "", {}, std::string(3 << 20, 'x')}, 2);
    record(log, 0, {"GET", "/after"}, 3);
    const auto snapshot = log.take();
    CHECK(paths(snapshot) == std::vector<std::string>{"/small", "/large", "/after"});
    store::recorded_exchange read;
    snapshot.read(1, read);
    CHECK(read.request.body.size() == 3 << 20);
}

TEST_CASE("limits can be lowered") {
    store::event_log log(1, {100000, 64 << 20});
    for (int i = 0; i < 3000; ++i)
        record(log, 0, {"GET", "/p", "", {}, std::string(1000, 'x')}, i);
    CHECK(paths(log.take()).size() == 3000);
    log.set_limits({50, 64 << 20});
    CHECK(paths(log.take()).size() == 50);
    for (int i = 0; i < 600; ++i)
        record(log, 0, {"GET", "/p", "", {}, std::string(1000, 'x')}, 3000 + i);
    CHECK(paths(log.take(), false).size() < 1000);
}

TEST_CASE("many notes do not push exchanges out") {
    store::event_log log(1, {100, 64 << 20});
    for (int i = 0; i < 50; ++i)
        record(log, 0, {"GET", "/p"}, i);
    for (int i = 0; i < 20000; ++i)
        note(log, "a note that takes some room in its segment");
    const auto snapshot = log.take();
    CHECK(paths(snapshot).size() == 50);
    std::size_t notes = 0;
    for (std::size_t i = 0; i < snapshot.size(); ++i)
        notes += snapshot.is_note(i) && snapshot.visible(i) ? 1 : 0;
    CHECK(notes == 100);
    CHECK(snapshot.size() < 10000);
    CHECK(snapshot.evicted().requests() == 0);
}

TEST_CASE("clear and reset forget all and leave one entry") {
    store::event_log log(2, {100, 1 << 20});
    for (int i = 0; i < 3000; ++i)
        record(log, 0, {"GET", "/p", "", {}, std::string(1000, 'x')}, i);
    note(log, "a note");
    SUBCASE("clear") {
        log.clear();
    }
    SUBCASE("reset") {
        log.reset();
    }
    auto snapshot = log.take();
    CHECK(paths(snapshot, false).empty());
    CHECK(snapshot.evicted().requests() == 0);
    REQUIRE(snapshot.size() == 1);
    record(log, 0, {"GET", "/q"}, 5000);
    record(log, 1, {"GET", "/r"}, 5001);
    CHECK(paths(log.take()) == std::vector<std::string>{"/q", "/r"});
    // The bounds hold as before.
    for (int i = 0; i < 3000; ++i)
        record(log, 0, {"GET", "/p", "", {}, std::string(1000, 'x')}, 6000 + i);
    CHECK(paths(log.take()).size() == 100);
}

TEST_CASE("clearing by filter removes exchanges and notes about such requests") {
    store::event_log log(1);
    record(log, 0, {"GET", "/a"}, 1);
    record(log, 0, {"POST", "/a"}, 2);
    record(log, 0, {"GET", "/b"}, 3);
    note(log, "without a request");
    store::note about;
    about.format = "about /a";
    about.request = std::make_shared<const model::request_matcher>(tests::matcher("/a"));
    log.record(about);
    CHECK(log.clear_matching(tests::matcher("/a")) == 2);
    const auto snapshot = log.take();
    CHECK(paths(snapshot) == std::vector<std::string>{"/b"});
    std::vector<std::string> notes;
    store::recorded_note read;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        if (!snapshot.is_note(i)) continue;
        snapshot.read(i, read);
        notes.emplace_back(read.format);
    }
    CHECK(notes == std::vector<std::string>{"without a request", "cleared logs that match:{}"});
    CHECK(log.clear_matching(tests::matcher("/a")) == 0);
}

TEST_CASE("cleared entries are not counted when they are evicted") {
    store::event_log log(1, {100, 1 << 20});
    for (int i = 0; i < 90; ++i)
        record(log, 0, {"GET", i % 2 == 0 ? "/a" : "/b"}, i);
    log.clear_matching(tests::matcher("/a"));
    for (int i = 0; i < 3000; ++i)
        record(log, 0, {"GET", "/c", "", {}, std::string(1000, 'x')}, 100 + i);
    const auto snapshot = log.take();
    CHECK(snapshot.evicted().matching(tests::matcher("/a")).most == 0);
    CHECK(snapshot.evicted().matching(tests::matcher("/b")).least == 45);
}

TEST_CASE("an expectation lives as long as entries refer to it") {
    store::event_log log(1, {100, 1 << 20});
    auto live = std::make_shared<store::live_expectation>();
    live->definition = tests::expectation("kept", "/a");
    const std::weak_ptr<store::live_expectation> watched = live;
    for (int i = 0; i < 10; ++i)
        record(log, 0, {"GET", "/a"}, i, live.get());
    CHECK(live.use_count() == 2); // pinned once for the whole segment
    live.reset();
    REQUIRE_FALSE(watched.expired());
    {
        const auto snapshot = log.take();
        store::recorded_exchange read;
        snapshot.read(0, read);
        CHECK(read.served_by->definition.id == "kept");
        for (int i = 0; i < 3000; ++i)
            record(log, 0, {"GET", "/c", "", {}, std::string(1000, 'x')}, 100 + i);
        CHECK_FALSE(watched.expired());
    }
    CHECK(watched.expired());
    CHECK(log.take().evicted().served_by("kept") == store::evicted_counts::range{10, 10});
}

TEST_CASE("a response made for one request lives with the entry") {
    store::event_log log(1);
    auto own = std::make_shared<const model::response>();
    const std::weak_ptr<const model::response> watched = own;
    sample request{"GET", "/a"};
    store::exchange made;
    made.request = &request.view();
    made.response = own.get();
    made.response_owner = own;
    log.record(0, made);
    made.response_owner.reset();
    own.reset();
    CHECK_FALSE(watched.expired());
}

TEST_CASE("correlation ids are UUIDs, stable, different per entry") {
    store::event_log log(1);
    for (int i = 0; i < 1000; ++i)
        record(log, 0, {"GET", "/a"}, i);
    std::set<std::string> seen;
    store::recorded_exchange read;
    for (int round = 0; round < 2; ++round) {
        const auto snapshot = log.take();
        for (std::size_t i = 0; i < snapshot.size(); ++i) {
            snapshot.read(i, read);
            const auto id = store::correlation_id(read.correlation);
            REQUIRE(id.size() == 36);
            CHECK(id[14] == '4');
            CHECK(id[8] == '-');
            seen.insert(id);
        }
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("threads record while others read and clear") {
    constexpr std::size_t threads = 3;
    constexpr int each = 20000;
    store::event_log log(threads, {2000, 1 << 20});
    std::atomic<bool> stop{false};
    std::vector<std::thread> workers;
    for (std::size_t shard = 0; shard < threads; ++shard) {
        workers.emplace_back([&log, shard] {
            const auto live = std::make_shared<store::live_expectation>();
            live->definition.id = std::to_string(shard);
            for (int i = 0; i < each; ++i) {
                const auto number = std::to_string(i);
                record(log, shard,
                       {"POST",
                        "/" + std::to_string(shard),
                        number,
                        {{"n", number}},
                        std::string(200, 'x') + number},
                       i, live.get());
            }
        });
    }
    workers.emplace_back([&] {
        while (!stop)
            note(log, "meanwhile");
    });
    workers.emplace_back([&] {
        while (!stop) {
            log.clear_matching(tests::matcher("/1"));
            std::this_thread::yield();
        }
    });
    int snapshots = 0;
    store::recorded_exchange read;
    const auto look = [&] {
        const auto snapshot = log.take();
        ++snapshots;
        std::array<int, threads> last;
        last.fill(-1);
        bool sound = true;
        for (std::size_t i = 0; i < snapshot.size(); ++i) {
            if (snapshot.is_note(i)) continue;
            snapshot.read(i, read);
            const auto shard = static_cast<std::size_t>(read.request.path[1] - '0');
            const auto number = std::stoi(std::string(read.request.query));
            sound = sound && number > last[shard] && read.headers[0].value == read.request.query &&
                    read.request.body.ends_with(read.request.query) &&
                    read.served_by->definition.id == std::to_string(shard);
            last[shard] = number;
        }
        return sound;
    };
    bool sound = true;
    for (int i = 0; i < 200; ++i)
        sound = look() && sound;
    for (std::size_t i = 0; i < threads; ++i)
        workers[i].join();
    stop = true;
    for (auto i = threads; i < workers.size(); ++i)
        workers[i].join();
    CHECK(sound);
    CHECK(look());
    // Nothing is lost of the shards that nobody clears.
    const auto snapshot = log.take();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        if (snapshot.is_note(i)) continue;
        snapshot.read(i, read);
        kept += read.request.path == "/1" ? 0 : 1;
    }
    CHECK(kept + snapshot.evicted().matching(tests::matcher("/[02]")).least == 2 * each);
}

TEST_CASE("slabs are recycled by the pool, other sizes are not") {
    const auto pool = std::make_shared<store::slab_pool>(16384);
    const char* first = nullptr;
    {
        auto slab = pool->take(16384);
        first = slab.get();
        pool->give_back(std::move(slab), 16384);
    }
    CHECK(pool->take(16384).get() == first);
    auto odd = pool->take(20000);
    pool->give_back(std::move(odd), 20000);
}
