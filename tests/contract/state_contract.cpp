// The state contract on one key and one space: the 22 cases of fleet.md 1.8, names, values, conditions.
#include "state_contract.hpp"

#include <algorithm>
#include <string>

namespace mockfleet::contract {

namespace {

std::string every_byte() {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    return bytes;
}

void expect_status(const state_answer& answer, mf_status wanted, const std::string& what) {
    expect(answer.status == wanted, what + " answered status " + std::to_string(answer.status) +
                                        " instead of " + std::to_string(wanted) + " " + answer.message);
}

void expect_value(state_fixture& state, const std::string& space, const std::string& key,
                  const std::string& value) {
    const auto found = state.read(space, key);
    expect(found.has_value(), "the key " + shown(key) + " is gone");
    expect(found->value == value, "the value is " + shown(found->value) + " instead of " + shown(value));
}

void expect_absent(state_fixture& state, const std::string& space, const std::string& key) {
    expect(!state.read(space, key), "the key " + shown(key) + " is there");
}

void put_then_get(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto version = state.must_put(space, "key", "value");
    const auto found = state.read(space, "key");
    expect(found && found->value == "value", "get does not answer what was put");
    expect(found->version == version, "get answers another version than put");
}

void version_on_update(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto first = state.must_put(space, "key", "one");
    const auto second = state.must_put(space, "key", "two");
    expect(second > first, "the version did not grow");
    expect(state.read(space, "key")->version == second, "get answers an old version");
}

void conditional_put(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto first = state.must_put(space, "key", "one");
    const auto second = state.must_put(space, "key", "two", if_version(first));
    expect(second > first, "the version did not grow");
    expect_value(state, space, "key", "two");
}

void conditional_put_of_a_wrong_version(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto version = state.must_put(space, "key", "one");
    const auto refused = state.put(space, "key", "two", if_version(version + 999));
    expect_status(refused, MF_CONFLICT, "a put with a wrong version");
    expect(refused.entry().value == "one" && refused.version() == version,
           "the conflict does not carry the entry that won");
    expect_value(state, space, "key", "one");
    expect(state.read(space, "key")->version == version, "a refused put changed the version");
}

void conditional_put_of_a_missing_key(state_fixture& state) {
    const auto space = state.fresh_space();
    expect_status(state.put(space, "key", "one", if_version(1)), MF_NOT_FOUND,
                  "a put with the version of a missing key");
    expect_status(state.put(space, "key", "one", if_version(0)), MF_NOT_FOUND,
                  "a put with version 0 of a missing key");
    expect_absent(state, space, "key");
}

void conditional_put_of_version_zero(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto version = state.must_put(space, "key", "one");
    expect_status(state.put(space, "key", "two", if_version(0)), MF_CONFLICT, "a put with version 0");
    const auto found = state.read(space, "key");
    expect(found && found->value == "one" && found->version == version, "the entry changed");
}

void stale_version_after_reinsertion(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto first = state.must_put(space, "key", "one");
    expect_status(state.remove(space, "key"), MF_OK, "remove");
    const auto second = state.must_put(space, "key", "again");
    expect(second > first, "a version was reused after a removal");
    expect_status(state.put(space, "key", "late", if_version(first)), MF_CONFLICT,
                  "a put with a version from before");
    expect_value(state, space, "key", "again");
}

void conditional_remove(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto version = state.must_put(space, "key", "one");
    const auto refused = state.remove(space, "key", if_version(version + 999));
    expect_status(refused, MF_CONFLICT, "a removal with a wrong version");
    expect(refused.entry().value == "one" && refused.version() == version,
           "the conflict does not carry the entry that won");
    expect_value(state, space, "key", "one");
    expect_status(state.remove(space, "key", if_version(version)), MF_OK, "a removal with the right version");
    expect_absent(state, space, "key");
    expect_status(state.remove(space, "key", if_version(version)), MF_NOT_FOUND, "a removal of what is gone");
}

void put_if_absent(state_fixture& state) {
    const auto space = state.fresh_space();
    const auto version = state.must_put(space, "key", "one", if_absent());
    const auto refused = state.put(space, "key", "two", if_absent());
    expect_status(refused, MF_CONFLICT, "a put of a present key if it is absent");
    expect(refused.entry().value == "one" && refused.version() == version,
           "the conflict does not carry the original");
    expect_value(state, space, "key", "one");
}

void size_and_clear(state_fixture& state) {
    const auto space = state.fresh_space();
    expect(state.scan_all(space).empty(), "a new space is not empty");
    state.must_put(space, "a", "1");
    state.must_put(space, "b", "2");
    expect(state.scan_all(space).size() == 2, "two puts do not make two entries");
    const auto cleared = state.clear(space);
    expect_status(cleared, MF_OK, "clear");
    expect(cleared.count == 2, "clear counts " + std::to_string(cleared.count) + " instead of 2");
    expect(state.scan_all(space).empty(), "a cleared space is not empty");
    expect_absent(state, space, "a");
    const auto again = state.clear(space);
    expect(again.ok() && again.count == 0, "clearing an empty space is not OK with 0");
}

void entries(state_fixture& state) {
    const auto space = state.fresh_space();
    for (const auto* key : {"b", "c", "a"})
        state.must_put(space, key, std::string("value of ") + key);
    const auto all = state.scan_all(space);
    expect(all.size() == 3 && all[0].key == "a" && all[1].key == "b" && all[2].key == "c",
           "the keys are not a, b, c");
    for (const auto& one : all) {
        expect(one.value == "value of " + one.key, "the value of " + one.key + " is " + shown(one.value));
        expect(one.version == state.read(space, one.key)->version, "scan and get answer different versions");
    }
}

void versions_grow_in_a_space(state_fixture& state) {
    const auto space = state.fresh_space();
    std::uint64_t last = 0;
    for (int i = 0; i < 10; ++i) {
        const auto version = state.must_put(space, i % 2 == 0 ? "key" : "key" + std::to_string(i), "value");
        expect(version > last, "the version " + std::to_string(version) + " follows " + std::to_string(last));
        last = version;
    }
}

void spaces_are_apart(state_fixture& state) {
    const auto one = state.fresh_space();
    const auto two = state.fresh_space();
    state.must_put(one, "key", "one");
    state.must_put(two, "key", "two");
    expect_value(state, one, "key", "one");
    expect_status(state.clear(one), MF_OK, "clear");
    expect_absent(state, one, "key");
    expect_value(state, two, "key", "two");
}

void similar_names_are_apart(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "b/c", "1");
    state.must_put(space + "/b", "c", "2");
    state.must_put(space, "B/c", "3");
    expect_value(state, space, "b/c", "1");
    expect_value(state, space + "/b", "c", "2");
    expect(state.scan_all(space).size() == 2, "an entry of a space whose name begins alike is in the scan");
    expect(state.clear(space).count == 2, "clear removed entries of a space whose name begins alike");
    expect_value(state, space + "/b", "c", "2");
}

void empty_names(state_fixture& state) {
    const auto space = state.fresh_space();
    for (const auto& [where, key] : {std::pair<std::string, std::string>{space, ""}, {"", "key"}, {"", ""}}) {
        expect_status(state.get(where, key), MF_INVALID, "get with an empty name");
        expect_status(state.put(where, key, "value"), MF_INVALID, "put with an empty name");
        expect_status(state.remove(where, key), MF_INVALID, "remove with an empty name");
        if (state.ops().add == nullptr) continue;
        expect_status(state.add(where, key, 1, 0, 1), MF_INVALID, "add with an empty name");
    }
    expect_status(state.scan(""), MF_INVALID, "scan of an empty name");
    expect_status(state.clear(""), MF_INVALID, "clear of an empty name");
}

void binary_names_and_values(state_fixture& state) {
    const auto space = state.fresh_space() + std::string("\0\xff/", 3);
    const auto bytes = every_byte();
    state.must_put(space, bytes, bytes);
    state.must_put(space, std::string("\0", 1), "zero");
    state.must_put(space, std::string("\0\0", 2), "two zeros");
    state.must_put(space, "\xff", "top");
    expect_value(state, space, bytes, bytes);
    const auto all = state.scan_all(space, 1);
    expect(all.size() == 4, "scan answers " + std::to_string(all.size()) + " entries instead of 4");
    expect(all[0].value == "zero" && all[1].value == "two zeros" && all[2].value == bytes &&
               all[3].value == "top",
           "the order is not bytewise");
    expect(state.remove(space, std::string("\0", 1)).ok(), "a key of one zero byte cannot be removed");
    expect_value(state, space, std::string("\0\0", 2), "two zeros");
}

void empty_value(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "key", "");
    expect_value(state, space, "key", "");
    expect(state.scan_all(space).size() == 1, "an entry without bytes is not in the scan");
}

