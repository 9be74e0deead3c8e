// Nodes of a fleet in one process over real etcd members on loopback, and calls that wait for their answers.
#pragma once

#include "fixtures.hpp"
#include "fleet_node.hpp"

#include <mockfleet/state.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mockfleet::replicated::testing {

/// Three etcd members of one cluster, or one.
class etcd_cluster {
public:
    explicit etcd_cluster(std::size_t count) {
        const auto ports = free_ports(2 * count);
        std::string all;
        for (std::size_t i = 0; i < count; ++i) {
            urls_.push_back("http://127.0.0.1:" + std::to_string(ports[2 * i]));
            peers_.push_back("http://127.0.0.1:" + std::to_string(ports[2 * i + 1]));
            all += (i == 0 ? "m" : ",m") + std::to_string(i) + "=" + peers_[i];
        }
        for (std::size_t i = 0; i < count; ++i) {
            arguments_.push_back({"--name",
                                  "m" + std::to_string(i),
                                  "--data-dir",
                                  dir_.path() + "/" + std::to_string(i),
                                  "--listen-client-urls",
                                  urls_[i],
                                  "--advertise-client-urls",
                                  urls_[i],
                                  "--listen-peer-urls",
                                  peers_[i],
                                  "--initial-advertise-peer-urls",
                                  peers_[i],
                                  "--initial-cluster",
                                  all,
                                  "--heartbeat-interval",
                                  "50",
                                  "--election-timeout",
                                  "500",
                                  "--pre-vote",
                                  "--max-txn-ops",
                                  "1024",
                                  "--max-request-bytes",
                                  "4194304",
                                  "--unsafe-no-fsync",
                                  "--logger",
                                  "zap",
                                  "--log-outputs",
                                  "/dev/null"});
            members_.push_back(std::make_unique<etcd_process>(arguments_[i]));
        }
        boost::asio::io_context loop;
        for (const auto& url : urls_) {
            etcd_client client(loop.get_executor(), {.endpoints = {url}, .overall = 500ms});
            const auto until = std::chrono::steady_clock::now() + 30s;
            for (;;) {
                const auto answer =
                    answer_of<range_result>(loop, [&](auto done) { client.range({.key = "x"}, done); });
                if (!answer.failed) break;
                REQUIRE(std::chrono::steady_clock::now() < until);
            }
            client.close();
        }
    }
    [[nodiscard]] std::vector<std::string> urls_from(std::size_t first) const {
        std::vector<std::string> urls;
        for (std::size_t i = 0; i < urls_.size(); ++i)
            urls.push_back(urls_[(first + i) % urls_.size()]);
        return urls;
    }
    etcd_process& member(std::size_t i) { return *members_[i]; }
    void restart(std::size_t i) { members_[i] = std::make_unique<etcd_process>(arguments_[i]); }
    [[nodiscard]] std::size_t size() const { return urls_.size(); }

private:
    scratch_dir dir_;
    std::vector<std::string> urls_;
    std::vector<std::string> peers_;
    std::vector<std::vector<std::string>> arguments_;
    std::vector<std::unique_ptr<etcd_process>> members_;
};

struct event {
    std::string space;
    std::string key;
    std::uint64_t version = 0;
    bool cleared = false;
    bool resync = false;
};

struct reply {
    mf_status status = MF_INTERNAL;
    std::string message;
    std::vector<std::pair<std::string, std::string>> entries;
    std::vector<std::uint64_t> versions;
    std::uint64_t count = 0;
    std::int64_t number = 0;
    bool more = false;
    [[nodiscard]] std::string value() const { return entries.empty() ? std::string() : entries[0].second; }
    [[nodiscard]] std::uint64_t version() const { return versions.empty() ? 0 : versions[0]; }
};

/// A promise of a reply, as a completion.
struct pending_reply {
    std::promise<reply> promise;
    plugin::state_completion done() {
        return plugin::state_completion({[](void* ctx, const mf_state_reply* got) {
                                             auto& self = *static_cast<pending_reply*>(ctx);
                                             reply one;
                                             one.status = got->status;
                                             one.message = plugin::view(got->message);
                                             for (std::size_t i = 0; i < got->entry_count; ++i) {
                                                 one.entries.emplace_back(
                                                     plugin::view(got->entries[i].key),
                                                     plugin::view(got->entries[i].value));
                                                 one.versions.push_back(got->entries[i].version);
                                             }
                                             one.count = got->count;
                                             one.number = got->number;
                                             one.more = got->more != 0;
                                             self.promise.set_value(std::move(one));
                                         },
                                         this});
    }
};

/// A node with its host.
class test_node {
public:
    explicit test_node(settings asked)
        : table_(make_table()), node(std::move(asked), plugin::host(&table_)) {}
    ~test_node() { stop(); }

