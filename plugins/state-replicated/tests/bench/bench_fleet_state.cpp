// Figures of three nodes over three etcd members on this machine: put visible on all nodes, acknowledged
// puts, hot counter, bulk, join, gap when the leader is killed. Run by hand; needs etcd in PATH.
#define DOCTEST_CONFIG_IMPLEMENT
#include "../fleet_fixture.hpp"

#include <algorithm>
#include <cstdio>
#include <sys/resource.h>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;
using plugin::slice;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

void percentiles(const char* what, std::vector<double> us) {
    std::sort(us.begin(), us.end());
    std::printf("%-46s p50 %.0f us, p90 %.0f us, p99 %.0f us (n=%zu)\n", what, us[us.size() / 2],
                us[us.size() * 9 / 10], us[us.size() * 99 / 100], us.size());
    std::fflush(stdout);
}

double cpu_seconds() {
    rusage now{};
    ::getrusage(RUSAGE_SELF, &now);
    return static_cast<double>(now.ru_utime.tv_sec + now.ru_stime.tv_sec) +
           static_cast<double>(now.ru_utime.tv_usec + now.ru_stime.tv_usec) / 1e6;
}

/// One caller that makes its next call when the last is complete.
struct caller {
    fleet_node* node = nullptr;
    std::string space;
    std::string value;
    bool add = false;
    int keys = 1;
    std::atomic<bool>* ended = nullptr;
    std::atomic<int>* running = nullptr;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::string key;
    int next = 0;
    mf_call call{sizeof(mf_call), 0, 0, {}};
    std::vector<double> us;
    steady_clock::time_point begun;

    void go() {
        begun = steady_clock::now();
        mf_state_done finished{
            [](void* ctx, const mf_state_reply* reply) {
                auto& self = *static_cast<caller*>(ctx);
                if (reply->status == MF_OK)
                    ++self.done;
                else
                    ++self.failed;
                self.us.push_back(
                    std::chrono::duration<double, std::micro>(steady_clock::now() - self.begun).count());
                if (*self.ended)
                    --*self.running;
                else
                    self.go();
            },
            this};
        if (add) return node->add(call, space, "hot", -1, 0, INT64_MAX, plugin::state_completion(finished));
        key = "k" + std::to_string(next++ % keys);
        node->put(call, space, key, value, {}, plugin::state_completion(finished));
    }
};

void closed_loop(const char* what, std::vector<std::unique_ptr<test_node>>& nodes, std::size_t per_node,
                 bool add, std::chrono::seconds time, std::size_t on_nodes) {
    std::atomic<bool> ended{false};
    std::atomic<int> running{0};
    std::vector<std::unique_ptr<caller>> callers;
    for (std::size_t n = 0; n < on_nodes; ++n) {
        for (std::size_t i = 0; i < per_node; ++i) {
            auto one = std::make_unique<caller>();
            one->node = &nodes[n]->node;
            one->space = add ? "times" : "load" + std::to_string(n) + "-" + std::to_string(i);
            one->value = std::string(300, 'v');
            one->add = add;
            one->keys = 50;
            one->ended = &ended;
            one->running = &running;
            callers.push_back(std::move(one));
        }
    }
    running = static_cast<int>(callers.size());
    const auto cpu_before = cpu_seconds();
    const auto begun = steady_clock::now();
    for (auto& one : callers)
        one->go();
    std::this_thread::sleep_for(time);
    ended = true;
    eventually([&] { return running == 0; }, 10s);
    const auto spent = std::chrono::duration<double>(steady_clock::now() - begun).count();
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::vector<double> us;
    for (auto& one : callers) {
        done += one->done;
        failed += one->failed;
        us.insert(us.end(), one->us.begin(), one->us.end());
    }
    std::sort(us.begin(), us.end());
    std::printf("%-46s %.0f/s, refused %llu, p50 %.1f ms, p99 %.1f ms, %.0f us CPU each in the three nodes\n",
                what, static_cast<double>(done) / spent, static_cast<unsigned long long>(failed),
                us[us.size() / 2] / 1000, us[us.size() * 99 / 100] / 1000,
                (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(done + failed));
    std::fflush(stdout);
}

void puts_one_by_one(const char* what, test_node& node, int count) {
    std::vector<double> us;
    const std::string value(300, 'v');
    for (int i = 0; i < count; ++i) {
        const auto begun = steady_clock::now();
        if (node.put("lat", "k" + std::to_string(i % 100), value).status != MF_OK)
            std::printf("put failed\n");
        us.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begun).count());
    }
    percentiles(what, us);
}

