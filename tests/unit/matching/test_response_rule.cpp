// What a verification may expect of a response: status, ranges, reason, headers, cookies, body, and what is
// said when it differs.
#include "matching/response_rule.hpp"

#include "model/codec.hpp"
#include "json/reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace mockfleet::matching {
namespace {

model::response_matcher wanted(std::string_view text) {
    const auto document = json::read_tolerant(text);
    REQUIRE_MESSAGE(document.has_value(), std::string(text));
    auto read = model::response_matcher_from_json(*document);
    REQUIRE_MESSAGE(read.has_value(), std::string(text));
    return *read;
}

model::response response_of(std::string_view text) {
    const auto document = json::read_tolerant(R"({"httpResponse":)" + std::string(text) + "}");
    REQUIRE_MESSAGE(document.has_value(), std::string(text));
    auto read = model::expectation_from_json(*document);
    REQUIRE_MESSAGE((read.has_value() && read->response), std::string(text));
    return *read->response;
}

constexpr std::string_view full =
    R"({"statusCode":201,"reasonPhrase":"Made","headers":{"X-A":["1"],"X-B":["2","3"]},"cookies":{"s":"v"},"body":"hello world"})";

bool matched(std::string_view expected, std::string_view recorded = full) {
    const auto response = response_of(recorded);
    const response_rule rule(wanted(expected));
    response_facts facts;
    facts.begin(response, response.status_code.value_or(200));
    const bool hit = rule.matches(facts);
    CHECK(rule.explain(facts).empty() == hit);
    return hit;
}

std::vector<difference> differences(std::string_view expected, std::string_view recorded = full) {
    const auto response = response_of(recorded);
    const response_rule rule(wanted(expected));
    response_facts facts;
    facts.begin(response, response.status_code.value_or(200));
    return rule.explain(facts);
}

bool in_range(std::string_view range, int status) {
    return status_range(range).contains(status);
}

} // namespace

TEST_CASE("each field of a response") {
    CHECK(matched("{}"));
    CHECK(matched(R"({"statusCode":201})"));
    CHECK_FALSE(matched(R"({"statusCode":200})"));
    CHECK(matched(R"({"statusCode":200,"reasonPhrase":"OK"})", "{}"));
    CHECK(matched(R"({"reasonPhrase":"Not Found"})", R"({"statusCode":404})"));
    CHECK(matched(R"({"reasonPhrase":"M.*"})"));
    CHECK_FALSE(matched(R"({"reasonPhrase":"Other"})"));
    CHECK(matched(R"({"headers":{"x-b":["3"]}})"));
    CHECK(matched(R"({"headers":{"X-.*":["\\d"]}})"));
    CHECK_FALSE(matched(R"({"headers":{"X-A":["2"]}})"));
    CHECK_FALSE(matched(R"({"headers":{"!X-A":[".*"]}})"));
    CHECK(matched(R"({"cookies":{"s":"v"}})"));
    CHECK_FALSE(matched(R"({"cookies":{"s":"w"}})"));
    CHECK(matched(R"({"body":"hello world"})"));
    CHECK(matched(R"({"body":{"type":"REGEX","regex":"hel.*"}})"));
    CHECK(matched(R"({"body":{"type":"STRING","string":"lo w","subString":true}})"));
    CHECK_FALSE(matched(R"({"body":"hello"})"));
    CHECK_FALSE(matched(R"({"body":{"type":"JSON","json":"{}"}})"));
    CHECK_FALSE(matched(R"({"body":"x"})", "{}"));
}

TEST_CASE("bodies of responses") {
    constexpr std::string_view document = R"({"body":{"a":1,"b":[1,2]}})";
    CHECK(matched(R"({"body":{"a":1}})", document));
    CHECK(matched(R"({"body":{"type":"JSON","json":"{\"b\":[1,2]}"}})", document));
    CHECK_FALSE(matched(R"({"body":{"type":"JSON","json":"{\"a\":1}","matchType":"STRICT"}})", document));
    CHECK_FALSE(matched(R"({"body":{"a":2}})", document));
    CHECK(matched(R"({"body":{"k":5}})", R"({"body":"{\"k\":5}"})"));
    CHECK(matched(R"({"body":{"type":"BINARY","base64Bytes":"AAEC"}})",
                  R"({"body":{"type":"BINARY","base64Bytes":"AAEC"}})"));
    CHECK_FALSE(matched(R"({"body":{"type":"BINARY","base64Bytes":"AAED"}})",
                        R"({"body":{"type":"BINARY","base64Bytes":"AAEC"}})"));
}

TEST_CASE("one set of facts serves response after response") {
    const auto first = response_of(full);
    const auto second = response_of(R"({"headers":{"X-A":["9"]},"body":"other"})");
    const response_rule rule(wanted(R"({"headers":{"X-A":["1"]},"body":"hello world"})"));
    response_facts facts;
    for (int i = 0; i < 2; ++i) {
        facts.begin(first, 201);
        CHECK(rule.matches(facts));
        facts.begin(second, 200);
        CHECK_FALSE(rule.matches(facts));
    }
}

TEST_CASE("ranges of status codes") {
    CHECK(in_range("2XX", 200));
    CHECK(in_range("2xx", 299));
    CHECK_FALSE(in_range("2XX", 300));
    CHECK_FALSE(in_range("2XX", 199));
    CHECK(in_range(">= 400", 400));
    CHECK_FALSE(in_range(">400", 400));
    CHECK(in_range("<= 400", 400));
    CHECK_FALSE(in_range("<400", 400));
    CHECK(in_range("< 400", 399));
    CHECK(in_range("== 404", 404));
    CHECK_FALSE(in_range("== 404", 405));
    for (const auto* none : {"nonsense", ">= x", "20X", ">=", "2XX,4XX", "0XX", "201", "=201"})
        CHECK_FALSE(in_range(none, 201));
    CHECK_FALSE(matched(R"({"statusCodeRange":"nonsense"})"));
    CHECK(matched(R"({"statusCodeRange":"2XX"})"));
    CHECK(matched(R"({"statusCode":500,"statusCodeRange":"2XX"})"));
    CHECK_FALSE(matched(R"({"statusCode":201,"statusCodeRange":"5XX"})"));
}

TEST_CASE("differences name the field and speak as the original does") {
    const auto status = differences(R"({"statusCode":404})");
    REQUIRE(status.size() == 1);
    CHECK(status[0].field == "response status");
    CHECK(
        status[0].reasons ==
        std::vector<std::string>{"  statusCode match failed expected:\n\n    404\n\n   found:\n\n    201\n"});
    const auto cookie = differences(R"({"cookies":{"s":"w"}})");
    REQUIRE(cookie.size() == 1);
    CHECK(cookie[0].field == "response cookies");
    CHECK(cookie[0].reasons.size() == 2);
    std::vector<std::string> fields;
    for (
        const auto& one : differences(
            R"({"statusCode":500,"reasonPhrase":"x","headers":{"X-A":["2"]},"cookies":{"s":"x"},"body":"x"})"))
        fields.push_back(one.field);
    CHECK(fields == std::vector<std::string>{"response cookies", "response headers", "response body",
                                             "response status"});
    // The reason phrase is that of the status line.
    CHECK(differences(R"({"statusCode":500,"reasonPhrase":"x"})")[0].reasons.size() == 2);
    CHECK(differences(R"({"reasonPhrase":"!Made"})")[0].reasons.empty());
}

} // namespace mockfleet::matching
