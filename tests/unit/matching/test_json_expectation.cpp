// JSON bodies: both match types, numbers, placeholders, arrays, odd and broken documents.
#include "matching/json_expectation.hpp"
#include "sample_request.hpp"
#include "json/reader.hpp"

#include <random>

using namespace mockfleet;
using namespace mockfleet::matching;

namespace {

json::value document_of(std::string_view text) {
    json::value out;
    REQUIRE_FALSE(json::parse_tolerant(text, out));
    return out;
}

bool agrees(std::string_view expected, std::string body, json_expectation::options chosen,
            std::string content_type = "application/json") {
    const json_expectation rule(document_of(expected), chosen);
    const sample_request request("POST /", {{"Content-Type", std::move(content_type)}}, std::move(body));
    request_facts facts;
    facts.begin(request.view());
    return rule.matches(facts);
}

bool subset(std::string_view expected, std::string body) {
    return agrees(expected, std::move(body), {});
}
bool strict(std::string_view expected, std::string body) {
    return agrees(expected, std::move(body), {true, false});
}
bool numeric(std::string_view expected, std::string body) {
    return agrees(expected, std::move(body), {false, true});
}

} // namespace

TEST_CASE("subset: every field given has to be there with an equal value") {
    CHECK(subset(R"({"a":1})", R"({"b":2,"a":1})"));
    CHECK_FALSE(subset(R"({"a":1})", R"({"a":2})"));
    CHECK_FALSE(subset(R"({"a":1})", R"({"a":"1"})"));
    CHECK_FALSE(subset(R"({"a":1})", R"({"a":null})"));
    CHECK_FALSE(subset(R"({"a":1})", R"([{"a":1}])"));
    CHECK_FALSE(subset(R"({"a":1})", R"({"A":1})"));
    CHECK(subset(R"({"a":{}})", R"({"a":{"b":1}})"));
    CHECK_FALSE(subset(R"({"a":{}})", R"({"a":[]})"));
    CHECK(subset(R"({})", R"({"a":1})"));
    CHECK_FALSE(subset(R"({})", R"([])"));
    CHECK_FALSE(subset(R"({"a":null})", R"({})"));
    CHECK(subset(R"({"a":null})", R"({"a":null})"));
    CHECK(subset(R"({"a":"x"})", R"({"a":"\u0078"})"));
    CHECK(subset(R"({"é\n":"ü"})", R"({"\u00e9\n":"\u00fc"})"));
    CHECK(subset(R"({"a.b":1})", R"({"a.b":1})"));
}

TEST_CASE("scalars as documents") {
    CHECK(subset("1", "1"));
    CHECK_FALSE(subset("1", "1.0"));
    CHECK(subset("\"x\"", "\"x\""));
    CHECK_FALSE(subset("\"x\"", "x"));
    CHECK(subset("null", "null"));
    CHECK_FALSE(subset("null", ""));
    CHECK(subset("true", " true "));
    CHECK_FALSE(subset("true", "false"));
}

TEST_CASE("subset: arrays in any order, each item once") {
    CHECK(subset("[1,2]", "[3,2,1]"));
    CHECK_FALSE(subset("[1,2]", "[1]"));
    CHECK_FALSE(subset("[1,1]", "[1,2]"));
    CHECK(subset("[1,1]", "[1,2,1]"));
    CHECK(subset("[]", "[1]"));
    CHECK(subset(R"([{"x":1},{"y":2}])", R"([{"x":1,"y":2},{"x":1}])"));
    CHECK(subset(R"([{"x":1},{"y":2}])", R"([{"x":1},{"x":1,"y":2}])"));
    CHECK_FALSE(subset(R"([{"x":1},{"y":2}])", R"([{"x":1,"y":2}])"));
    CHECK(subset(R"([{"a":1},{"b":1},{"c":1}])", R"([{"a":1,"b":1},{"b":1,"c":1},{"a":1,"c":1}])"));
    CHECK(subset("[[1,2],[3]]", "[[3,4],[9,2,1]]"));
    CHECK_FALSE(subset("[[1,2],[3]]", "[[1],[3]]"));
}

TEST_CASE("strict: no extra fields or items, arrays in order") {
    CHECK(strict(R"({"a":[1,{"b":2}]})", "{ \"a\" : [ 1 ,\n{ \"b\":2 } ] }"));
    CHECK_FALSE(strict(R"({"a":1})", R"({"a":1,"b":2})"));
    CHECK_FALSE(strict("[1,2]", "[2,1]"));
    CHECK_FALSE(strict("[1,2]", "[1,2,3]"));
    CHECK_FALSE(strict("[1,2]", "[1]"));
    CHECK_FALSE(strict("{}", R"({"a":null})"));
    CHECK(strict(R"({"a":1})", R"({"a":2,"a":1})"));
}