void run() {
    etcd_cluster engine(3);
    std::vector<std::unique_ptr<test_node>> nodes;
    for (std::size_t i = 0; i < 3; ++i) {
        nodes.push_back(std::make_unique<test_node>(clustered_settings(engine, i)));
        nodes.back()->start();
    }
    std::this_thread::sleep_for(500ms);
    for (std::size_t i = 0; i < 3; ++i)
        puts_one_by_one(("put visible on 3 nodes, idle, writer node " + std::to_string(i)).c_str(), *nodes[i],
                        1000);

    // A bare transaction of the same client, for comparison.
    {
        boost::asio::io_context loop;
        etcd_client client(loop.get_executor(), {.endpoints = engine.urls_from(0)});
        std::vector<double> us;
        for (int i = 0; i < 1000; ++i) {
            const auto begun = steady_clock::now();
            answer_of<transaction_result>(loop, [&](auto done) {
                client.transact({.then = {{.what = operation::kind::put,
                                           .key = "/bare",
                                           .value = std::string(300, 'v')}}},
                                done);
            });
            us.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begun).count());
        }
        percentiles("bare engine put (no barrier)", us);
        client.close();
    }

    const auto most = nodes[0]->node.describe().max_batch;
    std::vector<std::string> keys;
    for (int i = 0; i < 10'000; ++i)
        keys.push_back("bulk" + std::to_string(i));
    const std::string value(1000, 'v');
    const std::string space = "bulk";
    auto begun = steady_clock::now();
    for (std::size_t i = 0; i < keys.size(); i += most) {
        std::vector<mf_batch_op> ops;
        for (std::size_t k = i; k < std::min(keys.size(), i + most); ++k)
            ops.push_back({MF_BATCH_PUT, 0, slice(space), slice(keys[k]), slice(value), {}});
        if (nodes[0]->batch(ops).status != MF_OK) std::printf("batch failed\n");
    }
    auto spent = std::chrono::duration<double>(steady_clock::now() - begun).count();
    std::printf("%-46s %.0f/s (batches of %u, one after the other)\n", "bulk, 10,000 entries of 1 kB",
                static_cast<double>(keys.size()) / spent, most);
    puts_one_by_one("put visible on 3 nodes, 10,000 entries there", *nodes[0], 1000);

    {
        test_node late(clustered_settings(engine, 0));
        begun = steady_clock::now();
        late.start();
        std::printf("%-46s %lld ms\n", "join with 10,000 entries",
                    static_cast<long long>(duration_cast<milliseconds>(steady_clock::now() - begun).count()));
    }
    closed_loop("puts acknowledged, 64 callers on one node", nodes, 64, false, 4s, 1);
    closed_loop("puts acknowledged, 3 x 22 callers", nodes, 22, false, 4s, 3);
    nodes[0]->put("times", "hot", "1000000000");
    closed_loop("one hot counter, 3 x 8 callers", nodes, 8, true, 4s, 3);
    closed_loop("one hot counter, 3 x 32 callers", nodes, 32, true, 4s, 3);

    // The member that leads is killed: the longest time between two acknowledged puts on a node whose own
    // member lives.
    boost::asio::io_context loop;
    for (std::size_t i = 0; i < 3; ++i) {
        etcd_client client(loop.get_executor(), {.endpoints = {engine.urls_from(i)[0]}});
        const auto status = answer_of<engine_status>(loop, [&](auto done) { client.status(done); });
        client.close();
        if (status.failed || status.value.leader != status.value.member_id) continue;
        auto& other = *nodes[(i + 1) % 3];
        const auto until = steady_clock::now() + 5s;
        const auto kill_at = steady_clock::now() + 1s;
        auto last = steady_clock::now();
        milliseconds longest{0};
        int refused = 0;
        bool killed = false;
        while (steady_clock::now() < until) {
            if (!killed && steady_clock::now() > kill_at) {
                engine.member(i).kill(SIGKILL);
                killed = true;
            }
            if (other.put("gap", "k", "v").status != MF_OK) {
                ++refused;
                continue;
            }
            const auto now = steady_clock::now();
            if (killed) longest = std::max(longest, duration_cast<milliseconds>(now - last));
            last = now;
            std::this_thread::sleep_for(2ms);
        }
        std::printf("%-46s %lld ms, refused %d\n", "leader of the engine killed: longest gap",
                    static_cast<long long>(longest.count()), refused);
        break;
    }
}

} // namespace

int main() {
    doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();
    context.setAssertHandler([](const doctest::AssertData& failed) {
        std::fprintf(stderr, "%s:%d: %s\n", failed.m_file, failed.m_line, failed.m_expr);
        std::exit(1);
    });
    run();
    return 0;
}
