// Fleets of nodes in this process over real etcd members: visibility, conditions, counters, joining, faults.
#include "fleet_fixture.hpp"

#include "base/wire.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;
using plugin::slice;

namespace {

constexpr mf_condition if_absent{MF_IF_ABSENT, 0, 0};
mf_condition if_version(std::uint64_t version) {
    return {MF_IF_VERSION, 0, version};
}

struct fleet {
    explicit fleet(std::size_t count = 3) : engine(count) {
        for (std::size_t i = 0; i < count; ++i) {
            nodes.push_back(std::make_unique<test_node>(clustered_settings(engine, i)));
            const auto started = nodes.back()->start();
            REQUIRE_MESSAGE(started.status == MF_OK, started.message);
        }
        for (auto& node : nodes)
            REQUIRE(eventually([&] { return node->node.describe().members.size() == count; }));
    }
    ~fleet() {
        for (auto& node : nodes)
            node->stop();
    }
    test_node& operator[](std::size_t i) { return *nodes[i]; }
    etcd_cluster engine;
    std::vector<std::unique_ptr<test_node>> nodes;
};

/// The bytes are borrowed.
mf_batch_op put_op(std::string_view space, std::string_view key, std::string_view value) {
    return {MF_BATCH_PUT, 0, slice(space), slice(key), slice(value), {}};
}

} // namespace

TEST_CASE("a node alone: writes, reads, counters, large values, and its state after a restart") {
    etcd_cluster engine(1);
    std::uint64_t version = 0;
    const std::string large(3'000'000, 'x');
    {
        test_node one(alone_settings(engine));
        REQUIRE(one.start().status == MF_OK);
        CHECK(one.get("s", "k").status == MF_NOT_FOUND);
        version = one.put("s", "k", "v").version();
        CHECK(version != 0);
        CHECK(one.get("s", "k").value() == "v");
        CHECK(one.put("s", "k", "w", if_absent).status == MF_CONFLICT);
        CHECK(one.put("s", "k", "w", if_version(version + 1)).value() == "v");
        CHECK(one.put("s", "gone", "w", if_version(version)).status == MF_NOT_FOUND);
        CHECK(one.remove("s", "gone").status == MF_NOT_FOUND);
        CHECK(one.put("s", "large", large).status == MF_OK);
        CHECK(one.get("s", "large").value() == large);
        CHECK(one.put("s", "large", large, if_absent).value() == large);
        CHECK(one.put("n", "c", "3").status == MF_OK);
        CHECK(one.add("n", "c", -2, 0, 10).number == 1);
        CHECK(one.add("n", "c", -2, 0, 10).status == MF_CONFLICT);
        CHECK(one.add("n", "none", -2, 0, 10).status == MF_NOT_FOUND);
        CHECK(one.node.contact() == MF_CONTACT_HELD);
        const auto info = one.node.describe();
        CHECK_FALSE(info.clustered);
        CHECK(info.members.size() == 1);
        CHECK(info.coordinator == info.node_id);
        CHECK(info.revision >= version);
    }
    test_node two(alone_settings(engine));
    REQUIRE(two.start().status == MF_OK);
    CHECK(two.get("s", "k").version() == version);
    CHECK(two.get("s", "large").value() == large);
    CHECK(two.clear("s").count == 2);
    CHECK(two.scan("s").entries.empty());
}

