// The state contract with several threads at once.
#include "state_contract.hpp"

#include <atomic>
#include <barrier>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace mockfleet::contract {

namespace {

/// Runs `work(i)` on `count` threads that begin together; the first failure becomes that of the case.
template <class Work>
void together(int count, Work work) {
    std::barrier start(count);
    std::mutex mutex;
    std::exception_ptr failure;
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    if (failure) std::rethrow_exception(failure);
}

/// Ends the other threads' loops, also when this one fails.
class ends_at_exit {
public:
    explicit ends_at_exit(std::atomic<bool>& ended) : ended_(ended) {}
    ~ends_at_exit() { ended_ = true; }
    ends_at_exit(const ends_at_exit&) = delete;
    ends_at_exit& operator=(const ends_at_exit&) = delete;

private:
    std::atomic<bool>& ended_;
};

void one_creates(state_fixture& state) {
    for (int round = 0; round < 20; ++round) {
        const auto space = state.fresh_space();
        std::atomic<int> created{0};
        together(10, [&](int i) {
            const auto answer = state.put(space, "key", std::to_string(i), if_absent());
            if (answer.ok())
                ++created;
            else
                expect(answer.status == MF_CONFLICT, "the loser got status " + std::to_string(answer.status));
        });
        expect(created == 1, std::to_string(created) + " of 10 threads created the key");
    }
}

void increments_by_condition(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "n", "0");
    constexpr int threads = 4;
    constexpr int each = 50;
    together(threads, [&](int) {
        for (int done = 0; done < each;) {
            const auto now = state.read(space, "n");
            const auto answer =
                state.put(space, "n", std::to_string(std::stoi(now->value) + 1), if_version(now->version));
            if (answer.ok())
                ++done;
            else
                expect(answer.status == MF_CONFLICT, "the loser got status " + std::to_string(answer.status));
        }
    });
    expect(state.read(space, "n")->value == std::to_string(threads * each), "an increment was lost");
}

void one_removes(state_fixture& state) {
    for (int round = 0; round < 20; ++round) {
        const auto space = state.fresh_space();
        const auto version = state.must_put(space, "key", "value");
        std::atomic<int> removed{0};
        together(8, [&](int i) {
            if (state.remove(space, "key", i % 2 == 0 ? if_any() : if_version(version)).ok()) ++removed;
        });
        expect(removed == 1, std::to_string(removed) + " threads removed one key");
    }
}

void add_is_exact(state_fixture& state) {
    const auto space = state.fresh_space();
    constexpr int tokens = 100;
    state.must_put(space, "n", std::to_string(tokens));
    if (state.ops().add == nullptr) throw case_skipped("the plugin has no add");
    std::atomic<int> taken{0};
    together(8, [&](int) {
        for (int i = 0; i < 30; ++i) {
            const auto answer = state.add(space, "n", -1, 0, tokens);
            if (answer.ok())
                ++taken;
            else
                expect(answer.status == MF_CONFLICT, "add answered status " + std::to_string(answer.status));
        }
    });
    expect(taken == tokens, std::to_string(taken) + " of 100 were taken");
    expect(state.read(space, "n")->value == "0", "the counter is not at 0");
}

void versions_never_go_back(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "key", "0");
    std::atomic<bool> ended{false};
    together(4, [&](int i) {
        if (i == 0) {
            const ends_at_exit at_exit(ended);
            for (int n = 1; n <= 200; ++n)
                state.must_put(space, "key", std::to_string(n));
            return;
        }
        std::uint64_t last = 0;
        int last_value = -1;
        while (!ended) {
            const auto now = state.read(space, "key");
            expect(now.has_value(), "the key was gone for a moment");
            const auto value = std::stoi(now->value);
            expect(now->version >= last && value >= last_value, "a reader went back in time");
            expect((now->version == last) == (value == last_value) || last == 0,
                   "one version has two values");
            last = now->version;
            last_value = value;
        }
    });
}

void versions_are_unique(state_fixture& state) {
    const auto space = state.fresh_space();
    std::mutex mutex;
    std::map<std::uint64_t, std::string> seen;
    together(6, [&](int i) {
        for (int n = 0; n < 50; ++n) {
            const auto key = std::to_string((i + n) % 9);
            const auto version = state.must_put(space, key, "value");
            {
                const std::lock_guard lock(mutex);
                expect(seen.emplace(version, key).second,
                       "two writes of one space have the version " + std::to_string(version));
            }
            if (n % 10 == 0) state.remove(space, key);
        }
    });
}

void a_put_is_seen_by_all(state_fixture& state) {
    const auto space = state.fresh_space();
    std::atomic<std::uint64_t> written{0};
    std::atomic<bool> ended{false};
    together(3, [&](int i) {
        if (i == 0) {
            const ends_at_exit at_exit(ended);
            for (int n = 0; n < 200; ++n)
                written = state.must_put(space, "key", "value");
            return;
        }
        while (!ended) {
            const auto least = written.load();
            const auto now = state.read(space, "key");
            expect(least == 0 || (now && now->version >= least),
                   "a completed put is not seen by another thread");
        }
    });
}

void scan_under_writes(state_fixture& state) {
    const auto space = state.fresh_space();
    constexpr int lasting = 60;
    for (int i = 0; i < lasting; ++i)
        state.must_put(space, "lasting" + std::to_string(100 + i), "value");
    std::atomic<bool> ended{false};
    together(3, [&](int i) {
        if (i != 0) {
            for (int n = 0; !ended; ++n) {
                const auto key = (i == 1 ? "a" : "z") + std::to_string(n % 50);
                state.must_put(space, key, "value");
                if (n % 3 == 0) state.remove(space, key);
                state.must_put(space, "lasting" + std::to_string(100 + n % lasting), std::to_string(n));
            }
            return;
        }
        const ends_at_exit at_exit(ended);
        for (int n = 0; n < 20; ++n) {
            int found = 0;
            for (const auto& one : state.scan_all(space, n % 2 == 0 ? 7 : 0)) {
                if (one.key.starts_with("lasting")) ++found;
            }
            expect(found == lasting,
                   "a scan saw " + std::to_string(found) + " of 60 entries that existed throughout");
        }
    });
}

