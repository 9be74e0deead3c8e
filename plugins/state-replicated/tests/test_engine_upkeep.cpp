// Compaction behind the slowest node, the way back from a full store, defragmentation, members nobody lists.
#include "fixtures.hpp"
#include "life/engine_upkeep.hpp"
#include "test_log.hpp"

#include <doctest/doctest.h>

using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;

namespace {

struct kept_engine {
    scratch_dir dir;
    std::vector<std::uint16_t> ports = free_ports(2);
    std::string url = "http://127.0.0.1:" + std::to_string(ports[0]);
    etcd_process process;
    boost::asio::io_context loop;
    test_log log;
    etcd_client client;
    std::shared_ptr<engine_upkeep> upkeep;

    explicit kept_engine(const std::vector<std::string>& more)
        : process([&] {
              const std::string peer = "http://127.0.0.1:" + std::to_string(ports[1]);
              std::vector<std::string> arguments{"--data-dir=" + dir.path() + "/d",
                                                 "--listen-client-urls=" + url,
                                                 "--advertise-client-urls=" + url,
                                                 "--listen-peer-urls=" + peer,
                                                 "--initial-advertise-peer-urls=" + peer,
                                                 "--initial-cluster=default=" + peer,
                                                 "--unsafe-no-fsync",
                                                 "--heartbeat-interval=20",
                                                 "--election-timeout=200"};
              arguments.insert(arguments.end(), more.begin(), more.end());
              return arguments;
          }()),
          client(loop.get_executor(), {.endpoints = {url}, .overall = 10s}) {}
    ~kept_engine() {
        if (upkeep) upkeep->stop();
        client.close();
    }

    engine_answer<transaction_result> put(const std::string& key, const std::string& value) {
        return answer_of<transaction_result>(loop, [&](auto done) {
            client.transact({.then = {{.what = operation::kind::put, .key = key, .value = value}}}, done);
        });
    }
    void keep(std::uint64_t applied, upkeep_limits limits) {
        settings of;
        of.own_name = "local";
        upkeep = std::make_shared<engine_upkeep>(
            loop, client, of, log.logger(), nullptr,
            upkeep_view{[] { return true; }, [applied] { return applied; }}, limits);
        upkeep->start();
    }
};

} // namespace

TEST_CASE("the coordinator compacts to what every node has applied, less what is kept") {
    kept_engine at({});
    std::uint64_t last = 0;
    for (int i = 0; i < 50; ++i)
        last = at.put("k", std::to_string(i)).value.revision;
    at.keep(last, {.period = 50ms, .kept_revisions = 10});
    const auto compacted = [&](std::uint64_t revision) {
        const auto read = answer_of<range_result>(
            at.loop, [&](auto done) { at.client.range({.key = "k", .revision = revision}, done); });
        return read.failed && read.error.code == engine_errc::compacted;
    };
    REQUIRE(run_until(at.loop, [&] { return compacted(last - 11); }));
    CHECK_FALSE(compacted(last - 10));
}

TEST_CASE("a full store is compacted, defragmented and opened again") {
    kept_engine at({"--quota-backend-bytes=1000000"});
    engine_answer<transaction_result> full;
    std::uint64_t last = 0;
    // The engine looks at its size every 100 ms.
    for (int i = 0; i < 1000 && !full.failed; ++i) {
        full = at.put("k", std::string(200'000, static_cast<char>('a' + i % 26)));
        if (!full.failed) last = full.value.revision;
    }
    REQUIRE(full.error.code == engine_errc::no_space);
    at.keep(last, {.period = 100ms, .kept_revisions = 10});
    REQUIRE(run_until(at.loop, [&] { return at.log.has("has room again"); }));
    CHECK(at.log.has("is full"));
    CHECK_FALSE(at.put("k", "fits").failed);
}

TEST_CASE("a store that is mostly free is defragmented, the leader after the others had time") {
    kept_engine at({});
    std::uint64_t last = 0;
    for (int i = 0; i < 10; ++i)
        last = at.put("k" + std::to_string(i), std::string(500'000, 'x')).value.revision;
    for (int i = 0; i < 10; ++i)
        last = at.put("k" + std::to_string(i), "").value.revision;
    const auto bytes = [&] {
        return answer_of<engine_status>(at.loop, [&](auto done) { at.client.status(done); })
            .value.store_bytes;
    };
    // It counts its file some time after a write.
    REQUIRE(run_until(at.loop, [&] { return bytes() > 4'000'000; }));
    const auto before = bytes();
    at.keep(last,
            {.period = 50ms, .kept_revisions = 1, .defragment_above = 1'000'000, .patience_of_leader = 2});
    // The engine counts freed pages with the next write.
    REQUIRE(run_until(at.loop, [&] {
        (void)at.put("tick", "");
        return at.log.has("was defragmented");
    }));
    CHECK(bytes() < before / 2);
}