    reply start() {
        started_ = true;
        return wait([&](auto done) { node.start(events_, std::move(done)); }, 30s);
    }
    void stop() {
        if (std::exchange(started_, false)) wait([&](auto done) { node.stop(std::move(done)); }, 30s);
    }
    template <class Call>
    reply wait(Call call, std::chrono::seconds patience = 15s) {
        auto one = std::make_shared<pending_reply>();
        auto future = one->promise.get_future();
        call(one->done());
        REQUIRE(future.wait_for(patience) == std::future_status::ready);
        return future.get();
    }
    reply get(const std::string& space, const std::string& key) {
        return wait([&](auto done) { node.get(call_, space, key, std::move(done)); });
    }
    reply put(const std::string& space, const std::string& key, const std::string& value,
              mf_condition when = {}) {
        return wait([&](auto done) { node.put(call_, space, key, value, when, std::move(done)); });
    }
    reply remove(const std::string& space, const std::string& key, mf_condition when = {}) {
        return wait([&](auto done) { node.remove(call_, space, key, when, std::move(done)); });
    }
    reply clear(const std::string& space) {
        return wait([&](auto done) { node.clear(call_, space, std::move(done)); });
    }
    reply add(const std::string& space, const std::string& key, std::int64_t delta, std::int64_t min,
              std::int64_t max) {
        return wait([&](auto done) { node.add(call_, space, key, delta, min, max, std::move(done)); });
    }
    reply batch(const std::vector<mf_batch_op>& ops) {
        return wait([&](auto done) { node.batch(call_, ops, std::move(done)); });
    }
    reply scan(const std::string& space) {
        return wait([&](auto done) { node.scan(call_, space, {}, 0, std::move(done)); });
    }
    std::vector<event> events() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    std::string log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }
    [[nodiscard]] bool logged(const std::string& what) const { return log().find(what) != std::string::npos; }

    std::function<void(std::string_view topic, std::string_view payload, mf_peer_answer answer)> on_peer;

private:
    mf_host make_table() {
        mf_host table{};
        table.struct_size = sizeof table;
        table.abi_minor = MF_ABI_MINOR;
        table.ctx = this;
        table.log_enabled = [](void*, int32_t) -> int32_t { return 1; };
        table.log = [](void* ctx, int32_t, mf_slice message, const mf_pair* fields, size_t count) {
            auto& self = *static_cast<test_node*>(ctx);
            const std::lock_guard lock(self.mutex_);
            self.log_ += plugin::view(message);
            for (size_t i = 0; i < count; ++i)
                self.log_.append(" ")
                    .append(plugin::view(fields[i].key))
                    .append("=")
                    .append(plugin::view(fields[i].value));
            self.log_ += '\n';
            if (std::getenv("MOCKFLEET_TEST_LOG") != nullptr) {
                std::string line(plugin::view(message));
                for (size_t i = 0; i < count; ++i)
                    line.append(" ")
                        .append(plugin::view(fields[i].key))
                        .append("=")
                        .append(plugin::view(fields[i].value));
                std::fprintf(stderr, "%p %s\n", ctx, line.c_str());
            }
        };
        table.count = [](void*, mf_slice, int64_t) {};
        table.run_after = [](void*, uint64_t, void (*)(void*), void*) {};
        table.cancelled = [](void*, const mf_call*) -> int32_t { return 0; };
        table.lost = [](void*, mf_slice) {};
        table.on_peer = [](void* ctx, mf_slice topic, mf_slice payload, mf_peer_answer answer) {
            auto& self = *static_cast<test_node*>(ctx);
            if (self.on_peer)
                self.on_peer(plugin::view(topic), plugin::view(payload), answer);
            else
                answer.call(answer.ctx, MF_UNSUPPORTED, {});
        };
        return table;
    }
    void note(event one) {
        const std::lock_guard lock(mutex_);
        seen_.push_back(std::move(one));
    }
    static test_node& of(void* ctx) { return *static_cast<test_node*>(ctx); }

    mf_host table_;
    mf_state_events events_{
        sizeof(mf_state_events),
        0,
        this,
        [](void* ctx, mf_slice space, mf_slice key, uint64_t version) {
            of(ctx).note({std::string(plugin::view(space)), std::string(plugin::view(key)), version});
        },
        [](void* ctx, mf_slice space) { of(ctx).note({std::string(plugin::view(space)), {}, 0, true}); },
        [](void* ctx) { of(ctx).note({{}, {}, 0, false, true}); }};
    mf_call call_{sizeof(mf_call), 0, 0, {}};
    mutable std::mutex mutex_;
    std::vector<event> seen_;
    std::string log_;
    bool started_ = false;

public:
    fleet_node node;
};

inline settings clustered_settings(const etcd_cluster& engine, std::size_t index) {
    settings one;
    one.clustered = true;
    one.cluster_name = "test";
    one.engine = engine_mode::external;
    one.engine_endpoints = engine.urls_from(index);
    one.own_name = "n" + std::to_string(index);
    one.address = "127.0.0.1";
    one.ack_port = 0;
    one.token = "secret";
    return one;
}

inline settings alone_settings(const etcd_cluster& engine) {
    settings one;
    one.engine = engine_mode::external;
    one.engine_endpoints = engine.urls_from(0);
    one.own_name = "alone";
    return one;
}

/// Polls until it holds.
template <class Check>
bool eventually(Check check, std::chrono::milliseconds patience = 10s) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!check()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

} // namespace mockfleet::replicated::testing
