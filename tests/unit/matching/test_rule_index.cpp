// The index against small, hand-made sets, and its parts: order, chains, grams, removal.
#include "matching/candidate_list.hpp"
#include "matching/candidate_table.hpp"
#include "matching/gram_index.hpp"
#include "matching/rule_index.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace mockfleet;
using matching::candidate;
using matching::candidate_list;
using matching::candidate_table;
using matching::rule;
using matching::rule_index;

namespace {

std::unique_ptr<rule> make_rule(const model::request_matcher& source, std::int32_t priority = 0) {
    static std::uint64_t order = 0;
    auto made = std::make_unique<rule>();
    made->matcher = matching::compiled_matcher::compile(&source, matching::direction::forward);
    made->priority = priority;
    made->order = ++order;
    return made;
}

std::unique_ptr<rule> on_path(std::string path, std::int32_t priority = 0) {
    model::request_matcher source;
    source.path.value = std::move(path);
    return make_rule(source, priority);
}

/// Every rule that the index offers for a path, in order.
std::vector<const rule*> offered(const rule_index& index, std::string_view path) {
    matching::request_facts facts;
    model::request_view request;
    request.method = "GET";
    request.path = path;
    facts.begin(request);
    std::vector<const rule*> all;
    CHECK(index.first_match(facts, [&](const rule& one) {
        all.push_back(&one);
        return false;
    }) == nullptr);
    return all;
}

const rule* first(const rule_index& index, std::string_view path) {
    matching::request_facts facts;
    model::request_view request;
    request.method = "GET";
    request.path = path;
    facts.begin(request);
    return index.first_match(facts, [](const rule&) { return true; });
}

} // namespace

TEST_CASE("an empty index finds nothing") {
    rule_index index;
    CHECK(index.size() == 0);
    CHECK(first(index, "/a") == nullptr);
    CHECK(first(index, "") == nullptr);
    index.clear();
    CHECK(first(index, "/a") == nullptr);
}

TEST_CASE("priority goes before age, whatever the kind of path") {
    rule_index index;
    const auto literal = on_path("/orders/000123");
    const auto regex = on_path("/orders/[0-9]+", 1);
    const auto weak = on_path(".*", 1);
    const auto any = make_rule({}, 2);
    const auto late = on_path("/ORDERS/000123");
    for (const auto* one : {late.get(), weak.get(), literal.get(), any.get(), regex.get()})
        index.add(one);
    CHECK(index.size() == 5);
    CHECK(offered(index, "/orders/000123") ==
          std::vector<const rule*>{any.get(), regex.get(), weak.get(), literal.get(), late.get()});
    CHECK(offered(index, "/Orders/7") == std::vector<const rule*>{any.get(), regex.get(), weak.get()});
    CHECK(offered(index, "/x") == std::vector<const rule*>{any.get(), weak.get()});
    CHECK(offered(index, "") == std::vector<const rule*>{any.get(), weak.get()});

    index.remove(any.get());
    index.remove(weak.get());
    CHECK(index.size() == 3);
    CHECK(first(index, "/orders/000123") == regex.get());
    index.remove(regex.get());
    CHECK(first(index, "/orders/000123") == literal.get());
    index.remove(literal.get());
    CHECK(first(index, "/orders/000123") == late.get());
    index.remove(late.get());
    CHECK(first(index, "/orders/000123") == nullptr);
    CHECK(index.size() == 0);
}

TEST_CASE("a regular expression is offered once for its own text") {
    rule_index index;
    const auto dotted = on_path("/api/v1.0/users");
    const auto question = on_path("/path?x");
    index.add(dotted.get());
    index.add(question.get());
    CHECK(offered(index, "/api/v1.0/users") == std::vector<const rule*>{dotted.get()});
    CHECK(offered(index, "/API/V1a0/users") == std::vector<const rule*>{dotted.get()});
    CHECK(offered(index, "/path?x") == std::vector<const rule*>{question.get()});
    CHECK(offered(index, "/patx") == std::vector<const rule*>{question.get()});
}

TEST_CASE("a pattern that is no regular expression is found by its text") {
    rule_index index;
    const auto braces = on_path("/users/{id}/orders");
    const auto star = on_path("*/foo");
    index.add(braces.get());
    index.add(star.get());
    CHECK(offered(index, "/users/{ID}/orders") == std::vector<const rule*>{braces.get()});
    CHECK(offered(index, "*/foo") == std::vector<const rule*>{star.get()});
    CHECK(offered(index, "/users/1/orders").empty());
}

