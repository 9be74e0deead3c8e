// Filters of clear and retrieve against the matchers of expectations (core.md 3.11).
#include "sample_request.hpp"

using namespace mockfleet;
using namespace mockfleet::matching;

namespace {

bool selects(std::string_view filter, std::string_view expectation) {
    const auto source = matcher_of(filter);
    const auto compiled = compiled_matcher::compile(&source, direction::control_plane);
    const auto looked_at = matcher_of(expectation);
    return filter_selects(compiled, &looked_at);
}

} // namespace

TEST_CASE("everything is selected without a filter") {
    const auto any = compiled_matcher::compile(nullptr, direction::control_plane);
    const auto expectation = matcher_of(R"({"path":"/a"})");
    CHECK(filter_selects(any, &expectation));
    CHECK(filter_selects(any, nullptr));
    CHECK(selects("{}", R"({"path":"/a"})"));
}

TEST_CASE("path and method, both ways round") {
    constexpr auto a = R"({"path":"/a"})";
    CHECK(selects(a, R"({"path":"/A"})"));
    CHECK(selects(a, R"({"path":"/.*"})"));
    CHECK(selects(a, R"({"path":"?/a"})"));
    CHECK(selects(a, R"({"method":"GET"})"));
    CHECK_FALSE(selects(a, R"({"path":"/b"})"));
    CHECK_FALSE(selects(a, R"({"path":"!/a"})"));
    CHECK(selects(a, R"({"path":"!/b"})"));
    CHECK(selects(R"({"path":"/.*"})", a));
    CHECK_FALSE(selects(R"({"path":"/.*"})", R"({"path":"!/a"})"));
    CHECK(selects(R"({"path":"!/a"})", R"({"path":"!/a"})"));
    CHECK_FALSE(selects(R"({"path":"!/a"})", R"({"path":"!/b"})"));
    CHECK_FALSE(selects(R"({"path":"!/a"})", R"({"path":"/.*"})"));
    CHECK(selects(R"({"path":"!/a"})", "{}"));
    CHECK(selects(R"({"method":"GET"})", R"({"method":".*"})"));
    CHECK_FALSE(selects(R"({"method":"GET"})", R"({"method":"!GET"})"));
    CHECK(selects(R"({"method":"!GET"})", R"({"path":"/a"})"));
}

TEST_CASE("headers, query and cookies have to be in the expectation") {
    constexpr auto one = R"({"headers":{"A":["1"]}})";
    CHECK(selects(one, R"({"headers":{"A":["1"],"B":["2"]}})"));
    CHECK(selects(one, R"({"headers":{"A.*":[".*"]}})"));
    CHECK(selects(one, R"({"headers":{"?A":["1"]}})"));
    CHECK_FALSE(selects(one, R"({"headers":{"A":["2"]}})"));
    CHECK_FALSE(selects(one, R"({"headers":{"!A":["1"]}})"));
    CHECK_FALSE(selects(one, R"({"headers":{"A":["!1"]}})"));
    CHECK_FALSE(selects(one, R"({"path":"/x"})"));
    CHECK(selects(R"({"headers":{"!A":[".*"]}})", R"({"headers":{"!A":[".*"]}})"));
    CHECK(selects(R"({"headers":{"!A":[".*"]}})", R"({"path":"/x"})"));
    CHECK_FALSE(selects(R"({"headers":{"!A":[".*"]}})", R"({"headers":{"A":["1"]}})"));
    CHECK(selects(R"({"headers":{"A":["!1"]}})", R"({"headers":{"A":["!1"]}})"));
    CHECK(selects(R"({"queryStringParameters":{"q":["1"]}})", R"({"queryStringParameters":{"q":["1"]}})"));
    CHECK_FALSE(selects(R"({"queryStringParameters":{"q":["1"]}})", "{}"));
    CHECK(selects(R"({"cookies":{"q":"1"}})", R"({"cookies":{"q":"1"}})"));
    CHECK_FALSE(selects(R"({"cookies":{"q":"1"}})", R"({"cookies":{"q":"2"}})"));
}

