// The client against a real etcd: every call, the watch, failover, and what it says when something is wrong.
#include "etcd/etcd_client.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;

namespace {

struct bare_engine {
    scratch_dir dir;
    std::vector<std::uint16_t> ports;
    std::string url;
    std::unique_ptr<etcd_process> process;

    explicit bare_engine(const std::vector<std::string>& more = {}) : ports(free_ports(2)) {
        url = "http://127.0.0.1:" + std::to_string(ports[0]);
        const std::string peer = "http://127.0.0.1:" + std::to_string(ports[1]);
        std::vector<std::string> arguments{
            "--data-dir=" + dir.path() + "/d", "--name=n",
            "--listen-client-urls=" + url,     "--advertise-client-urls=" + url,
            "--listen-peer-urls=" + peer,      "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=n=" + peer,     "--heartbeat-interval=50",
            "--election-timeout=500",          "--unsafe-no-fsync"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        process = std::make_unique<etcd_process>(arguments);
    }
};

struct engine_under_test {
    boost::asio::io_context loop;
    etcd_client client;

    explicit engine_under_test(std::vector<std::string> urls)
        : client(loop.get_executor(), {.endpoints = std::move(urls)}) {}
    ~engine_under_test() {
        client.close();
        loop.restart();
        loop.run_for(50ms);
    }

