// The state contract on events and on the lifecycle.
#include "state_contract.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <thread>

namespace mockfleet::contract {

namespace {

using event = event_recorder::event;
using events = std::vector<event>;

void need_events(const state_fixture& state) {
    if (!state.has_events()) throw case_skipped("the plugin has no start, so no events");
}

bool has_change(const events& seen, const std::string& key, std::uint64_t version) {
    return std::any_of(seen.begin(), seen.end(), [&](const event& one) {
        return one.what == event::kind::changed && one.key == key && one.version == version;
    });
}

/// All events of the space so far: a change made now is the last of them, because they come in commit order.
events settled(state_fixture& state, const std::string& space) {
    const auto version = state.must_put(space, "the marker", "value");
    const auto marked = [&](const events& seen) { return has_change(seen, "the marker", version); };
    expect(state.events().wait_for(space, marked), "the event of a put did not come");
    auto seen = state.events().of(space);
    std::erase_if(seen, [](const event& one) { return one.key == "the marker"; });
    return seen;
}

void change_events(state_fixture& state) {
    need_events(state);
    const auto space = state.fresh_space();
    const auto seen_of = [&](const std::string& key, std::uint64_t version, const std::string& what) {
        expect(state.events().wait_for(space,
                                       [&](const events& seen) { return has_change(seen, key, version); }),
               "no event of " + what);
    };
    const auto first = state.must_put(space, "a", "1");
    seen_of("a", first, "a put");
    seen_of("b", state.must_put(space, "b", "1", if_absent()), "a put if absent");
    seen_of("a", state.must_put(space, "a", "2", if_version(first)), "a put if version");
    expect(state.remove(space, "b").ok(), "remove failed");
    seen_of("b", 0, "a removal");
    if (state.ops().add == nullptr) return;
    const auto added = state.add(space, "a", 1, 0, 10);
    expect(added.ok(), "add failed");
    seen_of("a", added.version(), "an addition");
}

void clear_events(state_fixture& state) {
    need_events(state);
    const auto space = state.fresh_space();
    state.must_put(space, "a", "1");
    const auto clears = [](const events& seen) {
        return std::count_if(seen.begin(), seen.end(),
                             [](const event& one) { return one.what == event::kind::cleared; });
    };
    expect(state.clear(space).ok(), "clear failed");
    expect(clears(settled(state, space)) == 1, "a clear does not give one `cleared`");
    expect(state.clear(space).ok() && state.clear(space).ok(), "clear failed");
    expect(clears(settled(state, space)) == 3, "clearing again does not give one `cleared` each");
    const auto unknown = state.fresh_space();
    expect(state.clear(unknown).ok(), "clear failed");
    expect(clears(settled(state, unknown)) == 1, "clearing an empty space does not give one `cleared`");
}

void no_events_of_failures(state_fixture& state) {
    need_events(state);
    const auto space = state.fresh_space();
    const auto version = state.must_put(space, "a", "1");
    const auto before = settled(state, space).size();
    state.put(space, "a", "2", if_absent());
    state.put(space, "a", "2", if_version(version + 1));
    state.put(space, "missing", "2", if_version(1));
    state.remove(space, "missing");
    state.remove(space, "a", if_version(version + 1));
    state.get(space, "a");
    state.scan(space);
    if (state.ops().add != nullptr) {
        state.add(space, "a", 1, 0, 1);
        state.add(space, "missing", 1, 0, 1);
    }
    if (state.ops().batch != nullptr) {
        state.batch({{MF_BATCH_PUT, space, "b", "1", {}}, {MF_BATCH_PUT, space, "a", "1", if_absent()}});
    }
    expect(settled(state, space).size() == before, "a call that changed nothing gave an event");
}

void batch_events(state_fixture& state) {
    need_events(state);
    const auto space = state.fresh_space();
    const auto other = state.fresh_space();
    state.must_put(space, "gone", "1");
    const auto done = state.batch({{MF_BATCH_PUT, space, "a", "1", {}},
                                   {MF_BATCH_REMOVE, space, "gone", {}, {}},
                                   {MF_BATCH_CLEAR, other, {}, {}, {}}});
    expect(done.ok(), "the batch failed");
    const auto seen = settled(state, space);
    expect(has_change(seen, "a", done.entries.at(0).version), "no event of a put in a batch");
    expect(has_change(seen, "gone", 0), "no event of a removal in a batch");
    const auto cleared = settled(state, other);
    expect(!cleared.empty() && cleared.front().what == event::kind::cleared,
           "no event of a clear in a batch");
}

void events_in_commit_order(state_fixture& state) {
    need_events(state);
    const auto space = state.fresh_space();
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&, i] {
            for (int n = 0; n < 100; ++n) {
                state.put(space, "key" + std::to_string((i + n) % 5), "value");
                if (n % 7 == 0) state.remove(space, "key" + std::to_string(n % 5));
            }
        });
    }
    for (auto& writer : writers)
        writer.join();
    std::uint64_t last = 0;
    std::map<std::string, std::uint64_t> state_by_events;
    for (const auto& one : settled(state, space)) {
        expect(one.version == 0 || one.version > last,
               "the event of version " + std::to_string(one.version) + " came after " + std::to_string(last));
        if (one.version != 0) last = one.version;
        state_by_events[one.key] = one.version;
    }
    for (const auto& [key, version] : state_by_events) {
        const auto now = state.read(space, key);
        expect((now ? now->version : 0) == version, "the last event of " + key + " does not tell its state");
    }
    expect(!state.events().overlapped(), "two events came at once");
}

void end_and_second_life(state_fixture& state) {
    const bool describes = state.ops().describe != nullptr;
    const auto before = describes ? state.describe().node_id : std::string();
    state.close();
    expect(plugin::stale_completions() == 0,
           std::to_string(plugin::stale_completions()) + " completions came twice or too late");
    state.open();
    const auto space = state.fresh_space();
    state.must_put(space, "key", "value");
    expect(!describes || state.describe().node_id != before, "two opens have one node id");
    expect(state.clear(space).ok(), "clear failed");
    state.close();
}

} // namespace

std::vector<contract_case> event_cases(state_fixture& state) {
    const auto with = [&state](void (*test)(state_fixture&)) { return [&state, test] { test(state); }; };
    return {
        {"events of changes", with(change_events)},
        {"events of clears", with(clear_events)},
        {"no events of calls that changed nothing", with(no_events_of_failures)},
        {"events of a batch", with(batch_events)},
        {"events one at a time, in commit order", with(events_in_commit_order)},
        {"stop, close, every call completed once, open again", with(end_and_second_life)},
    };
}

} // namespace mockfleet::contract