TEST_CASE("bodies") {
    CHECK(selects(R"({"body":"x"})", R"({"body":"x"})"));
    CHECK(selects(R"({"body":"x"})", R"({"body":{"type":"REGEX","regex":".*"}})"));
    CHECK(selects(R"({"body":"x"})", R"({"body":{"type":"STRING","string":"x","not":true}})"));
    CHECK_FALSE(selects(R"({"body":"x"})", R"({"body":{"type":"JSON","json":"\"x\""}})"));
    CHECK_FALSE(selects(R"({"body":"x"})", R"({"path":"/a"})"));
    CHECK(selects(R"({"body":{"type":"REGEX","regex":"x.*"}})", R"({"body":"xy"})"));
    CHECK_FALSE(
        selects(R"({"body":{"type":"REGEX","regex":"x.*"}})", R"({"body":{"type":"JSON","json":"1"}})"));
    constexpr auto json = R"({"body":{"type":"JSON","json":"{\"a\":1}"}})";
    CHECK(selects(json, R"({"body":{"type":"JSON","json":"{\"a\":1,\"b\":2}"}})"));
    CHECK(selects(json, R"({"body":"{\"a\":1}"})"));
    CHECK_FALSE(selects(json, R"({"body":{"type":"JSON","json":"{\"a\":2}"}})"));
    CHECK(selects(R"({"body":{"type":"BINARY","base64Bytes":"YWJj"}})", R"({"body":"abc"})"));
    CHECK(selects(R"({"body":{"type":"PARAMETERS","parameters":{"a":["1"]}}})",
                  R"({"body":{"type":"PARAMETERS","parameters":{"a":["1"],"b":["2"]}}})"));
    CHECK(selects(R"({"body":{"type":"STRING","string":"x","not":true}})", "{}"));
    CHECK(selects(R"({"body":{"type":"STRING","string":"x","optional":true}})", "{}"));
    CHECK_FALSE(selects(R"({"body":{"type":"STRING","string":"x","optional":true}})", R"({"body":"y"})"));
}

TEST_CASE("flags have to be given") {
    CHECK(selects(R"({"secure":true})", R"({"secure":true})"));
    CHECK_FALSE(selects(R"({"secure":true})", "{}"));
    CHECK_FALSE(selects(R"({"keepAlive":true})", R"({"keepAlive":false})"));
    CHECK_FALSE(selects(R"({"protocol":"HTTP_2"})", R"({"protocol":"HTTP_1_1"})"));
}

TEST_CASE("path parameters on either side") {
    constexpr auto one = R"({"path":"/u/{id}","pathParameters":{"id":["1"]}})";
    constexpr auto two = R"({"path":"/u/{id}","pathParameters":{"id":["2"]}})";
    CHECK(selects(one, one));
    CHECK_FALSE(selects(one, two));
    CHECK(selects(one, R"({"path":"/u/1"})"));
    CHECK_FALSE(selects(one, R"({"path":"/u/2"})"));
    CHECK(selects(R"({"path":"/u/1"})", one));
    CHECK_FALSE(selects(R"({"path":"/u/1"})", two));
    CHECK(selects(R"({"path":"/u/{id}"})", R"({"path":"/u/{id}"})"));
}

TEST_CASE("not on either side inverts") {
    auto filter = matcher_of(R"({"path":"/a"})");
    auto expectation = matcher_of(R"({"path":"/a"})");
    expectation.negated = true;
    auto compiled = compiled_matcher::compile(&filter, direction::control_plane);
    CHECK_FALSE(filter_selects(compiled, &expectation));
    filter.negated = true;
    compiled = compiled_matcher::compile(&filter, direction::control_plane);
    CHECK(filter_selects(compiled, &expectation));
    expectation.negated = false;
    CHECK_FALSE(filter_selects(compiled, &expectation));
    CHECK_FALSE(filter_selects(compiled, nullptr));
}
