// Headers, query parameters and cookies: core.md 3.4 as version 9.2.0 of the original behaves.
#include "sample_request.hpp"

using namespace mockfleet;
using namespace mockfleet::matching;

namespace {

bool query(std::string_view rules, std::string_view text) {
    return matched(R"({"queryStringParameters":)" + std::string(rules) + "}", "/?" + std::string(text));
}

bool headers(std::string_view rules, sample_request::header_list given) {
    return matched(R"({"headers":)" + std::string(rules) + "}", sample_request("/", std::move(given)));
}

bool cookies(std::string_view rules, std::string_view header) {
    sample_request::header_list given;
    if (!header.empty()) given.emplace_back("Cookie", header);
    return matched(R"({"cookies":)" + std::string(rules) + "}", sample_request("/", std::move(given)));
}

} // namespace

TEST_CASE("names and values are patterns, extra entries do not matter") {
    CHECK(headers(R"({"X-A":["b"]})", {{"x-a", "B"}, {"Y", "1"}}));
    CHECK_FALSE(headers(R"({"X-A":["b"]})", {{"X-A", "b, c"}}));
    CHECK_FALSE(headers(R"({"X-A":["b"]})", {}));
    CHECK(headers(R"([{"name":"X-Id","values":["[0-9]+"]}])", {{"x-id", "12"}}));
    CHECK(headers(R"({"X-.*":["b"]})", {{"X-C", "b"}}));
    CHECK_FALSE(headers(R"({"X-.*":["b"]})", {{"Y-A", "b"}}));
    CHECK(query(R"({"q":["a b"]})", "z=1&q=a+b"));
    CHECK(query(R"({"q":[""]})", "q=1"));
    CHECK_FALSE(query(R"({"q":[""]})", "r"));
}

TEST_CASE("each wanted pair needs a pair of its own") {
    CHECK_FALSE(query(R"({"q":["1","2"]})", "q=1"));
    CHECK(query(R"({"q":["1","2"]})", "q=2&q=1&q=3"));
    CHECK_FALSE(query(R"({"q":["1","1"]})", "q=1"));
    CHECK(query(R"({"q":["1","1"]})", "q=1&q=1"));
    CHECK_FALSE(query(R"({"q":["[0-9]+","1"]})", "q=1"));
    CHECK(query(R"({"q":["[0-9]+","1"]})", "q=1&q=2"));
    CHECK(query(R"({"q":["1","1",".*"]})", "q=1&q=5&q=6"));
    CHECK_FALSE(headers(R"({"X.*":["1"],"X1":[".*"]})", {{"X1", "1"}}));
    CHECK(headers(R"({"X.*":["1"],"X1":[".*"]})", {{"X1", "1"}, {"X2", "1"}}));
}

TEST_CASE("hits are counted beyond 64 entries") {
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "a" + std::to_string(i) + "=1&";
    CHECK(query(R"({"a99":["1"],"a0":["1"],"a.*":["1","1"]})", text));
    CHECK_FALSE(query(R"({"a99":["1","1"],"a98":["2"]})", text));
}

TEST_CASE("long lists on both sides") {
    constexpr int count = 5000;
    std::string rules = "{";
    sample_request::header_list given;
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i)
        names.push_back("X-" + std::to_string(i));
    for (const auto& name : names) {
        rules += (rules.size() > 1 ? ",\"" : "\"") + name + "\":[\"V\"]";
        given.emplace_back(name, "v");
    }
    rules += "}";
    CHECK(headers(rules, given));
    auto fewer = given;
    fewer.erase(fewer.begin() + 2500);
    CHECK_FALSE(headers(rules, fewer));
    fewer.emplace_back("x-2500", "v");
    CHECK(headers(rules, fewer));
    given[77].second = "w";
    CHECK_FALSE(headers(rules, given));
    CHECK_FALSE(headers("{\"keyMatchStyle\":\"MATCHING_KEY\"," + rules.substr(1), given));
}

TEST_CASE("entries without values say nothing") {
    CHECK(query(R"([{"name":"q","values":[]}])", ""));
    CHECK(headers(R"({"X":[]})", {}));
    CHECK(headers(R"({"!X":[]})", {{"X", "1"}}));
}

TEST_CASE("negated values and names") {
    CHECK_FALSE(query(R"({"q":["!1"]})", "q=1"));
    CHECK(query(R"({"q":["!1"]})", "q=2&q=1"));
    CHECK_FALSE(query(R"({"q":["!1"]})", "z=1"));
    CHECK_FALSE(query(R"({"q":["!1","!2"]})", "q=3"));
    CHECK_FALSE(query(R"({"!q":[".*"]})", "q=1"));
    CHECK(query(R"({"!q":[".*"]})", "z=1"));
    CHECK(query(R"({"!q":[".*"]})", ""));
    CHECK_FALSE(query(R"({"!q":["1"]})", "z=2"));
    CHECK_FALSE(query(R"({"!q":["1"]})", "q=2&z=1"));
    CHECK(query(R"({"!q":["!1"]})", "z=2"));
    CHECK_FALSE(query(R"({"!q":["!1"]})", "z=1"));
    CHECK_FALSE(headers(R"({"!X.*":[".*"]})", {{"X1", "1"}, {"Y", "1"}}));
    CHECK_FALSE(query(R"({"!A":[".*"],"C":["1"]})", ""));
    CHECK(query(R"({"!A":[".*"],"C":["1"]})", "C=1"));
}