void batches_are_atomic(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "a", "0");
    state.must_put(space, "b", "0");
    if (state.ops().batch == nullptr) throw case_skipped("the plugin has no batch");
    constexpr int threads = 4;
    constexpr int each = 25;
    together(threads, [&](int i) {
        for (int done = 0; done < each;) {
            const auto a = state.read(space, "a");
            const auto b = state.read(space, "b");
            // In either order, so that a backend with locks cannot get by with the order of the keys.
            std::vector<batch_step> steps = {
                {MF_BATCH_PUT, space, "a", std::to_string(std::stoi(a->value) + 1), if_version(a->version)},
                {MF_BATCH_PUT, space, "b", std::to_string(std::stoi(b->value) + 1), if_version(b->version)}};
            if (i % 2 == 0) std::swap(steps[0], steps[1]);
            const auto answer = state.batch(steps);
            if (answer.ok())
                ++done;
            else
                expect(answer.status == MF_CONFLICT, "the loser got status " + std::to_string(answer.status));
        }
    });
    const auto total = std::to_string(threads * each);
    expect(state.read(space, "a")->value == total && state.read(space, "b")->value == total,
           "a batch was applied in part");
}

void clear_among_writers(state_fixture& state) {
    const auto space = state.fresh_space();
    together(4, [&](int i) {
        for (int n = 0; n < 60; ++n) {
            if (i == 0)
                expect(state.clear(space).ok(), "clear failed");
            else
                state.must_put(space, std::to_string(i) + "/" + std::to_string(n), "value");
        }
    });
    expect(state.clear(space).ok(), "clear failed");
    expect(state.scan_all(space).empty(), "an entry survived a clear that followed its put");
}

void put_within_a_refused_add(state_fixture& state) {
    if (state.ops().add == nullptr) throw case_skipped("the plugin has no add");
    const auto space = state.fresh_space();
    state.must_put(space, "key", "value");
    using nested_call = waiting_call<plugin::state_backend, mf_state_reply, mf_state_done>;
    for (const std::string_view key : {"absent", "key"}) {
        std::shared_ptr<nested_call> nested;
        state.call(
            "add",
            [&](const mf_state_ops& ops, mf_state* handle, const mf_call* context, mf_state_done done) {
                ops.add(handle, context, plugin::to_slice(space), plugin::to_slice(key), 1, 0, 9, done);
            },
            [&](const mf_state_reply&) {
                nested = nested_call::begin(
                    state.backend(), "put",
                    [&](const mf_state_ops& ops, mf_state* handle, const mf_call* context,
                        mf_state_done done) {
                        ops.put(handle, context, plugin::to_slice(space), plugin::to_slice(key), {"text", 4},
                                if_any(), done);
                    },
                    [](const mf_state_reply&) {});
            });
        nested_call::finish(nested);
        const auto now = state.read(space, std::string(key));
        expect(now && now->value == "text", "the put within a refused add is not there");
    }
}

void calls_within_a_completion(state_fixture& state) {
    const auto space = state.fresh_space();
    const std::string value(100, 'v');
    state.must_put(space, "key", value);
    using nested_call = waiting_call<plugin::state_backend, mf_state_reply, mf_state_done>;
    bool unchanged = false;
    std::shared_ptr<nested_call> nested;
    state.call(
        "get",
        [&](const mf_state_ops& ops, mf_state* handle, const mf_call* context, mf_state_done done) {
            ops.get(handle, context, plugin::to_slice(space), {"key", 3}, done);
        },
        [&](const mf_state_reply& reply) {
            // With a lock held over the completion this put would never return.
            nested = nested_call::begin(
                state.backend(), "put",
                [&](const mf_state_ops& ops, mf_state* handle, const mf_call* context, mf_state_done done) {
                    ops.put(handle, context, plugin::to_slice(space), {"key", 3}, {"other", 5}, if_any(),
                            done);
                },
                [](const mf_state_reply&) {});
            unchanged = reply.entry_count == 1 && plugin::to_view(reply.entries[0].value) == value;
        });
    nested_call::finish(nested);
    expect(unchanged, "what a reply points to changed before its completion returned");
    expect(state.read(space, "key")->value == "other", "the put within a completion is not there");
}

} // namespace

std::vector<contract_case> thread_cases(state_fixture& state) {
    const auto with = [&state](void (*test)(state_fixture&)) { return [&state, test] { test(state); }; };
    return {
        {"ten threads create a key: one wins", with(one_creates)},
        {"threads increment by condition: none is lost", with(increments_by_condition)},
        {"threads remove a key: one wins", with(one_removes)},
        {"threads take from a counter: exactly as many as there are", with(add_is_exact)},
        {"readers of one key never go back", with(versions_never_go_back)},
        {"no two writes of a space share a version", with(versions_are_unique)},
        {"a completed put is seen by every thread", with(a_put_is_seen_by_all)},
        {"scan under writes sees each lasting entry once", with(scan_under_writes)},
        {"batches of two keys keep them equal", with(batches_are_atomic)},
        {"clear among writers", with(clear_among_writers)},
        {"calls within a completion", with(calls_within_a_completion)},
        {"a put within a refused add", with(put_within_a_refused_add)},
    };
}

} // namespace mockfleet::contract