TEST_CASE("integers and decimals are different kinds of numbers") {
    CHECK(subset(R"({"a":100})", R"({"a":0100})"));
    CHECK_FALSE(subset(R"({"a":100})", R"({"a":1e2})"));
    CHECK_FALSE(subset(R"({"a":1})", R"({"a":1.0})"));
    CHECK(subset(R"({"a":2.5})", R"({"a":25e-1})"));
    CHECK(subset(R"({"a":0.1})", R"({"a":0.1000000000000000000001})"));
    CHECK(subset(R"({"a":0})", R"({"a":-0})"));
    CHECK_FALSE(subset(R"({"a":0})", R"({"a":0.0})"));
    CHECK_FALSE(subset(R"({"a":9007199254740993})", R"({"a":9007199254740992})"));
    CHECK(subset(R"({"a":12345678901234567890123})", R"({"a":12345678901234567890123})"));
    CHECK_FALSE(subset(R"({"a":12345678901234567890123})", R"({"a":12345678901234567890124})"));
    CHECK_FALSE(subset(R"({"a":12345678901234567890123})", R"({"a":-12345678901234567890123})"));
    CHECK(subset(R"({"a":18446744073709551615})", R"({"a":18446744073709551615})"));
    CHECK(subset(R"({"a":-9223372036854775808})", R"({"a":-9223372036854775808})"));
    CHECK(numeric(R"({"a":1})", R"({"a":1.000})"));
    CHECK(numeric(R"({"a":1.0})", R"({"a":1})"));
    CHECK_FALSE(numeric(R"({"a":1})", R"({"a":"1"})"));
    CHECK_FALSE(numeric(R"({"a":"1"})", R"({"a":1})"));
    CHECK_FALSE(numeric(R"({"a":9007199254740993})", R"({"a":9007199254740992})"));
}

TEST_CASE("placeholders stand for values") {
    CHECK(subset(R"({"a":"${json-unit.ignore}"})", R"({"a":{"b":1}})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.ignore}"})", R"({})"));
    CHECK(subset(R"({"a":"${json-unit.ignore-element}"})", R"({})"));
    CHECK(strict(R"({"a":"${json-unit.ignore-element}"})", R"({"a":7})"));
    CHECK_FALSE(strict(R"({"a":"${json-unit.ignore-element}"})", R"({"b":7})"));
    CHECK(subset(R"({"a":"${json-unit.any-string}"})", R"({"a":""})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.any-string}"})", R"({"a":null})"));
    CHECK(subset(R"({"a":"#{json-unit.any-number}"})", R"({"a":1.5})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.any-number}"})", R"({"a":"1"})"));
    CHECK(subset(R"({"a":"${json-unit.any-boolean}"})", R"({"a":false})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.any-boolean}"})", R"({"a":0})"));
    CHECK(subset(R"({"a":"${json-unit.regex}[A-Z]+[0-9]"})", R"({"a":"AB1"})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.regex}[A-Z]+[0-9]"})", R"({"a":"ab1"})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.regex}[0-9]+"})", R"({"a":12})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.regex}["})", R"({"a":"["})"));
    CHECK_FALSE(subset(R"({"a":"${json-unit.ANY-string}"})", R"({"a":"x"})"));
    CHECK(subset(R"({"a":" ${json-unit.any-string}"})", R"({"a":" ${json-unit.any-string}"})"));
    CHECK(subset(R"(["${json-unit.any-number}",1])", "[1,2]"));
    CHECK_FALSE(subset(R"([1,"${json-unit.any-number}"])", "[7,8]"));
}

TEST_CASE("bodies are read tolerantly, broken ones match nothing") {
    for (const auto* text : {R"({"a":1} x)", "{a:1}", "{'a':1}", R"({"a":1,})", R"(/*c*/{"a":1})",
                             R"({"a":2,"a":1})", R"({"a":1,"z":12345678901234567890123})"}) {
        CAPTURE(text);
        CHECK(subset(R"({"a":1})", text));
        CHECK(subset(R"({"a":1})", std::string(1000, ' ') + text));
    }
    for (const auto* text :
         {"", " ", "x", R"({"a":1)", R"({"a":+1})", R"({"a":1,"a":2})", "{\"a\":1,\"b\":\"\xFF\"}"}) {
        CAPTURE(text);
        CHECK_FALSE(subset(R"({"a":1})", text));
        CHECK_FALSE(subset(R"({"a":1})", std::string(1000, ' ') + text));
    }
    CHECK_FALSE(subset("{}", std::string(100000, '[')));
}

