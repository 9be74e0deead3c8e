// Counts of evicted requests: exact where method and path decide, a range elsewhere.
#include "store/evicted_counts.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

using namespace mockfleet;
using range = store::evicted_counts::range;

namespace {

void add(store::evicted_counts& counts, std::string_view method, std::string_view path, int times = 1) {
    for (int i = 0; i < times; ++i)
        counts.add_request(store::evicted_counts::key_of(method, path), method, path);
}

} // namespace

TEST_CASE("an empty one answers zero") {
    const store::evicted_counts counts;
    CHECK(counts.matching(tests::matcher("/a")) == range{0, 0});
    CHECK(counts.served_by("x") == range{0, 0});
}

TEST_CASE("method and path decide exactly") {
    store::evicted_counts counts;
    add(counts, "GET", "/a", 3);
    add(counts, "POST", "/a", 2);
    add(counts, "GET", "/b", 4);
    CHECK(counts.requests() == 9);
    CHECK(counts.matching(tests::matcher("/a")) == range{5, 5});
    CHECK(counts.matching(tests::matcher("/a", "GET")) == range{3, 3});
    CHECK(counts.matching(tests::matcher("/[ab]", "GET")) == range{7, 7});
    CHECK(counts.matching(tests::matcher("!/a")) == range{4, 4});
    CHECK(counts.matching({}) == range{9, 9});
    CHECK(counts.matching(tests::matcher("/c")) == range{0, 0});
}

TEST_CASE("anything else makes it a range") {
    store::evicted_counts counts;
    add(counts, "GET", "/a", 3);
    add(counts, "GET", "/b", 4);
    auto with_body = tests::matcher("/a");
    with_body.body.emplace();
    with_body.body->text = "x";
    CHECK(counts.matching(with_body) == range{0, 3});
    SUBCASE("a negated matcher surely matches the other paths") {
        with_body.negated = true;
        CHECK(counts.matching(with_body) == range{4, 7});
    }
    SUBCASE("a negated path alone is exact") {
        auto other = tests::matcher("/a");
        other.negated = true;
        CHECK(counts.matching(other) == range{4, 4});
    }
}

TEST_CASE("beyond the bound everything is possible") {
    store::evicted_counts counts;
    for (std::size_t i = 0; i < store::evicted_counts::max_keys; ++i)
        add(counts, "GET", "/" + std::to_string(i));
    add(counts, "GET", "/late", 5);
    add(counts, "GET", "/7");
    CHECK(counts.matching(tests::matcher("/7")) == range{2, 7});
    CHECK(counts.matching(tests::matcher("/late")) == range{0, 5});
    CHECK(counts.matching({}) == range{10006, 10006});
}

TEST_CASE("clearing by filter") {
    store::evicted_counts counts;
    add(counts, "GET", "/a", 3);
    add(counts, "GET", "/b", 4);
    counts.add_served("x");
    SUBCASE("by path: those are gone, answers become uncertain") {
        counts.clear_matching(tests::matcher("/a"));
        CHECK(counts.matching(tests::matcher("/a")) == range{0, 0});
        CHECK(counts.matching(tests::matcher("/b")) == range{4, 4});
        CHECK(counts.served_by("x") == range{0, 1});
        CHECK(counts.requests() == 4);
    }
    SUBCASE("by more than the path: an upper bound stays") {
        auto filter = tests::matcher("/a");
        filter.body.emplace();
        filter.body->text = "x";
        counts.clear_matching(filter);
        CHECK(counts.matching(tests::matcher("/a")) == range{0, 3});
        CHECK(counts.matching(tests::matcher("/b")) == range{4, 4});
    }
    SUBCASE("by nothing: all") {
        counts.clear_matching({});
        CHECK(counts.requests() == 0);
        CHECK(counts.served_by("x") == range{0, 0});
    }
}

TEST_CASE("keys tell method and path apart") {
    const auto key = [](std::string_view method, std::string_view path) {
        return store::evicted_counts::key_of(method, path);
    };
    CHECK(key("GET", "/a") == key("GET", "/a"));
    CHECK(key("GET", "/a") != key("GE", "T/a"));
    CHECK(key("GET", "/12345678") != key("GET", "/12345679"));
    CHECK(key("GET", std::string_view("/a\0", 3)) != key("GET", "/a"));
    CHECK(key("", "") != key("", std::string_view("\0", 1)));
}