TEST_CASE("three nodes: a completed write is on every node, conditions have one winner, batches are whole") {
    fleet all;
    for (int i = 0; i < 30; ++i) {
        auto& writer = all[static_cast<std::size_t>(i) % 3];
        const auto key = "k" + std::to_string(i % 7);
        const auto version = writer.put("s", key, std::to_string(i)).version();
        REQUIRE(version != 0);
        for (auto& node : all.nodes) {
            CHECK(node->get("s", key).version() == version);
            CHECK(node->get("s", key).value() == std::to_string(i));
        }
    }
    // Events reach every host, before the write completes.
    for (auto& node : all.nodes) {
        const auto seen = node->events();
        CHECK(std::count_if(seen.begin(), seen.end(), [](const event& one) { return one.space == "s"; }) ==
              30);
    }

    for (int round = 0; round < 10; ++round) {
        const auto key = "race" + std::to_string(round);
        std::array<reply, 3> replies;
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < 3; ++i)
            threads.emplace_back([&, i] { replies[i] = all[i].put("s", key, std::to_string(i), if_absent); });
        for (auto& one : threads)
            one.join();
        const auto winners = std::count_if(replies.begin(), replies.end(),
                                           [](const reply& one) { return one.status == MF_OK; });
        CHECK(winners == 1);
        const auto value = all[0].get("s", key).value();
        for (const auto& one : replies) {
            if (one.status == MF_OK) continue;
            CHECK(one.status == MF_CONFLICT);
            CHECK(one.value() == value);
        }
    }

    const auto done = all[1].batch({put_op("b", "x", "1"), put_op("b", "y", "2")});
    CHECK(done.status == MF_OK);
    CHECK(all[2].get("b", "x").version() == done.versions[0]);
    CHECK(all[2].get("b", "y").version() == done.versions[1]);
    auto guarded = put_op("b", "x", "3");
    guarded.condition = if_version(done.versions[0]);
    auto broken = put_op("b", "y", "3");
    broken.condition = if_version(done.versions[0]);
    const auto refused = all[0].batch({guarded, broken});
    CHECK(refused.status == MF_CONFLICT);
    CHECK(refused.count == 1);
    CHECK(refused.value() == "2");
    CHECK(all[2].get("b", "x").value() == "1");

    CHECK(all[2].clear("b").count == 2);
    CHECK(all[0].get("b", "x").status == MF_NOT_FOUND);
    const auto seen = all[0].events();
    CHECK(std::count_if(seen.begin(), seen.end(),
                        [](const event& one) { return one.cleared && one.space == "b"; }) == 1);

    for (auto& node : all.nodes) {
        const auto info = node->node.describe();
        CHECK(info.clustered);
        CHECK(info.coordinator == all[0].node.describe().node_id);
        CHECK(std::count_if(info.members.begin(), info.members.end(),
                            [](const auto& one) { return one.local; }) == 1);
    }
}

TEST_CASE("three nodes: a counter gives exactly what it has, from all nodes at once") {
    fleet all;
    constexpr int tokens = 500;
    REQUIRE(all[0].put("times", "t", std::to_string(tokens)).status == MF_OK);
    std::atomic<int> granted{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 12; ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < 60; ++n) {
                const auto one = all[i % 3].add("times", "t", -1, 0, INT64_MAX);
                if (one.status == MF_OK)
                    ++granted;
                else if (one.status != MF_CONFLICT)
                    ++wrong;
            }
        });
    }
    for (auto& one : threads)
        one.join();
    CHECK(granted == tokens);
    CHECK(wrong == 0);
    for (auto& node : all.nodes)
        CHECK(node->get("times", "t").value() == "0");
}

TEST_CASE("three nodes: hosts ask each other, and a node that leaves is not asked") {
    fleet all;
    for (std::size_t i = 0; i < 3; ++i) {
        all[i].on_peer = [i](std::string_view topic, std::string_view payload, mf_peer_answer answer) {
            // From another thread, later.
            std::thread([=,
                         text = std::string(topic) + ":" + std::string(payload) + ":" + std::to_string(i)] {
                answer.call(answer.ctx, MF_OK, slice(text));
            }).detach();
        };
    }
    const auto ask = [&](std::size_t from) {
        std::vector<std::string> answers;
        const mf_peer_sink sink{[](void* ctx, const mf_peer_reply* got) {
                                    static_cast<std::vector<std::string>*>(ctx)->push_back(
                                        std::to_string(got->status) +
                                        std::string(plugin::view(got->payload)));
                                },
                                &answers};
        mf_call call{sizeof(mf_call), 0, 0, {}};
        CHECK(
            all[from]
                .wait([&](auto done) { all[from].node.peers(call, "topic", "what", sink, std::move(done)); })
                .status == MF_OK);
        std::sort(answers.begin(), answers.end());
        return answers;
    };
    CHECK(ask(0) == std::vector<std::string>{"0topic:what:1", "0topic:what:2"});
    CHECK(ask(2) == std::vector<std::string>{"0topic:what:0", "0topic:what:1"});
    all[1].stop();
    CHECK(eventually([&] { return all[0].node.describe().members.size() == 2; }));
    CHECK(ask(0) == std::vector<std::string>{"0topic:what:2"});
    CHECK(all[0].logged("a node left the fleet"));
    CHECK(all[0].put("s", "k", "v").status == MF_OK);
}