    engine_answer<transaction_result> transact(transaction asked) {
        return answer_of<transaction_result>(loop, [&](auto done) { client.transact(asked, done); });
    }
    engine_answer<range_result> range(range_request asked) {
        return answer_of<range_result>(loop, [&](auto done) { client.range(asked, done); });
    }
    std::uint64_t put(const std::string& key, const std::string& value, std::int64_t lease = 0) {
        const auto answer =
            transact({.then = {{.what = operation::kind::put, .key = key, .value = value, .lease = lease}}});
        REQUIRE_MESSAGE(!answer.failed, answer.error.message);
        return answer.value.revision;
    }
    void ready() {
        const auto usable = range({.key = "x"});
        REQUIRE_MESSAGE(!usable.failed, usable.error.message);
    }
};

struct watched {
    std::vector<std::vector<watch_event>> batches;
    std::optional<std::uint64_t> ended;
    std::string reason;
    [[nodiscard]] std::size_t count() const {
        std::size_t all = 0;
        for (const auto& batch : batches)
            all += batch.size();
        return all;
    }
    watch_listener listener() {
        return {[this](std::vector<watch_event> events) { batches.push_back(std::move(events)); },
                [this](std::uint64_t compacted, std::string why) {
                    ended = compacted;
                    reason = std::move(why);
                }};
    }
};

} // namespace

TEST_CASE("the calls of a client on one engine") {
    static const bare_engine engine({"--max-txn-ops=1024", "--max-request-bytes=4194304"});
    engine_under_test at({engine.url});
    at.ready();
    const std::string odd("a\0\xff b\"\n", 7);

    SUBCASE("transactions: versions, comparisons, the branch taken") {
        const auto first = at.put(odd, std::string(300, '\1'));
        const auto lost = at.transact(
            {.when = {{odd, comparison::target::mod_revision, comparison::relation::equal, first - 1}},
             .then = {{.what = operation::kind::put, .key = odd, .value = "no"}},
             .otherwise = {{.key = odd}}});
        REQUIRE_FALSE(lost.failed);
        CHECK_FALSE(lost.value.succeeded);
        REQUIRE(lost.value.results.size() == 1);
        REQUIRE(lost.value.results[0].entries.size() == 1);
        CHECK(lost.value.results[0].entries[0].key == odd);
        CHECK(lost.value.results[0].entries[0].value == std::string(300, '\1'));
        CHECK(lost.value.results[0].entries[0].mod_revision == first);
        CHECK(lost.value.results[0].entries[0].writes == 1);
        const auto won = at.transact(
            {.when = {{odd, comparison::target::writes, comparison::relation::less, 2},
                      {"none", comparison::target::create_revision, comparison::relation::equal, 0}},
             .then = {{.what = operation::kind::put, .key = odd, .value = ""},
                      {.what = operation::kind::remove, .key = "z", .range_end = prefix_end("z")}}});
        REQUIRE_FALSE(won.failed);
        CHECK(won.value.succeeded);
        CHECK(won.value.revision == first + 1);
        CHECK(won.value.results.size() == 2);
        CHECK(won.value.results[1].count == 0);
    }
    SUBCASE("ranges: pages at one revision, keys only, compacted revisions") {
        std::uint64_t last = 0;
        for (int i = 0; i < 7; ++i)
            last = at.put("p/" + std::to_string(i), "v");
        const auto page = at.range({.key = "p/", .range_end = prefix_end("p/"), .limit = 3});
        REQUIRE_FALSE(page.failed);
        CHECK(page.value.entries.size() == 3);
        CHECK(page.value.count == 7);
        CHECK(page.value.more);
        at.put("p/3", "later");
        const auto rest = at.range(
            {.key = page.value.entries.back().key + '\0', .range_end = prefix_end("p/"), .revision = last});
        REQUIRE(rest.value.entries.size() == 4);
        CHECK(rest.value.entries[0].value == "v");
        const auto keys = at.range({.key = "p/", .range_end = prefix_end("p/"), .keys_only = true});
        CHECK(keys.value.entries[3].value.empty());
        CHECK_FALSE(answer_of<bool>(at.loop, [&](auto done) { at.client.compact(last, done); }).failed);
        const auto again = answer_of<bool>(at.loop, [&](auto done) { at.client.compact(last, done); });
        CHECK_FALSE(again.failed);
        CHECK_FALSE(again.value);
        const auto gone = at.range({.key = "p/0", .revision = last - 1});
        REQUIRE(gone.failed);
        CHECK(gone.error.code == engine_errc::compacted);
    }
    SUBCASE("what does not fit is too large, and more than 4 MB can be read at once") {
        const auto large = at.transact(
            {.then = {{.what = operation::kind::put, .key = "l", .value = std::string(5'000'000, 'x')}}});
        REQUIRE(large.failed);
        CHECK(large.error.code == engine_errc::too_large);
        transaction many;
        for (int i = 0; i < 1025; ++i)
            many.then.push_back({.what = operation::kind::put, .key = std::to_string(i), .value = "x"});
        const auto refused = at.transact(many);
        REQUIRE(refused.failed);
        CHECK(refused.error.code == engine_errc::too_large);
        for (int i = 0; i < 3; ++i)
            at.put("m/" + std::to_string(i), std::string(3'000'000, static_cast<char>('a' + i)));
        const auto all = at.range({.key = "m/", .range_end = prefix_end("m/")});
        REQUIRE_MESSAGE(!all.failed, all.error.message);
        REQUIRE(all.value.entries.size() == 3);
        CHECK(all.value.entries[2].value == std::string(3'000'000, 'c'));
    }
    SUBCASE("leases: renewed, revoked with their keys, gone") {
        const auto lease =
            answer_of<std::int64_t>(at.loop, [&](auto done) { at.client.grant_lease(1, done); });
        REQUIRE_FALSE(lease.failed);
        REQUIRE(lease.value != 0);
        at.put("seat", "x", lease.value);
        const auto left =
            answer_of<std::uint32_t>(at.loop, [&](auto done) { at.client.renew_lease(lease.value, done); });
        CHECK(left.value == 1);
        CHECK(answer_of<bool>(at.loop, [&](auto done) { at.client.revoke_lease(lease.value, done); }).value);
        CHECK(at.range({.key = "seat"}).value.entries.empty());
        const auto none =
            answer_of<std::uint32_t>(at.loop, [&](auto done) { at.client.renew_lease(lease.value, done); });
        CHECK_FALSE(none.failed);
        CHECK(none.value == 0);
        const auto twice =
            answer_of<bool>(at.loop, [&](auto done) { at.client.revoke_lease(lease.value, done); });
        CHECK_FALSE(twice.failed);
        CHECK_FALSE(twice.value);
        const auto orphan = at.transact(
            {.then = {{.what = operation::kind::put, .key = "k", .value = "v", .lease = lease.value}}});
        REQUIRE(orphan.failed);
        CHECK(orphan.error.code == engine_errc::refused);
    }
    SUBCASE("members, status, upkeep") {
        const auto status = answer_of<engine_status>(at.loop, [&](auto done) { at.client.status(done); });
        REQUIRE_FALSE(status.failed);
        CHECK(status.value.leader == status.value.member_id);
        CHECK(status.value.version.starts_with("3."));
        CHECK(status.value.store_bytes > 0);
        const auto members =
            answer_of<std::vector<engine_member>>(at.loop, [&](auto done) { at.client.members(done); });
        REQUIRE(members.value.size() == 1);
        CHECK(members.value[0].id == status.value.member_id);
        CHECK(members.value[0].name == "n");
        CHECK(members.value[0].client_urls == std::vector<std::string>{engine.url});
        CHECK_FALSE(answer_of<bool>(at.loop, [&](auto done) { at.client.defragment(done); }).failed);
        const auto alarms = answer_of<bool>(at.loop, [&](auto done) { at.client.disarm(done); });
        CHECK_FALSE(alarms.failed);
        CHECK_FALSE(alarms.value);
    }
}

TEST_CASE("a full store is said to be full, and taken back") {
    bare_engine engine({"--quota-backend-bytes=1000000"});
    engine_under_test at({engine.url});
    at.ready();
    engine_answer<transaction_result> full;
    // The engine looks at its size every 100 ms.
    for (int i = 0; i < 1000 && !full.failed; ++i) {
        full = at.transact({.then = {{.what = operation::kind::put,
                                      .key = "k",
                                      .value = std::string(200'000, static_cast<char>('a' + i % 26))}}});
    }
    REQUIRE(full.failed);
    CHECK(full.error.code == engine_errc::no_space);
    const auto status = answer_of<engine_status>(at.loop, [&](auto done) { at.client.status(done); });
    REQUIRE_FALSE(status.value.alarms.empty());
    CHECK_FALSE(
        answer_of<bool>(at.loop, [&](auto done) { at.client.compact(status.value.revision, done); }).failed);
    CHECK_FALSE(answer_of<bool>(at.loop, [&](auto done) { at.client.defragment(done); }).failed);
    const auto disarmed = answer_of<bool>(at.loop, [&](auto done) { at.client.disarm(done); });
    REQUIRE_FALSE(disarmed.failed);
    CHECK(disarmed.value);
    at.put("k", "fits");
}

TEST_CASE("the watch: everything from a revision on, whole revisions, a removal, the end") {
    bare_engine engine({"--max-request-bytes=4194304"});
    engine_under_test at({engine.url});
    at.ready();
    const auto first = at.put("w/a", "1");
    at.put("other", "x");
    watched seen;
    at.client.watch("w/", first, seen.listener());
    REQUIRE(run_until(at.loop, [&] { return seen.count() == 1; }));
    CHECK(seen.batches[0][0].entry.key == "w/a");
    CHECK(seen.batches[0][0].entry.value == "1");
    CHECK(seen.batches[0][0].entry.mod_revision == first);

    SUBCASE("one revision, one batch") {
        transaction many;
        for (int i = 0; i < 100; ++i)
            many.then.push_back(
                {.what = operation::kind::put, .key = "w/" + std::to_string(i), .value = "x"});
        const auto revision = at.transact(many).value.revision;
        REQUIRE(run_until(at.loop, [&] { return seen.batches.size() == 2; }));
        CHECK(seen.batches[1].size() == 100);
        const auto cleared = at.transact(
            {.then = {{.what = operation::kind::remove, .key = "w/", .range_end = prefix_end("w/")},
                      {.what = operation::kind::put, .key = "w0", .value = ""}}});
        REQUIRE_FALSE(cleared.failed);
        CHECK(cleared.value.results[0].count == 101);
        REQUIRE(run_until(at.loop, [&] { return seen.batches.size() == 3; }));
        CHECK(seen.batches[2].size() == 101);
        CHECK(std::all_of(seen.batches[2].begin(), seen.batches[2].end(), [&](const watch_event& one) {
            return one.removed && one.entry.mod_revision == revision + 1;
        }));
    }
    SUBCASE("a watch that starts late gets large values in whole revisions") {
        at.client.end_watch();
        std::uint64_t from = 0;
        for (int i = 0; i < 3; ++i) {
            const auto revision = at.put("w/big" + std::to_string(i), std::string(2'000'000, 'x'));
            if (from == 0) from = revision;
        }
        watched late;
        at.client.watch("w/", from, late.listener());
        REQUIRE(run_until(at.loop, [&] { return late.count() == 3; }));
        for (const auto& batch : late.batches) {
            for (const auto& one : batch)
                CHECK(one.entry.value.size() == 2'000'000);
        }
        CHECK(seen.batches.size() == 1);
    }
    SUBCASE("compacted") {
        const auto now = at.put("w/b", "2");
        CHECK_FALSE(answer_of<bool>(at.loop, [&](auto done) { at.client.compact(now, done); }).failed);
        watched late;
        at.client.watch("w/", first, late.listener());
        REQUIRE(run_until(at.loop, [&] { return late.ended.has_value(); }));
        CHECK(*late.ended == now);
        CHECK(late.count() == 0);
    }
    SUBCASE("the engine is killed") {
        engine.process->kill(SIGKILL);
        REQUIRE(run_until(at.loop, [&] { return seen.ended.has_value(); }));
        CHECK(*seen.ended == 0);
        CHECK_FALSE(seen.reason.empty());
    }
    SUBCASE("the engine is paused: the connection stays open, the watch ends all the same") {
        engine.process->signal(SIGSTOP);
        const auto start = std::chrono::steady_clock::now();
        REQUIRE(run_until(at.loop, [&] { return seen.ended.has_value(); }));
        CHECK(std::chrono::steady_clock::now() - start < 4s);
        engine.process->signal(SIGCONT);
    }
    SUBCASE("ended by its owner: nothing follows") {
        at.client.end_watch();
        at.put("w/c", "3");
        at.loop.restart();
        at.loop.run_for(100ms);
        CHECK(seen.count() == 1);
        CHECK_FALSE(seen.ended.has_value());
    }
}

TEST_CASE("no engine: reads wait for the deadline, transactions were not sent") {
    const auto port = free_ports(1)[0];
    boost::asio::io_context loop;
    etcd_client client(loop.get_executor(),
                       {.endpoints = {"http://127.0.0.1:" + std::to_string(port)}, .overall = 200ms});
    const auto answer = answer_of<transaction_result>(loop, [&](auto done) {
        client.transact({.then = {{.what = operation::kind::put, .key = "k", .value = "v"}}}, done);
    });
    REQUIRE(answer.failed);
    CHECK(answer.error.code == engine_errc::unavailable);
    CHECK(answer.error.message.find("refused") != std::string::npos);
    client.close();
    const auto closed = answer_of<engine_status>(loop, [&](auto done) { client.status(done); });
    CHECK(closed.failed);
}

TEST_CASE("a paused engine: a transaction that was sent is unknown, soon") {
    bare_engine engine;
    engine_under_test at({engine.url});
    at.ready();
    engine.process->signal(SIGSTOP);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = at.transact({.then = {{.what = operation::kind::put, .key = "k", .value = "v"}}});
    CHECK(std::chrono::steady_clock::now() - start < 500ms);
    engine.process->signal(SIGCONT);
    REQUIRE(answer.failed);
    CHECK(answer.error.code == engine_errc::unknown);
}

TEST_CASE("an engine without its JSON gateway is named as that") {
    bare_engine engine({"--enable-grpc-gateway=false"});
    engine_under_test at({engine.url});
    at.ready();
    const auto answer = answer_of<engine_status>(at.loop, [&](auto done) { at.client.status(done); });
    REQUIRE(answer.failed);
    CHECK(answer.error.code == engine_errc::refused);
    CHECK(answer.error.message.find("--enable-grpc-gateway=false") != std::string::npos);
}

TEST_CASE("three members: calls and watch survive the death of the preferred endpoint") {
    const auto ports = free_ports(6);
    scratch_dir dir;
    std::vector<std::string> urls;
    std::string cluster;
    for (int i = 0; i < 3; ++i) {
        urls.push_back("http://127.0.0.1:" + std::to_string(ports[i]));
        cluster +=
            (i == 0 ? "n" : ",n") + std::to_string(i) + "=http://127.0.0.1:" + std::to_string(ports[3 + i]);
    }
    std::vector<std::unique_ptr<etcd_process>> members;
    for (int i = 0; i < 3; ++i) {
        const auto peer = "http://127.0.0.1:" + std::to_string(ports[3 + i]);
        members.push_back(std::make_unique<etcd_process>(std::vector<std::string>{
            "--data-dir=" + dir.path() + "/" + std::to_string(i), "--name=n" + std::to_string(i),
            "--listen-client-urls=" + urls[i], "--advertise-client-urls=" + urls[i],
            "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=" + cluster, "--heartbeat-interval=50", "--election-timeout=500", "--pre-vote",
            "--unsafe-no-fsync"}));
    }
    for (const auto& url : urls)
        engine_under_test({url}).ready();
    engine_under_test at(urls);
    watched seen;
    at.client.watch("w/", 1, seen.listener());
    at.put("w/a", "1");
    REQUIRE(run_until(at.loop, [&] { return seen.count() == 1; }));
    members[0]->kill(SIGKILL);
    REQUIRE(run_until(at.loop, [&] { return seen.ended.has_value(); }));
    const auto start = std::chrono::steady_clock::now();
    const auto read = at.range({.key = "w/a"});
    REQUIRE_MESSAGE(!read.failed, read.error.message);
    CHECK(read.value.entries.size() == 1);
    MESSAGE("linearizable read after kill -9 of the preferred endpoint: "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start)
                   .count()
            << " ms");
    at.put("w/b", "2");
    watched again;
    at.client.watch("w/", seen.batches.back().back().entry.mod_revision + 1, again.listener());
    REQUIRE(run_until(at.loop, [&] { return again.count() == 1; }));
    CHECK(again.batches[0][0].entry.key == "w/b");
}
