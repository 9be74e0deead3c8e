// The index against a plain linear scan over the same rules: random sets, random requests, no difference
// allowed.
#include "matching/rule_index.hpp"
#include "json/reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace mockfleet;
using matching::rule;

namespace {

class dice {
public:
    explicit dice(std::uint32_t seed) : engine_(seed) {}
    [[nodiscard]] std::size_t below(std::size_t bound) { return engine_() % bound; }
    [[nodiscard]] bool one_in(std::size_t bound) { return below(bound) == 0; }
    template <class List>
    [[nodiscard]] const auto& pick(const List& list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937 engine_;
};

constexpr std::array<std::string_view, 22> words = {"api",
                                                    "v1",
                                                    "v1.0",
                                                    "orders",
                                                    "Orders",
                                                    "users",
                                                    "tenants",
                                                    "items",
                                                    "acme-0001",
                                                    "acme-0002",
                                                    "a",
                                                    "x",
                                                    "stra\u00dfe",
                                                    "\u03a3\u03af\u03c3",
                                                    "\u03c3\u03af\u03c2",
                                                    "K\u212a",
                                                    "id",
                                                    "12345678",
                                                    "long-segment-name",
                                                    "\u0130",
                                                    "%20",
                                                    "\xff\xfe"};
constexpr std::array<std::string_view, 18> expressions = {
    "[0-9]+",       "[^/]+",           ".*",           ".+",      "\\d{1,3}",  "\\w*",
    "(a|b|orders)", "\\Qacme-0001\\E", "(?:items)?",   "acme-.*", "[a-z]{2,}", "users?",
    "(?i)API",      "(?=a).*",         "\\u0041cme.*", "{id}",    "[",         "o+rders"};
constexpr std::array<std::string_view, 6> methods = {"GET", "POST", "PUT", "get", "DELETE", "P.*"};
constexpr std::array<std::string_view, 5> names = {"x-tenant", "Accept", "q", "page", "x-.*"};
constexpr std::array<std::string_view, 6> values = {"1", "acme", "ACME", "text/html", "[0-9]+", "a.*"};

std::string random_path(dice& random, bool with_expressions) {
    if (random.one_in(60)) return random.one_in(2) ? "" : " ";
    if (with_expressions && random.one_in(25)) return "/a/long/alternative|/another/long/one";
    if (with_expressions && random.one_in(30)) return ".*/orders/12345678/.*";
    std::string path;
    for (auto left = 1 + random.below(4); left > 0; --left) {
        path += '/';
        path += with_expressions && random.one_in(3) ? random.pick(expressions) : random.pick(words);
    }
    return path;
}

model::text_matcher marked(std::string_view value, dice& random) {
    model::text_matcher made;
    made.value = value;
    made.negated = random.one_in(8);
    made.optional = random.one_in(10);
    return made;
}

model::request_matcher random_matcher(dice& random) {
    model::request_matcher made;
    made.negated = random.one_in(25);
    if (!random.one_in(12)) {
        made.path.value = random_path(random, !random.one_in(3));
        made.path.negated = random.one_in(15);
        made.path.optional = random.one_in(25);
    }
    if (random.one_in(3)) made.method = marked(random.pick(methods), random);
    if (random.one_in(5))
        made.headers.entries.push_back(
            {marked(random.pick(names), random), {marked(random.pick(values), random)}, {}});
    if (random.one_in(6))
        made.query.entries.push_back(
            {marked(random.pick(names), random), {marked(random.pick(values), random)}, {}});
    if (random.one_in(10)) made.keep_alive = random.one_in(2);
    if (random.one_in(6)) {
        auto& body = made.body.emplace();
        body.negated = random.one_in(8);
        switch (random.below(3)) {
        case 0:
            body.text = "acme";
            body.sub_string = random.one_in(2);
            break;
        case 1:
            body.kind = model::body_kind::regex;
            body.text = "a.*";
            break;
        default:
            body.kind = model::body_kind::json;
            body.text = R"({"a":1})";
            REQUIRE_FALSE(json::parse_tolerant(body.text, body.document));
        }
    }
    return made;
}

/// What a request is drawn from; views of it are valid while it stays in place.
struct drawn_request {
    std::string path;
    std::vector<model::header_view> headers;
    std::string query;
    std::string body; ///< with the padding a connection's buffer has
    model::request_view view;
};

void draw(drawn_request& made, const std::vector<std::unique_ptr<rule>>& rules,
          const std::vector<std::string>& paths, dice& random) {
    if (!rules.empty() && random.one_in(3))
        made.path = random.pick(paths);
    else
        made.path = random_path(random, false);
    if (random.one_in(4))
        for (auto& byte : made.path)
            if (byte >= 'a' && byte <= 'z' && random.one_in(2)) byte = static_cast<char>(byte - 'a' + 'A');
    if (random.one_in(10)) made.path += "/12345678/tail";
    made.headers.clear();
    for (auto left = random.below(3); left > 0; --left)
        made.headers.push_back({random.pick(names), random.pick(values)});
    made.query = random.one_in(2) ? "" : "q=1&page=acme";
    constexpr std::array<std::string_view, 4> bodies = {"", "acme", R"({"a":1,"b":2})", "[1"};
    made.body = random.pick(bodies);
    const auto size = made.body.size();
    made.body.append(64, '\0');
    made.view.method = random.pick(methods);
    made.view.path = made.path;
    made.view.query = made.query;
    made.view.headers = made.headers;
    made.view.body = std::string_view(made.body).substr(0, size);
    made.view.keep_alive = random.one_in(2);
}

} // namespace

TEST_CASE("the index agrees with a linear scan") {
    constexpr std::size_t sets = 520;
    constexpr std::size_t requests_per_set = 400;
    std::size_t pairs = 0;
    std::size_t hits = 0;
    std::size_t differences = 0;
    drawn_request asked;
    matching::request_facts facts;
    for (std::uint32_t seed = 1; seed <= sets; ++seed) {
        dice random(seed * 2654435761U);
        matching::rule_index index;
        std::vector<std::unique_ptr<rule>> rules;
        std::vector<std::string> paths;
        std::vector<const rule*> scan;
        std::uint64_t order = 0;
        const auto most = 1 + random.below(seed % 8 == 0 ? 150 : 40);
        const auto priorities = 1 + random.below(4);

        const auto before = [](const rule* left, const rule* right) {
            return left->priority != right->priority ? left->priority > right->priority
                                                     : left->order < right->order;
        };
        const auto compile = [&](std::uint64_t with_order) {
            const auto source = random_matcher(random);
            auto made = std::make_unique<rule>();
            made->matcher = matching::compiled_matcher::compile(&source, matching::direction::forward);
            made->priority = static_cast<std::int32_t>(random.below(priorities)) - 1;
            made->order = with_order;
            scan.insert(std::lower_bound(scan.begin(), scan.end(), made.get(), before), made.get());
            index.add(made.get());
            return std::pair(std::move(made), source.path.value);
        };
        const auto take_out = [&](const rule* one) {
            index.remove(one);
            scan.erase(std::find(scan.begin(), scan.end(), one));
        };
        const auto change = [&] {
            const auto at = rules.empty() ? 0 : random.below(rules.size());
            if (rules.size() < most && (rules.empty() || !random.one_in(4))) {
                auto [made, path] = compile(++order);
                rules.push_back(std::move(made));
                paths.push_back(std::move(path));
            } else if (random.one_in(2)) {
                take_out(rules[at].get());
                auto [made, path] = compile(rules[at]->order);
                rules[at] = std::move(made);
                paths[at] = std::move(path);
            } else {
                take_out(rules[at].get());
                rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(at));
                paths.erase(paths.begin() + static_cast<std::ptrdiff_t>(at));
            }
        };

        for (auto left = most; left > 0; --left)
            change();
        for (std::size_t number = 0; number < requests_per_set; ++number) {
            if (random.one_in(5)) change();
            if (random.one_in(300)) {
                index.clear();
                for (const auto* one : scan)
                    index.add(one);
            }
            draw(asked, rules, paths, random);
            const auto refused = random.below(6);
            const auto admit = [&](const rule& one) { return one.order % 6 != refused; };

            facts.begin(asked.view);
            const auto* found = index.first_match(facts, admit);
            facts.begin(asked.view);
            const auto expected = std::find_if(scan.begin(), scan.end(), [&](const rule* one) {
                return one->matcher.matches(facts) && admit(*one);
            });
            const auto* wanted = expected == scan.end() ? nullptr : *expected;
            ++pairs;
            if (wanted != nullptr) ++hits;
            if (found == wanted) continue;
            ++differences;
            CAPTURE(seed);
            CAPTURE(number);
            CAPTURE(asked.path);
            CAPTURE(scan.size());
            CHECK((found == nullptr ? 0 : found->order) == (wanted == nullptr ? 0 : wanted->order));
            if (differences > 10) return;
        }
        REQUIRE(index.size() == scan.size());
    }
    MESSAGE(pairs << " pairs, " << hits << " of them hits");
    CHECK(differences == 0);
    CHECK(pairs >= 100000);
    CHECK(hits * 3 > pairs);
    CHECK(hits * 10 < pairs * 9);
}
