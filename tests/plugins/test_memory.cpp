// What state-memory promises beyond the contract: store-wide versions, and writers that never wait for the
// listener.
#include "change_log.hpp"
#include "memory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace mockfleet;
using mockfleet::plugin::slice;
using mockfleet::plugin::view;

struct answer {
    std::atomic<int> count{0};
    std::uint64_t version = 0;

    plugin::state_completion done() {
        return plugin::state_completion({[](void* ctx, const mf_state_reply* reply) {
                                             auto& self = *static_cast<answer*>(ctx);
                                             CHECK(reply->status == MF_OK);
                                             if (reply->entry_count != 0)
                                                 self.version = reply->entries[0].version;
                                             ++self.count;
                                         },
                                         this});
    }
};

/// Waits in its first event until it is let go, and keeps what it heard.
struct slow_listener {
    std::latch entered{1};
    std::latch let_go{1};
    bool waited = false;
    std::vector<std::uint64_t> versions;
    int cleared = 0;
    int resyncs = 0;

    void wait() {
        if (waited) return;
        waited = true;
        entered.count_down();
        let_go.wait();
    }
    static slow_listener& of(void* ctx) { return *static_cast<slow_listener*>(ctx); }
    mf_state_events events() {
        return {sizeof(mf_state_events),
                0,
                this,
                [](void* ctx, mf_slice, mf_slice, std::uint64_t version) {
                    of(ctx).wait();
                    of(ctx).versions.push_back(version);
                },
                [](void* ctx, mf_slice) {
                    of(ctx).wait();
                    ++of(ctx).cleared;
                },
                [](void* ctx) { ++of(ctx).resyncs; }};
    }
};

constexpr mf_call call{sizeof(mf_call), 0, 0, {nullptr, 0}};

std::uint64_t put(memory::memory_state& state, const std::string& space, const std::string& key) {
    answer got;
    state.put(call, space, key, "value", {}, got.done());
    CHECK(got.count == 1);
    return got.version;
}

} // namespace

TEST_CASE("one counter for all spaces: a version is never used twice") {
    memory::memory_state state;
    std::uint64_t last = 0;
    for (int i = 0; i < 50; ++i) {
        const auto version = put(state, "space " + std::to_string(i % 3), "key " + std::to_string(i % 7));
        CHECK(version > last);
        last = version;
    }
    CHECK(state.describe().revision == last);
}

TEST_CASE("writers go on while the listener waits in an event, and it then hears everything in order") {
    memory::memory_state state;
    slow_listener listener;
    answer started;
    state.start(listener.events(), started.done());
    std::thread first([&] { put(state, "s", "a"); });
    listener.entered.wait();
    // The same key, another key and another space: none waits for the thread that is in the listener.
    std::uint64_t last = 0;
    for (const auto* key : {"a", "b", "c"})
        last = put(state, "s", key);
    put(state, "other", "a");
    answer stopped;
    state.stop(stopped.done());
    CHECK(stopped.count == 0);
    listener.let_go.count_down();
    first.join();
    CHECK(stopped.count == 1);
    CHECK(listener.versions == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
    CHECK(last == 4);
    put(state, "s", "after stop");
    CHECK(listener.versions.size() == 5);
}

TEST_CASE("a listener that is too slow is told to read everything again") {
    memory::change_log log;
    slow_listener listener;
    log.start(listener.events());
    std::thread first([&] {
        log.put("s", "k");
        log.deliver();
    });
    listener.entered.wait();
    constexpr int too_many = 70'000;
    for (int i = 0; i < too_many; ++i)
        log.put("s", "k");
    log.deliver();
    listener.let_go.count_down();
    first.join();
    CHECK(listener.resyncs == 1);
    CHECK(listener.versions.size() < 10'000);
    CHECK(listener.versions.back() == too_many + 1);
    CHECK(log.revision() == too_many + 1);
}

TEST_CASE("a listener may be absent, and a stop without events is at once") {
    memory::memory_state state;
    put(state, "s", "k");
    answer cleared;
    state.clear(call, "s", cleared.done());
    answer stopped;
    state.stop(stopped.done());
    CHECK(stopped.count == 1);
}