TEST_CASE("a node that joins has everything, and writes made meanwhile") {
    fleet all(3);
    std::vector<mf_batch_op> ops;
    std::vector<std::string> keys;
    for (int i = 0; i < 300; ++i)
        keys.push_back("key" + std::to_string(i));
    const std::string value(1000, 'v');
    for (int round = 0; round < 5; ++round) {
        const auto space = "load" + std::to_string(round);
        for (std::size_t i = 0; i < keys.size(); i += 30) {
            ops.clear();
            for (std::size_t k = i; k < i + 30; ++k)
                ops.push_back(put_op(space, keys[k], value));
            REQUIRE(all[0].batch(ops).status == MF_OK);
        }
    }
    std::atomic<bool> ended{false};
    std::atomic<int> written{0};
    std::thread meanwhile([&] {
        while (!ended) {
            if (all[1].put("busy", std::to_string(written.load()), "v").status == MF_OK) ++written;
        }
    });
    test_node late(clustered_settings(all.engine, 0));
    const auto before = std::chrono::steady_clock::now();
    REQUIRE(late.start().status == MF_OK);
    MESSAGE("joined in " << std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::steady_clock::now() - before)
                                .count()
                         << " ms");
    ended = true;
    meanwhile.join();
    for (int round = 0; round < 5; ++round)
        CHECK(late.get("load" + std::to_string(round), "key299").value() == value);
    for (int i = 0; i < written; ++i)
        CHECK(late.get("busy", std::to_string(i)).status == MF_OK);
    CHECK(all[0].put("s", "after", "v").status == MF_OK);
    CHECK(late.get("s", "after").value() == "v");
    late.stop();
}

TEST_CASE("a write completes when every host has acted on it") {
    fleet all(3);
    for (auto& node : all.nodes)
        node->node.settled(0);
    std::this_thread::sleep_for(50ms);
    auto pending = std::make_shared<pending_reply>();
    auto future = pending->promise.get_future();
    mf_call call{sizeof(mf_call), 0, 0, {}};
    all[0].node.put(call, "s", "k", "v", {}, pending->done());
    CHECK(eventually([&] {
        return all[1].events().size() == 1 && all[2].events().size() == 1 && all[0].events().size() == 1;
    }));
    all[0].node.settled(1);
    all[1].node.settled(1);
    // A host that acts on the event reads what it is about.
    CHECK(all[2].get("s", "k").value() == "v");
    CHECK(future.wait_for(150ms) == std::future_status::timeout);
    all[2].node.settled(1);
    REQUIRE(future.wait_for(5s) == std::future_status::ready);
    CHECK(future.get().status == MF_OK);
}

TEST_CASE("engine members come and go: no acknowledged write is lost") {
    fleet all(3);
    std::atomic<bool> ended{false};
    std::array<std::map<std::string, std::string>, 3> acknowledged;
    std::array<int, 3> refused{};
    std::array<std::chrono::milliseconds, 3> longest{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            auto last = std::chrono::steady_clock::now();
            for (int n = 0; !ended; ++n) {
                const auto key = std::to_string(i) + "/" + std::to_string(n % 50);
                const auto value = std::to_string(n);
                if (all[i].put("s", key, value).status == MF_OK) {
                    acknowledged[i][key] = value;
                    const auto now = std::chrono::steady_clock::now();
                    longest[i] = std::max(longest[i],
                                          std::chrono::duration_cast<std::chrono::milliseconds>(now - last));
                    last = now;
                } else {
                    acknowledged[i].erase(key);
                    ++refused[i];
                }
            }
        });
    }
    for (std::size_t i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(500ms);
        all.engine.member(i).kill(SIGKILL);
        std::this_thread::sleep_for(2s);
        all.engine.restart(i);
        std::this_thread::sleep_for(1500ms);
    }
    ended = true;
    for (auto& one : threads)
        one.join();
    for (auto& node : all.nodes)
        REQUIRE(eventually([&] { return node->node.contact() == MF_CONTACT_HELD; }));
    std::size_t count = 0;
    for (const auto& mine : acknowledged) {
        for (const auto& [key, value] : mine) {
            ++count;
            for (auto& node : all.nodes)
                CHECK(node->get("s", key).value() == value);
        }
    }
    MESSAGE(count << " keys; refused " << refused[0] << " " << refused[1] << " " << refused[2]
                  << "; longest gap " << longest[0].count() << " " << longest[1].count() << " "
                  << longest[2].count() << " ms");
    CHECK(count > 30);
}
