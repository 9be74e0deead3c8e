// The cases of the blob contract.
#include "blob_contract.hpp"

#include "blob_fixture.hpp"

#include "plugin/calls.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

namespace mockfleet::contract {

namespace {

using names = std::vector<std::string>;

void expect_status(const blob_answer& answer, mf_status wanted, const std::string& what) {
    expect(answer.status == wanted, what + " answered status " + std::to_string(answer.status) +
                                        " instead of " + std::to_string(wanted) + " " + answer.message);
}

void expect_blob(blob_fixture& store, const std::string& key, const std::string& data,
                 const metadata& pairs) {
    const auto found = store.get(key);
    expect_status(found, MF_OK, "get");
    expect(found.data == data, "the data are " + shown(found.data) + " instead of " + shown(data));
    expect(found.pairs == pairs && found.pair_count == pairs.size(), "the metadata came back changed");
}

void put_and_get(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    const auto tag = store.must_put(key, "text", {{"type", "expectations"}, {"source", "test"}});
    expect_blob(store, key, "text", {{"type", "expectations"}, {"source", "test"}});
    expect(store.get(key).tag == tag, "get answers another tag than put");
}

void overwrite(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    const auto first = store.must_put(key, "v1", {{"version", "1"}, {"old", "yes"}});
    const auto second = store.must_put(key, "v2", {{"version", "2"}, {"additional", "yes"}});
    expect(first != second, "the tag did not change");
    expect_blob(store, key, "v2", {{"version", "2"}, {"additional", "yes"}});
    store.must_put(key, "v2");
    expect_blob(store, key, "v2", {});
}

void list_by_prefix(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    for (const auto* key : {"expectations/e2.json", "cassettes/c1.json", "expectations/e1.json"})
        store.must_put(prefix + key, "x");
    expect(store.list_all(prefix + "expectations/") ==
               names{prefix + "expectations/e1.json", prefix + "expectations/e2.json"},
           "the list by prefix is wrong");
    expect(store.list_all(prefix + "expectations/e1") == names{prefix + "expectations/e1.json"},
           "a prefix that ends within a name does not match");
    expect(store.list_all(prefix + "other/").empty(), "a prefix without keys lists something");
    expect(store.list_all(prefix).size() == 3, "the list of all is wrong");
}

void nested_prefixes(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    for (const auto* key : {"a/b/c1", "a/b/c2", "a/d/c1"})
        store.must_put(prefix + key, "x");
    expect(store.list_all(prefix + "a/b/") == names{prefix + "a/b/c1", prefix + "a/b/c2"},
           "the nested prefix is wrong");
}

void list_pages(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    constexpr int count = 60;
    for (int i = 0; i < count; ++i)
        store.must_put(prefix + std::to_string(100 + (i * 7) % count), "x");
    for (const std::uint32_t limit : {0U, 1U, 7U, 59U, 60U, 61U}) {
        expect(store.list_all(prefix, limit).size() == count,
               "pages of " + std::to_string(limit) + " are incomplete");
    }
    const auto middle = store.list(prefix, prefix + "1305", 1);
    expect(middle.keys == names{prefix + "131"}, "a list after a key that does not exist is wrong");
}

void removal(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    store.must_put(prefix + "key", "x");
    store.must_put(prefix + "key2", "x");
    expect_status(store.remove(prefix + "key"), MF_OK, "remove");
    expect_status(store.get(prefix + "key"), MF_NOT_FOUND, "get of a removed key");
    expect(store.list_all(prefix + "key") == names{prefix + "key2"}, "a removed key is listed");
    expect_status(store.remove(prefix + "key"), MF_NOT_FOUND, "remove of a missing key");
}

void metadata_survives(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    const metadata values{{"test", "value with spaces"}, {"path", "a/b/c"}};
    store.must_put(key, "x", values);
    expect_blob(store, key, "x", values);
    const metadata keys{{"x-custom-type", "1"}, {"x_custom_type", "2"}, {"simple", "3"}};
    store.must_put(key, "x", keys);
    expect_blob(store, key, "x", keys);
}

void metadata_of_other_scripts(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    const metadata pairs{{"中文", "1"}, {"café", "2"}, {"plain", "3"}};
    const auto answer = store.put(key, "x", pairs);
    if (answer.ok()) {
        expect_blob(store, key, "x", pairs);
        return;
    }
    expect_status(answer, MF_INVALID, "metadata that the store cannot hold");
    expect_status(store.get(key), MF_NOT_FOUND, "get of what was refused");
}

void odd_keys(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    names keys{
        "a b", "a+b", "a%20b", "a&b=c?d", "(a)'b*!", "[a]{b}", "a<b>c\"d", "#a", "\xC3\xBC/\xE4\xB8\xAD"};
    for (auto& key : keys) {
        key.insert(0, prefix);
        store.must_put(key, key);
    }
    for (const auto& key : keys)
        expect_blob(store, key, key, {});
    std::sort(keys.begin(), keys.end());
    expect(store.list_all(prefix) == keys, "keys with special characters are listed wrongly");
    for (const auto& key : keys)
        expect_status(store.remove(key), MF_OK, "remove of " + shown(key));
    expect(store.list_all(prefix).empty(), "a removed key is listed");
}

/// Values at the edge of what headers can carry: kept, or refused without a trace.
void odd_metadata(blob_fixture& store) {
    const metadata all[] = {{{"empty", ""}},
                            {{"Upper", "1"}, {"upper", "2"}},
                            {{"spaces", "  x  y "}},
                            {{"lines", "a\r\nb: c"}},
                            {{"other", "\xC3\xBC"}},
                            {{"with space", "1"}},
                            {{"", "1"}},
                            {{"1digit", "=\"',;"}}};
    for (const auto& pairs : all) {
        const auto key = store.fresh_prefix() + "key";
        const auto answer = store.put(key, "x", pairs);
        if (answer.ok()) {
            expect_blob(store, key, "x", pairs);
            continue;
        }
        expect_status(answer, MF_INVALID, "metadata " + shown(pairs.begin()->first));
        expect_status(store.get(key), MF_NOT_FOUND, "get of what was refused");
    }
}

void any_bytes(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    store.must_put(prefix + "empty", "");
    expect_blob(store, prefix + "empty", "", {});
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    store.must_put(prefix + "bytes", bytes);
    expect_blob(store, prefix + "bytes", bytes, {});
    constexpr std::size_t size = 4 * 1024 * 1024;
    const std::string big(size, 'b');
    store.must_put(prefix + "big", big);
    expect(store.get(prefix + "big").data == big, "4 MiB came back changed");
}

void large_blob(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    std::string big(50UL * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < big.size(); i += 4096)
        big[i] = static_cast<char>('a' + i / 4096 % 26);
    store.must_put(key, big);
    expect(store.get(key).data == big, "50 MiB came back changed");
    expect_status(store.remove(key), MF_OK, "remove");
}

void put_conditions(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    expect_status(store.put(key, "x", {}, {MF_IF_TAG, "tag"}), MF_NOT_FOUND,
                  "put with the tag of a missing key");
    expect_status(store.get(key), MF_NOT_FOUND, "get of what was refused");
    const auto first = store.must_put(key, "one", {}, {MF_IF_ABSENT, {}});
    const auto present = store.put(key, "two", {}, {MF_IF_ABSENT, {}});
    expect_status(present, MF_CONFLICT, "put of a present key if it is absent");
    expect(present.tag.empty() || present.tag == first, "the conflict carries a wrong tag");
    expect_blob(store, key, "one", {});
    const auto second = store.must_put(key, "two", {}, {MF_IF_TAG, first});
    expect(second != first, "the tag did not change");
    const auto late = store.put(key, "three", {}, {MF_IF_TAG, first});
    expect_status(late, MF_CONFLICT, "put with an old tag");
    expect(late.tag.empty() || late.tag == second, "the conflict carries a wrong tag");
    expect_blob(store, key, "two", {});
    expect_status(store.put(key, "x", {}, {MF_IF_VERSION, {}}), MF_INVALID, "put with an unknown condition");
    expect_blob(store, key, "two", {});
}

void remove_conditions(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    expect_status(store.remove(key, {MF_IF_TAG, "tag"}), MF_NOT_FOUND,
                  "remove with the tag of a missing key");
    const auto first = store.must_put(key, "one");
    const auto second = store.must_put(key, "two");
    expect_status(store.remove(key, {MF_IF_TAG, first}), MF_CONFLICT, "remove with an old tag");
    expect_status(store.remove(key, {MF_IF_ABSENT, {}}), MF_INVALID, "remove if absent");
    expect_status(store.remove(key, {99, {}}), MF_INVALID, "remove with an unknown condition");
    expect_blob(store, key, "two", {});
    expect_status(store.remove(key, {MF_IF_TAG, second}), MF_OK, "remove with the right tag");
    expect_status(store.get(key), MF_NOT_FOUND, "get of a removed key");
}

void empty_keys(blob_fixture& store) {
    expect_status(store.get(""), MF_INVALID, "get of an empty key");
    expect_status(store.put("", "x"), MF_INVALID, "put of an empty key");
    expect_status(store.remove(""), MF_INVALID, "remove of an empty key");
}

/// Runs work(i) on eight threads and passes on a failure of any.
template <class Work>
void on_eight_threads(Work work) {
    std::vector<std::thread> threads;
    std::atomic<bool> failed{false};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            try {
                work(i);
            } catch (const case_failed&) {
                failed = true;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    expect(!failed, "a call failed");
}

void many_keys(blob_fixture& store) {
    const auto prefix = store.fresh_prefix();
    constexpr int count = 5'000;
    const auto key = [&](int i) { return prefix + std::to_string(10'000 + i); };
    on_eight_threads([&](int thread) {
        for (int i = thread; i < count; i += 8)
            store.must_put(key(i), "x");
    });
    for (const std::uint32_t limit : {0U, 700U}) {
        const auto all = store.list_all(prefix, limit);
        expect(all.size() == count, "of 5000 keys " + std::to_string(all.size()) + " are listed");
        for (int i = 0; i < count; ++i)
            expect(all[static_cast<std::size_t>(i)] == key(i), "a key is missing from the list");
    }
    expect(store.list_all(prefix + "149").size() == 100, "a prefix within 5000 keys is wrong");
}

void threads_create(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    std::atomic<int> created{0};
    on_eight_threads([&](int i) {
        const auto answer = store.put(key, std::to_string(i), {}, {MF_IF_ABSENT, {}});
        if (answer.ok())
            ++created;
        else
            expect_status(answer, MF_CONFLICT, "the loser");
    });
    expect(created == 1, std::to_string(created) + " of 8 threads created the key");
}

void threads_update(blob_fixture& store) {
    const auto key = store.fresh_prefix() + "key";
    store.must_put(key, "0");
    on_eight_threads([&](int) {
        for (int done = 0; done < 5;) {
            const auto now = store.get(key);
            expect_status(now, MF_OK, "get between updates");
            const auto next = std::to_string(std::stoi(now.data) + 1);
            const auto answer = store.put(key, next, {}, {MF_IF_TAG, now.tag});
            if (answer.ok())
                ++done;
            else
                expect_status(answer, MF_CONFLICT, "the loser");
        }
    });
    expect_blob(store, key, "40", {});
}

} // namespace

void run_blob_contract(const std::string& file, const std::vector<plugin::setting>& settings, tally& result) {
    blob_fixture store(file, settings);
    run_cases({{"open and start", [&store] { store.open(); }}}, result);
    if (result.failed != 0) return;
    const auto with = [&store](void (*test)(blob_fixture&)) { return [&store, test] { test(store); }; };
    run_cases(
        {
            {"put and get, data and metadata", with(put_and_get)},
            {"get of a missing key is NOT_FOUND",
             [&store] {
                 expect_status(store.get(store.fresh_prefix() + "key"), MF_NOT_FOUND, "get of a missing key");
             }},
            {"a put replaces data and metadata", with(overwrite)},
            {"list by prefix", with(list_by_prefix)},
            {"list of an unused prefix is empty",
             [&store] {
                 expect(store.list_all(store.fresh_prefix()).empty(), "an unused prefix lists something");
             }},
            {"list of nested prefixes", with(nested_prefixes)},
            {"list by pages", with(list_pages)},
            {"removed blobs are neither found nor listed", with(removal)},
            {"metadata values and keys survive", with(metadata_survives)},
            {"metadata keys of other scripts survive or are refused", with(metadata_of_other_scripts)},
            {"odd metadata survive or are refused", with(odd_metadata)},
            {"keys with special characters", with(odd_keys)},
            {"data of no bytes, any bytes, many bytes", with(any_bytes)},
            {"50 MiB", with(large_blob)},
            {"5000 keys, by pages", with(many_keys), std::chrono::minutes(6)},
            {"conditions of put", with(put_conditions)},
            {"conditions of remove", with(remove_conditions)},
            {"an empty key is INVALID", with(empty_keys)},
            {"eight threads create a blob: one wins", with(threads_create)},
            {"eight threads update by tag: none is lost", with(threads_update)},
            {"stop, close, every call completed once, open again",
             [&store] {
                 store.close();
                 expect(plugin::stale_completions() == 0, "completions came twice or too late");
                 store.open();
                 store.close();
             }},
        },
        result);
}

} // namespace mockfleet::contract