TEST_CASE("letters outside ASCII and bytes that are no UTF-8") {
    rule_index index;
    const auto sigma = on_path("/Σίσυφος/stone");
    const auto kelvin = on_path("/kelvin/[0-9]+/scale");
    const auto replacement = on_path("/broken/\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/.+");
    for (const auto* one : {sigma.get(), kelvin.get(), replacement.get()})
        index.add(one);
    CHECK(offered(index, "/σίσυφοσ/STONE") == std::vector<const rule*>{sigma.get()});
    CHECK(offered(index, "/\u212aelvin/3/\u017fcale") == std::vector<const rule*>{kelvin.get()});
    CHECK(offered(index, "/broken/\xff\xff\xff/x") == std::vector<const rule*>{replacement.get()});
}

TEST_CASE("thousands of rules on one path keep their order through removals") {
    rule_index index;
    std::vector<std::unique_ptr<rule>> rules;
    for (int at = 0; at < 5000; ++at)
        rules.push_back(on_path("/one/path", at % 3));
    std::mt19937 random(7);
    auto mixed = std::vector<const rule*>();
    for (const auto& one : rules)
        mixed.push_back(one.get());
    std::shuffle(mixed.begin(), mixed.end(), random);
    for (const auto* one : mixed)
        index.add(one);
    const auto in_order = [](std::vector<const rule*> list) {
        std::sort(list.begin(), list.end(), [](const rule* left, const rule* right) {
            return candidate(left).before(candidate(right));
        });
        return list;
    };
    CHECK(offered(index, "/one/path") == in_order(mixed));
    while (mixed.size() > 1) {
        for (auto left = mixed.size() / 2; left > 0; --left) {
            index.remove(mixed.back());
            mixed.pop_back();
        }
        CHECK(offered(index, "/one/path") == in_order(mixed));
    }
    index.remove(mixed.back());
    CHECK(offered(index, "/one/path").empty());
    CHECK(index.size() == 0);
}

TEST_CASE("many regular expressions, removed in another order") {
    rule_index index;
    std::vector<std::unique_ptr<rule>> rules;
    const auto number = [](int at) { return std::to_string(100000 + at); };
    for (int at = 0; at < 3000; ++at)
        rules.push_back(on_path("/api/v1/tenants/acme-" + number(at) + "/orders/[0-9]+/items/[^/]+"));
    for (const auto& one : rules)
        index.add(one.get());
    const auto path = [&](int at) { return "/api/v1/tenants/ACME-" + number(at) + "/orders/55/items/x"; };
    for (int at = 0; at < 3000; ++at)
        REQUIRE(offered(index, path(at)) ==
                std::vector<const rule*>{rules[static_cast<std::size_t>(at)].get()});
    for (int at = 0; at < 3000; at += 2)
        index.remove(rules[static_cast<std::size_t>(at)].get());
    CHECK(index.size() == 1500);
    for (int at = 0; at < 3000; ++at)
        REQUIRE(first(index, path(at)) ==
                (at % 2 == 0 ? nullptr : rules[static_cast<std::size_t>(at)].get()));
    index.clear();
    CHECK(index.size() == 0);
    CHECK(first(index, path(1)) == nullptr);
    index.add(rules[5].get());
    CHECK(first(index, path(5)) == rules[5].get());
}

TEST_CASE("admit decides among those that match, in order") {
    rule_index index;
    std::vector<std::unique_ptr<rule>> rules;
    for (int at = 0; at < 10; ++at) {
        rules.push_back(on_path(at % 2 == 0 ? "/a/long/path" : "/a/long/[a-z]+"));
        index.add(rules.back().get());
    }
    matching::request_facts facts;
    model::request_view request;
    request.method = "GET";
    request.path = "/a/long/path";
    facts.begin(request);
    std::vector<const rule*> asked;
    const auto* found = index.first_match(facts, [&](const rule& one) {
        asked.push_back(&one);
        return asked.size() == 4;
    });
    CHECK(found == rules[3].get());
    CHECK(asked == std::vector<const rule*>{rules[0].get(), rules[1].get(), rules[2].get(), rules[3].get()});
}