TEST_CASE("the content type decides how a body is read") {
    const auto as = [](std::string_view type) {
        return agrees(R"({"a":1})", R"({"a":1})", {}, std::string(type));
    };
    CHECK(as(""));
    CHECK(as("text/plain"));
    CHECK(as("application/vnd.api+json"));
    CHECK_FALSE(as("application/octet-stream"));
    CHECK_FALSE(as("application/x-www-form-urlencoded"));
    CHECK(agrees(R"({"a":1})", "a=1&b=2", {}, "application/x-www-form-urlencoded"));
    CHECK(agrees(R"({"é":"ü"})", "{\"\xE9\":\"\xFC\"}", {}, "application/json; charset=ISO-8859-1"));
}

TEST_CASE("several expectations share one parsed body") {
    request_facts facts;
    const json_expectation first(document_of(R"({"a":2})"), {});
    const json_expectation second(document_of(R"({"a":1})"), {});
    const json_expectation third(document_of(R"({"b":[2]})"), {});
    const json_expectation fourth(document_of(R"({"a":1,"b":[1,2]})"), {true, false});
    for (const std::size_t indent : {0, 1000}) {
        const sample_request request("POST /", {}, std::string(indent, ' ') + R"({"a":1,"b":[1,2]})");
        facts.begin(request.view());
        for (int round = 0; round < 2; ++round) {
            CHECK_FALSE(first.matches(facts));
            CHECK(second.matches(facts));
            CHECK(third.matches(facts));
            CHECK(fourth.matches(facts));
        }
    }
}

TEST_CASE("long bodies that are only looked through give the same answers as parsed ones") {
    std::mt19937 random(7);
    const std::string filler = ",\"fill\":[" + [] {
        std::string items;
        for (int i = 0; i < 4000; ++i)
            items += (i == 0 ? "" : ",") + std::string(R"({"n":)") + std::to_string(i) + R"(,"t":"]}\"{["})";
        return items;
    }() + "]";
    constexpr const char* values[] = {"1",
                                      "2",
                                      "1.5",
                                      "\"x\"",
                                      "\"\\u0078\"",
                                      "true",
                                      "null",
                                      "{\"d\":1}",
                                      "{\"d\":2}",
                                      "[1]",
                                      "-7",
                                      "18446744073709551615",
                                      "123456789012345678901234567890"};
    constexpr std::size_t count = std::size(values);
    const auto pick = [&random, &values] { return std::string(values[random() % count]); };
    for (int round = 0; round < 300; ++round) {
        const std::string expected = "{\"a\":" + pick() + ",\"o\":{\"b\":" + pick() + "}}";
        const std::string inner = "\"a\":" + pick() + ",\"o\":{\"c\":0,\"b\":" + pick() + "}";
        const std::string again = random() % 4 == 0 ? ",\"a\":" + pick() : std::string();
        CAPTURE(expected);
        CAPTURE(inner + again);
        CHECK(subset(expected, "{" + inner + filler + again + "}") ==
              subset(expected, "{" + inner + again + "}"));
    }
    CHECK_FALSE(subset(R"({"a":1})", "{\"a\":1" + filler));
    CHECK(subset(R"({"a":1})", "{'a':1" + filler + "}"));
    CHECK_FALSE(subset(R"({})", "[0" + filler.substr(9)));
}

TEST_CASE("differences name the place") {
    const auto explained = [](std::string_view expected, std::string_view actual, bool exact) {
        json::body_document document;
        document.assign(document_of(actual));
        std::string out;
        for (const auto& line :
             json_expectation(document_of(expected), {exact, false}).differences(document.root()))
            out += line + "\n";
        return out;
    };
    CHECK(explained(R"({"a":1})", R"({"a":1})", false).empty());
    CHECK(explained(R"({"a":1})", R"({"a":2})", false) == "wrong value at \"a\", expected: 1 but was: 2\n");
    CHECK(explained(R"({"b":{"c":"x"}})", R"({"b":{}})", false) == "missing element at \"b.c\"\n");
    CHECK(explained(R"({"a":1})", R"({"a":1,"b":2})", true) == "additional element at \"b\" with value: 2\n");
    CHECK(explained("[1,2]", "[1,3,4]", true) ==
          "wrong value at \"[1]\", expected: 2 but was: 3\nadditional element at \"[2]\" with value: 4\n");
    CHECK(explained(R"({"a":"${json-unit.regex}[A-Z]+"})", R"({"a":"b"})", false) ==
          "wrong value at \"a\", expected: \"${json-unit.regex}[A-Z]+\" but was: \"b\"\n");
}