void long_key(state_fixture& state) {
    const auto space = state.fresh_space();
    constexpr std::size_t size = 32 * 1024;
    const std::string key(size, 'k');
    state.must_put(space, key, "one");
    state.must_put(space, key.substr(1), "two");
    expect_value(state, space, key, "one");
    expect_value(state, space, key.substr(1), "two");
}

void big_value(state_fixture& state) {
    const auto space = state.fresh_space();
    std::uint64_t limit = 0;
    if (state.ops().describe != nullptr) limit = state.describe().max_value_size;
    constexpr std::uint64_t enough = 8 * 1024 * 1024;
    const auto size = limit == 0 ? enough : std::min(limit, enough);
    std::string value(size, 'v');
    for (std::size_t i = 0; i < value.size(); i += 997)
        value[i] = static_cast<char>(i);
    state.must_put(space, "key", value);
    const auto found = state.read(space, "key");
    expect(found && found->value == value, "a value of " + std::to_string(size) + " bytes came back changed");
    if (limit == 0 || limit > enough) return;
    expect_status(state.put(space, "other", value + "v"), MF_INVALID, "a put above max_value_size");
    expect_absent(state, space, "other");
}

void unknown_conditions(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "key", "value");
    for (const std::int32_t kind : {-1, 3, 99}) {
        expect_status(state.put(space, "key", "other", {kind, 0, 0}), MF_INVALID,
                      "a put with an unknown condition");
        expect_status(state.remove(space, "key", {kind, 0, 0}), MF_INVALID,
                      "a removal with an unknown condition");
    }
    expect_status(state.remove(space, "key", if_absent()), MF_INVALID, "a removal if absent");
    expect_value(state, space, "key", "value");
}