TEST_CASE("a list keeps order in blocks") {
    std::vector<rule> rules(3000);
    for (std::size_t at = 0; at < rules.size(); ++at) {
        rules[at].order = at / 2;
        rules[at].priority = static_cast<std::int32_t>(at % 5);
    }
    std::vector<candidate> expected;
    for (const auto& one : rules)
        expected.emplace_back(&one);
    std::mt19937 random(3);
    std::shuffle(expected.begin(), expected.end(), random);
    candidate_list list;
    CHECK_FALSE(list.erase(expected.front()));
    for (const auto& one : expected)
        list.insert(one);
    const auto walk = [&] {
        std::vector<candidate> seen;
        matching::candidate_cursor cursor(list, 0);
        for (; cursor.valid(); cursor.advance())
            seen.push_back(cursor.current());
        return seen;
    };
    const auto sorted = [&] {
        auto copy = expected;
        std::sort(copy.begin(), copy.end(),
                  [](const candidate& left, const candidate& right) { return left.before(right); });
        return copy;
    };
    CHECK(walk() == sorted());
    while (!expected.empty()) {
        CHECK(list.erase(expected.back()));
        CHECK_FALSE(list.erase(expected.back()));
        expected.pop_back();
        if (expected.size() % 500 == 0) CHECK(walk() == sorted());
    }
    CHECK(list.empty());
}

TEST_CASE("a table survives colliding keys, growth and removal") {
    std::vector<rule> rules(4000);
    for (std::size_t at = 0; at < rules.size(); ++at)
        rules[at].order = at;
    // Few distinct low bits: long probe sequences that wrap around the end.
    const auto key = [](std::size_t at) {
        return std::uint64_t{at} << 32 | (at % 7 == 0 ? 0xffffU : at % 31);
    };
    candidate_table table;
    std::vector<bool> there(rules.size());
    std::mt19937 random(11);
    for (int step = 0; step < 20000; ++step) {
        const auto at = random() % rules.size();
        const candidate entry(&rules[at]);
        if (there[at])
            CHECK(table.erase(key(at), entry) == candidate_table::removal::key_gone);
        else
            CHECK(table.insert(key(at), entry));
        there[at] = !there[at];
    }
    CHECK(table.size() == static_cast<std::size_t>(std::count(there.begin(), there.end(), true)));
    for (std::size_t at = 0; at < rules.size(); ++at) {
        const rule* found = nullptr;
        table.find(key(at), 0,
                   [&](const matching::candidate_cursor& cursor) { found = cursor.current().subject; });
        REQUIRE(found == (there[at] ? &rules[at] : nullptr));
    }
    CHECK(table.erase(1, candidate(&rules[0])) == candidate_table::removal::not_found);
    table.clear();
    CHECK(table.size() == 0);
}

TEST_CASE("a cursor passes over candidates with absent marks") {
    std::vector<rule> rules(2000);
    candidate_list list;
    for (std::size_t at = 0; at < rules.size(); ++at) {
        rules[at].order = at;
        list.insert(candidate(&rules[at], at % 3 == 0 ? 0 : at % 3 == 1 ? 6 : 4));
    }
    const auto count = [&](std::uint64_t absent) {
        std::size_t seen = 0;
        for (matching::candidate_cursor cursor(list, absent); cursor.valid(); cursor.advance()) {
            CHECK((cursor.current().marks & absent) == 0);
            ++seen;
        }
        return seen;
    };
    CHECK(count(0) == 2000);
    CHECK(count(1) == 2000);
    CHECK(count(2) == 1333);
    CHECK(count(~std::uint64_t{0}) == 667);
    CHECK_FALSE(matching::candidate_cursor(candidate_list(), 0).valid());

    candidate_table table;
    table.insert(1, candidate(&rules[0], 8));
    std::size_t found = 0;
    const auto visit = [&](const matching::candidate_cursor&) { ++found; };
    table.find(1, 8, visit);
    CHECK(found == 0);
    table.find(1, 7, visit);
    CHECK(found == 1);
    table.insert(1, candidate(&rules[1], 16));
    table.find(1, 24, visit);
    CHECK(found == 1);
    table.erase(1, candidate(&rules[0]));
    table.find(1, 16, visit);
    CHECK(found == 1);
    table.find(1, 8, visit);
    CHECK(found == 2);
}

TEST_CASE("two rules under one key") {
    std::vector<rule> rules(3);
    for (std::size_t at = 0; at < rules.size(); ++at)
        rules[at].order = at;
    candidate_table table;
    CHECK(table.insert(5, candidate(&rules[1])));
    CHECK_FALSE(table.insert(5, candidate(&rules[2])));
    CHECK_FALSE(table.insert(5, candidate(&rules[0])));
    CHECK(table.erase(5, candidate(&rules[1])) == candidate_table::removal::key_stays);
    CHECK(table.erase(5, candidate(&rules[1])) == candidate_table::removal::not_found);
    CHECK(table.erase(5, candidate(&rules[0])) == candidate_table::removal::key_stays);
    CHECK(table.erase(5, candidate(&rules[0])) == candidate_table::removal::not_found);
    CHECK(table.erase(5, candidate(&rules[2])) == candidate_table::removal::key_gone);
    CHECK(table.size() == 0);
}
