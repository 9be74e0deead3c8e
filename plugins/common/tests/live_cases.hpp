// Cases for a store against a real service, beyond the contract: shapes of the prefix, odd keys, lost
// connections.
#pragma once

#include "scripted_server.hpp"
#include "store_fixture.hpp"

#include "common/digest.hpp"

#include <mockfleet/blob.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mockfleet::common::testing {

template <class Store>
struct live_service {
    std::uint16_t port = 0;
    /// A store with that key prefix, reached at that port of loopback.
    std::function<std::unique_ptr<Store>(const std::string& prefix, std::uint16_t port)> open;
    bool conditions = true; ///< the service offers conditional writes
};

inline std::string fresh_prefix() {
    return "test-" + random_id();
}

template <class Store>
std::vector<std::string> all_keys(Store& store, const std::string& prefix, std::uint32_t limit = 0) {
    std::vector<std::string> all;
    for (;;) {
        const auto page = store.list(prefix, all.empty() ? std::string() : all.back(), limit);
        all.insert(all.end(), page.keys.begin(), page.keys.end());
        if (!page.more) return all;
    }
}

/// Every shape of the prefix puts, gets, lists and removes, and all but the empty one mean the same.
template <class Store>
void check_prefix_shapes(const live_service<Store>& service) {
    const auto unique = fresh_prefix();
    const std::vector<std::string> shapes{unique, unique + "/", "/" + unique + "/", "//" + unique + "//"};
    for (const auto& shape : shapes) {
        CAPTURE(shape);
        const auto store = service.open(shape, service.port);
        store->put("/a//b.json", "1", {}, if_any);
        CHECK(store->get("a/b.json")->data == "1");
        CHECK(all_keys(*store, "") == std::vector<std::string>{"a/b.json"});
        CHECK(all_keys(*store, "/a/") == std::vector<std::string>{"a/b.json"});
        for (const auto& other : shapes)
            CHECK(service.open(other, service.port)->get("a/b.json"));
        CHECK(store->remove("a/b.json", if_any));
        CHECK_FALSE(store->get("a/b.json"));
    }
    const auto bare = service.open("", service.port);
    const auto key = unique + "/a.json";
    bare->put(key, "1", {}, if_any);
    CHECK(bare->get("/" + key)->data == "1");
    CHECK(all_keys(*bare, unique + "/") == std::vector<std::string>{key});
    CHECK(service.open(unique, service.port)->get("a.json"));
    CHECK(bare->remove(key, if_any));
    CHECK_FALSE(bare->remove(key, if_any));
}

/// Characters that addresses, signatures and lists treat in special ways.
template <class Store>
void check_odd_keys(const live_service<Store>& service) {
    const auto store = service.open(fresh_prefix(), service.port);
    std::vector<std::string> keys{"a b",
                                  "a+b",
                                  "a%20b",
                                  "a&b=c",
                                  "a;b,c",
                                  "a:b@c$d",
                                  "(a)'b*c!",
                                  "a~b-c_d.e",
                                  "[a]{b}",
                                  "a<b>c\"d",
                                  "a^b`c|d",
                                  "#a",
                                  "\xC3\xBC/\xE4\xB8\xAD\xE6\x96\x87",
                                  "a?b=c&d",
                                  "a=b"};
    std::sort(keys.begin(), keys.end());
    for (const auto& key : keys) {
        CAPTURE(key);
        store->put(key, key, {}, if_any);
        const auto found = store->get(key);
        REQUIRE(found);
        CHECK(found->data == key);
    }
    CHECK(all_keys(*store, "") == keys);
    CHECK(all_keys(*store, "", 2) == keys);
    for (const auto& key : keys)
        CHECK(store->remove(key, if_any));
    CHECK(all_keys(*store, "").empty());
}

/// Connections that end before the answer, or within it.
template <class Store>
void check_lost_connections(const live_service<Store>& service) {
    losing_proxy proxy(service.port);
    const auto store = service.open(fresh_prefix(), proxy.port());
    const std::string big(50UL * 1024 * 1024, 'm');
    store->put("big", big, {}, if_any);
    proxy.cut_answers(1, 100'000);
    CHECK(store->get("big")->data == big);
    proxy.lose_answers(1);
    store->put("plain", "1", {}, if_any);
    CHECK(store->get("plain")->data == "1");
    CHECK(proxy.lost() == 2);
    if (service.conditions) {
        // The answer is lost, the write is not: it must be found to be this one's, however often that
        // happens.
        std::string tag;
        for (int i = 1; i <= 3; ++i) {
            proxy.lose_answers(1);
            tag = store->put("once" + std::to_string(i), "mine", {}, if_absent);
            CHECK(store->get("once" + std::to_string(i))->tag == tag);
            CHECK(store->get("once" + std::to_string(i))->metadata.empty());
        }
        proxy.lose_answers(1);
        const auto next = store->put("once3", "newer", {}, if_tag(tag));
        CHECK(store->get("once3")->data == "newer");
        CHECK(store->get("once3")->tag == next);
        // Too late, and the answer that says so is lost: it might have been made before the newer one.
        proxy.lose_answers(1);
        const auto late = [&] { (void)store->put("once3", "late", {}, if_tag(tag)); };
        const auto unknown = failure_text_of(late);
        CHECK_MESSAGE(has(unknown, "whether it took place is not known"), unknown);
        CHECK_THROWS_AS(late(), plugin::tag_conflict);
        CHECK(store->get("once3")->data == "newer");
        CHECK(proxy.lost() == 7);
        const auto removed_late = [&] { (void)store->remove("once3", if_tag(tag)); };
        CHECK_THROWS_AS(removed_late(), plugin::tag_conflict);
        proxy.lose_answers(1);
        CHECK(store->remove("once2", if_any));
        CHECK_FALSE(store->get("once2"));
        CHECK(proxy.lost() == 8);
    }
    for (const auto& key : all_keys(*store, ""))
        CHECK(store->remove(key, if_any));
}

} // namespace mockfleet::common::testing