void inputs_are_copied(state_fixture& state) {
    const auto space = state.fresh_space();
    std::string key = "key";
    std::string value(1000, 'v');
    state.must_put(space, key, value);
    std::fill(value.begin(), value.end(), 'x');
    key = "xyz";
    expect_value(state, space, "key", std::string(1000, 'v'));
}

void past_deadline_and_cancelled(state_fixture& state) {
    const auto space = state.fresh_space();
    state.must_put(space, "key", "value");
    const auto get = [&](bool cancelled, std::uint64_t deadline) {
        return state.call(
            "get",
            [&](const mf_state_ops& ops, mf_state* handle, const mf_call* context, mf_state_done done) {
                ops.get(handle, context, plugin::to_slice(space), {"key", 3}, done);
            },
            {}, cancelled, deadline);
    };
    const auto late = get(false, 1);
    expect(late.ok() || late.status == MF_TIMEOUT,
           "a call after its deadline answers status " + std::to_string(late.status));
    const auto unwanted = get(true, 0);
    expect(unwanted.ok() || unwanted.status == MF_CANCELLED,
           "a cancelled call answers status " + std::to_string(unwanted.status));
}

} // namespace

std::vector<contract_case> key_cases(state_fixture& state) {
    const auto with = [&state](void (*test)(state_fixture&)) { return [&state, test] { test(state); }; };
    return {
        {"put, then get", with(put_then_get)},
        {"get of a missing key is NOT_FOUND",
         [&state] {
             expect_status(state.get(state.fresh_space(), "key"), MF_NOT_FOUND, "get of a missing key");
         }},
        {"an update raises the version", with(version_on_update)},
        {"put if version: the right one", with(conditional_put)},
        {"put if version: a wrong one", with(conditional_put_of_a_wrong_version)},
        {"put if version: a missing key stays missing", with(conditional_put_of_a_missing_key)},
        {"put if version: 0 never overwrites", with(conditional_put_of_version_zero)},
        {"put if version: one from before a removal", with(stale_version_after_reinsertion)},
        {"put if absent", with(put_if_absent)},
        {"remove if version", with(conditional_remove)},
        {"remove of a present key",
         [&state] {
             const auto space = state.fresh_space();
             state.must_put(space, "key", "value");
             expect_status(state.remove(space, "key"), MF_OK, "remove");
             expect_absent(state, space, "key");
         }},
        {"remove of a missing key is NOT_FOUND",
         [&state] {
             expect_status(state.remove(state.fresh_space(), "key"), MF_NOT_FOUND, "remove of a missing key");
         }},
        {"size and clear", with(size_and_clear)},
        {"scan answers keys, values and versions", with(entries)},
        {"versions grow within a space", with(versions_grow_in_a_space)},
        {"spaces are apart", with(spaces_are_apart)},
        {"names that look alike are apart", with(similar_names_are_apart)},
        {"an empty space or key is INVALID", with(empty_names)},
        {"names and values of any bytes", with(binary_names_and_values)},
        {"a value without bytes", with(empty_value)},
        {"a key of 32 KiB", with(long_key)},
        {"a big value", with(big_value)},
        {"unknown conditions are INVALID", with(unknown_conditions)},
        {"inputs may change once the call is complete", with(inputs_are_copied)},
        {"late and cancelled calls complete", with(past_deadline_and_cancelled)},
    };
}

void run_state_contract(const std::string& file, const std::vector<plugin::setting>& settings,
                        tally& result) {
    state_fixture state(file, settings);
    run_cases({{"open and start", [&state] { state.open(); }}}, result);
    if (result.failed != 0) return;
    run_cases(key_cases(state), result);
    run_cases(group_cases(state), result);
    run_cases(thread_cases(state), result);
    run_cases(event_cases(state), result);
}

} // namespace mockfleet::contract
