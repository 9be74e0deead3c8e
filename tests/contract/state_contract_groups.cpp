// The state contract on several keys at once and on counters: scan, batch, add.
#include "state_contract.hpp"

#include <limits>
#include <set>
#include <string>

namespace mockfleet::contract {

namespace {

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto greatest = std::numeric_limits<std::int64_t>::max();

std::string numbered(int i) {
    const auto digits = std::to_string(i);
    return "key" + std::string(5 - digits.size(), '0') + digits;
}

void scan_pages(state_fixture& state) {
    const auto space = state.fresh_space();
    constexpr int count = 250;
    for (int i = 0; i < count; ++i)
        state.must_put(space, numbered((i * 37) % count), std::to_string(i));
    for (const std::uint32_t limit : {0U, 1U, 7U, 249U, 250U, 251U, 100000U}) {
        const auto all = state.scan_all(space, limit);
        expect(all.size() == count, "pages of " + std::to_string(limit) + " give " +
                                        std::to_string(all.size()) + " entries instead of 250");
    }
    const auto exact = state.scan(space, {}, count);
    expect(exact.entries.size() < count || !exact.more, "the last page promises more");
}

void scan_after_any_key(state_fixture& state) {
    const auto space = state.fresh_space();
    for (const auto* key : {"a", "c", "e"})
        state.must_put(space, key, key);
    const auto between = state.scan(space, "b");
    expect(between.ok() && !between.entries.empty() && between.entries[0].key == "c",
           "a scan after 'b' does not begin with 'c'");
    const auto last = state.scan(space, "e");
    expect(last.ok() && last.entries.empty() && !last.more, "a scan after the last key is not empty");
    const auto first = state.scan(space, {}, 1);
    expect(state.remove(space, "a").ok(), "remove failed");
    const auto next = state.scan(space, first.entries.at(0).key, 1);
    expect(next.entries.size() == 1 && next.entries[0].key == "c",
           "a scan does not go on after a key that was removed");
}

void scan_of_an_unknown_space(state_fixture& state) {
    const auto none = state.scan(state.fresh_space());
    expect(none.ok() && none.entries.empty() && !none.more, "a scan of an unknown space is not empty");
}

void batch_applies_all(state_fixture& state) {
    const auto one = state.fresh_space();
    const auto two = state.fresh_space();
    const auto three = state.fresh_space();
    const auto version = state.must_put(one, "old", "1");
    state.must_put(one, "gone", "1");
    state.must_put(three, "a", "1");
    const auto done = state.batch({{MF_BATCH_PUT, one, "old", "2", if_version(version)},
                                   {MF_BATCH_REMOVE, one, "gone", {}, {}},
                                   {MF_BATCH_PUT, two, "new", "3", if_absent()},
                                   {MF_BATCH_REMOVE, two, "never there", {}, {}},
                                   {MF_BATCH_CLEAR, three, {}, {}, {}}});
    expect(done.ok(), "the batch answered status " + std::to_string(done.status) + " " + done.message);
    expect(done.entries.size() == 5,
           "the reply has " + std::to_string(done.entries.size()) + " entries instead of 5");
    expect(done.entries[0].version > version, "the version of the first put did not grow");
    expect(done.entries[1].version == 0 && done.entries[3].version == 0 && done.entries[4].version == 0,
           "a removal or a clear carries a version");
    const auto old = state.read(one, "old");
    expect(old && old->value == "2" && old->version == done.entries[0].version, "the first put is not there");
    expect(!state.read(one, "gone"), "the removal did not happen");
    const auto fresh = state.read(two, "new");
    expect(fresh && fresh->value == "3" && fresh->version == done.entries[2].version,
           "the second put is not there");
    expect(state.scan_all(three).empty(), "the clear did not happen");
}

void batch_applies_nothing(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto other = state.fresh_space();
    const auto version = state.must_put(space, "key", "1");
    state.must_put(other, "kept", "1");
    const auto conflict = state.batch({{MF_BATCH_PUT, space, "first", "x", {}},
                                       {MF_BATCH_CLEAR, other, {}, {}, {}},
                                       {MF_BATCH_PUT, space, "key", "x", if_version(version + 1)},
                                       {MF_BATCH_PUT, space, "last", "x", {}}});
    expect(conflict.status == MF_CONFLICT, "the batch answered status " + std::to_string(conflict.status));
    expect(conflict.count == 2, "the index of the failed operation is " + std::to_string(conflict.count));
    expect(conflict.entry().value == "1" && conflict.version() == version,
           "the conflict does not carry the entry that won");
    const auto absent = state.batch(
        {{MF_BATCH_PUT, space, "first", "x", {}}, {MF_BATCH_REMOVE, space, "absent", {}, if_version(1)}});
    expect(absent.status == MF_NOT_FOUND && absent.count == 1,
           "a conditional removal of a missing key answered status " + std::to_string(absent.status));
    const auto all = state.scan_all(space);
    expect(all.size() == 1 && all[0] == state_entry{"key", "1", version}, "a failed batch changed something");
    expect(state.read(other, "kept").has_value(), "a failed batch cleared a space");
}

void batch_refuses(state_fixture& state) {
    const auto space = state.fresh_space();
    const std::vector<std::pair<std::string, std::vector<batch_step>>> wrong = {
        {"a key named twice", {{MF_BATCH_PUT, space, "a", "1", {}}, {MF_BATCH_REMOVE, space, "a", {}, {}}}},
        {"a put into a cleared space",
         {{MF_BATCH_CLEAR, space, {}, {}, {}}, {MF_BATCH_PUT, space, "a", "1", {}}}},
        {"a clear of a space that is written",
         {{MF_BATCH_PUT, space, "a", "1", {}}, {MF_BATCH_CLEAR, space, {}, {}, {}}}},
        {"an empty key", {{MF_BATCH_PUT, space, "b", "1", {}}, {MF_BATCH_PUT, space, "", "1", {}}}},
        {"an empty space", {{MF_BATCH_PUT, space, "b", "1", {}}, {MF_BATCH_CLEAR, "", {}, {}, {}}}},
        {"an unknown operation", {{MF_BATCH_PUT, space, "b", "1", {}}, {7, space, "a", "1", {}}}},
        {"an unknown condition",
         {{MF_BATCH_PUT, space, "b", "1", {}}, {MF_BATCH_PUT, space, "a", "1", {9, 0, 0}}}},
        {"a removal if absent",
         {{MF_BATCH_PUT, space, "b", "1", {}}, {MF_BATCH_REMOVE, space, "a", {}, if_absent()}}},
    };
    for (const auto& [what, steps] : wrong) {
        const auto refused = state.batch(steps);
        expect(refused.status == MF_INVALID, what + " answered status " + std::to_string(refused.status));
        expect(refused.count == 1, what + " is said to be in operation " + std::to_string(refused.count));
    }
    expect(state.scan_all(space).empty(), "a refused batch changed something");
}

void batch_sizes(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto none = state.batch({});
    expect(none.ok() && none.entries.empty(),
           "a batch of nothing answered status " + std::to_string(none.status));
    std::uint32_t limit = 0;
    if (state.ops().describe != nullptr) limit = state.describe().max_batch;
    constexpr std::uint32_t enough = 2000;
    const auto count = limit == 0 || limit > enough ? enough : limit;
    std::vector<batch_step> steps;
    for (std::uint32_t i = 0; i < count; ++i)
        steps.push_back({MF_BATCH_PUT, space, numbered(static_cast<int>(i)), "v", {}});
    expect(state.batch(steps).ok(), "a batch of " + std::to_string(count) + " failed");
    expect(state.scan_all(space).size() == count, "not all of a big batch is there");
    if (limit == 0 || limit > enough) return;
    steps.push_back({MF_BATCH_PUT, space, "one more", "v", {}});
    expect(state.batch(steps).status == MF_INVALID, "a batch above max_batch is not refused");
    expect(!state.read(space, "one more"), "a refused batch changed something");
}

void add_counts(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto first = state.must_put(space, "n", "5");
    const auto down = state.add(space, "n", -2, 0, 10);
    expect(down.ok() && down.number == 3, "5 - 2 gives " + std::to_string(down.number));
    expect(down.version() > first, "the version did not grow");
    const auto found = state.read(space, "n");
    expect(found && found->value == "3" && found->version == down.version(),
           "the value of the counter is not the text 3");
    expect(state.add(space, "n", 0, 0, 10).number == 3, "adding 0 does not answer the number");
    state.must_put(space, "n", "-12");
    expect(state.add(space, "n", 2, -100, 100).number == -10, "put does not reset a counter");
}

void add_keeps_bounds(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "n", "1");
    expect(state.add(space, "n", -1, 0, greatest).number == 0, "the last one could not be taken");
    const auto before = state.read(space, "n");
    const auto refused = state.add(space, "n", -1, 0, greatest);
    expect(refused.status == MF_CONFLICT && refused.number == 0,
           "taking one of none answered status " + std::to_string(refused.status));
    expect(refused.version() == before->version, "the conflict does not carry the version");
    expect(state.add(space, "n", 11, least, 10).status == MF_CONFLICT, "the upper bound was passed");
    expect(state.read(space, "n") == before, "a refused addition changed the entry");
    state.must_put(space, "n", std::to_string(greatest));
    expect(state.add(space, "n", 1, least, greatest).status == MF_CONFLICT, "an overflow was not refused");
    state.must_put(space, "n", std::to_string(least));
    expect(state.add(space, "n", -1, least, greatest).status == MF_CONFLICT, "an underflow was not refused");
    expect(state.add(space, "n", greatest, least, greatest).number == -1,
           "the whole range of 64 bits is not there");
}

void add_refuses(state_fixture& state) {
    const auto space = state.fresh_space();
    expect(state.add(space, "n", 1, 0, 10).status == MF_NOT_FOUND, "an absent counter is not NOT_FOUND");
    expect(!state.read(space, "n"), "an addition created a counter");
    for (const auto* text : {"", "x", "1x", " 1", "1 ", "1.0", "9223372036854775808"}) {
        state.must_put(space, "n", text);
        expect(state.add(space, "n", 1, least, greatest).status == MF_INVALID,
               "an addition to " + shown(text) + " is not INVALID");
        expect(state.read(space, "n")->value == text, "a refused addition changed the value");
    }
    state.must_put(space, "n", "1");
    expect(state.add(space, "n", 1, 5, 4).status == MF_INVALID, "bounds the wrong way round are not INVALID");
}

void alone_without_peers(state_fixture& state) {
    if (state.ops().describe != nullptr && state.describe().members.size() > 1) {
        throw case_skipped("there are other members");
    }
    mf_status status = MF_INTERNAL;
    expect(state.peers("topic", "payload", status).empty(), "there is a reply of a peer that does not exist");
    expect(status == MF_OK, "peers answered status " + std::to_string(status));
}

void description(state_fixture& state) {
    const auto version = state.must_put(state.fresh_space(), "key", "value");
    const auto now = state.describe();
    expect(!now.node_id.empty(), "there is no node id");
    expect(now.local_members == 1, std::to_string(now.local_members) + " members are local");
    expect(std::set<std::string>(now.members.begin(), now.members.end()).size() == now.members.size(),
           "two members have one id");
    expect(now.clustered || now.coordinator == now.node_id, "a single node is not its own coordinator");
    expect(now.revision >= version, "the revision is less than a version");
    expect(state.describe().node_id == now.node_id, "the node id changes");
}

} // namespace

std::vector<contract_case> group_cases(state_fixture& state) {
    const auto with = [&state](void (*test)(state_fixture&)) { return [&state, test] { test(state); }; };
    return {
        {"scan by pages", with(scan_pages)},
        {"scan after any key", with(scan_after_any_key)},
        {"scan of an unknown space", with(scan_of_an_unknown_space)},
        {"batch applies all", with(batch_applies_all)},
        {"batch applies nothing when one fails", with(batch_applies_nothing)},
        {"batch refuses what cannot stand together", with(batch_refuses)},
        {"batch of none, many, too many", with(batch_sizes)},
        {"add counts", with(add_counts)},
        {"add keeps its bounds", with(add_keeps_bounds)},
        {"add refuses what is no counter", with(add_refuses)},
        {"peers of a node that is alone", with(alone_without_peers)},
        {"describe", with(description)},
    };
}

} // namespace mockfleet::contract