TEST_CASE("optional names") {
    CHECK(query(R"({"?q":["1"]})", ""));
    CHECK(query(R"({"?q":["1"]})", "z=1"));
    CHECK_FALSE(query(R"({"?q":["1"]})", "q=2"));
    CHECK_FALSE(query(R"({"q":["?1"]})", ""));
    CHECK(query(R"({"?q":["1"],"r":["2"]})", "r=2"));
    CHECK_FALSE(query(R"({"?q":["1"],"r":["2"]})", "q=9&r=2"));
    CHECK_FALSE(query(R"({"?q":["1","2"]})", "q=1"));
    CHECK(query(R"({"?!q":["1"]})", ""));
    CHECK_FALSE(query(R"({"?!q":["1"]})", "z=2"));
    CHECK(query(R"({"?!q":["1"]})", "z=1"));
    CHECK_FALSE(query(R"({"?a":["1"],"!b":[".*"]})", ""));
    CHECK(query(R"({"?a":["1"],"!b":[".*"]})", "c=1"));
}

TEST_CASE("matching keys: every value under the name has to be listed") {
    CHECK(query(R"({"keyMatchStyle":"MATCHING_KEY","q":["1","2"]})", "q=1&q=1"));
    CHECK_FALSE(query(R"({"keyMatchStyle":"MATCHING_KEY","q":["1","2"]})", "q=1&q=3"));
    CHECK_FALSE(query(R"({"keyMatchStyle":"MATCHING_KEY","q":["1"]})", "z=1"));
    CHECK(query(R"({"keyMatchStyle":"MATCHING_KEY","?q":["1"]})", ""));
    CHECK_FALSE(query(R"({"keyMatchStyle":"MATCHING_KEY","?q":["1"]})", "q=2"));
    CHECK_FALSE(query(R"({"keyMatchStyle":"MATCHING_KEY","q":["!1"]})", "q=2&q=1"));
    CHECK(query(R"({"keyMatchStyle":"MATCHING_KEY","!q":["1"]})", "z=1"));
    CHECK_FALSE(query(R"({"keyMatchStyle":"MATCHING_KEY","!q":["1"]})", "q=3"));
    CHECK_FALSE(query(R"({"keyMatchStyle":"MATCHING_KEY","q.*":["1"]})", "q1=1&q2=3"));
}

TEST_CASE("parameter styles split query values, not headers") {
    const auto styled = [](std::string_view style) {
        return R"({"ids":{"parameterStyle":")" + std::string(style) + R"(","values":["1","2"]}})";
    };
    CHECK(query(styled("FORM"), "ids=2,1,3"));
    CHECK(query(styled("FORM"), "ids=1%2C2"));
    CHECK_FALSE(query(styled("FORM"), "ids=1"));
    CHECK_FALSE(query(styled("FORM_EXPLODED"), "ids=1,2"));
    CHECK(query(styled("FORM_EXPLODED"), "ids=1&ids=2"));
    CHECK(query(styled("SPACE_DELIMITED"), "ids=1%202"));
    CHECK(query(styled("SPACE_DELIMITED"), "ids=1+2"));
    CHECK(query(styled("PIPE_DELIMITED"), "ids=1|2"));
    CHECK_FALSE(query(styled("PIPE_DELIMITED"), "ids=1,2"));
    CHECK_FALSE(query(R"({"ids":{"parameterStyle":"FORM","values":["1,2"]}})", "ids=1,2"));
    CHECK_FALSE(headers(styled("FORM"), {{"ids", "1,2"}}));
}

TEST_CASE("cookies have one value each") {
    CHECK(cookies(R"({"s":"1"})", "t=2; s=1"));
    CHECK(cookies(R"([{"name":"s","value":"1"}])", "S=\"1\""));
    CHECK_FALSE(cookies(R"({"s":"1"})", "s=2; s=1"));
    CHECK_FALSE(cookies(R"({"s":"1"})", ""));
    CHECK(cookies(R"({"!s":".*"})", ""));
    CHECK_FALSE(cookies(R"({"!s":"1"})", "t=2"));
    CHECK(cookies(R"({"?s":"1"})", "t=2"));
    CHECK_FALSE(cookies(R"({"s":"1","t":"2",".*":".*"})", "s=1;t=2"));
    CHECK(cookies(R"({"s":"1","t":"2",".*":".*"})", "s=1;t=2;u=3"));
}
