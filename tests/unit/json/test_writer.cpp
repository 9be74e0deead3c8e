// The JSON writers: the API's layout, the echo layout, the compact one.
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

using namespace mockfleet;

namespace {

json::value parsed(std::string_view text) {
    auto document = json::read_tolerant(text);
    REQUIRE(document.has_value());
    return *document;
}

} // namespace

TEST_CASE("pretty layout") {
    CHECK(
        json::pretty(parsed(R"({"a":[1,"b"],"c":[],"d":{},"e":{"f":null}})")) ==
        "{\n  \"a\" : [ 1, \"b\" ],\n  \"c\" : [ ],\n  \"d\" : { },\n  \"e\" : {\n    \"f\" : null\n  }\n}");
    CHECK(json::pretty(parsed(R"([{"a":1},{"b":[{"c":2}]}])")) ==
          "[ {\n  \"a\" : 1\n}, {\n  \"b\" : [ {\n    \"c\" : 2\n  } ]\n} ]");
    CHECK(json::pretty(parsed("[[1],[]]")) == "[ [ 1 ], [ ] ]");
}

TEST_CASE("pretty at a depth continues an outer document") {
    std::string out = "{\n  \"x\" : ";
    json::pretty_to(out, parsed(R"({"a":1})"), 1);
    CHECK(out == "{\n  \"x\" : {\n    \"a\" : 1\n  }");
}

TEST_CASE("echo layout has an array item per line") {
    CHECK(json::pretty_lines(parsed(R"({"a":[1,{"b":[]}]})")) ==
          "{\n  \"a\" : [\n    1,\n    {\n      \"b\" : [ ]\n    }\n  ]\n}");
}

TEST_CASE("compact layout") {
    CHECK(json::compact(parsed(" { 'a' : [ 1 , { } , [ ] ] } ")) == R"({"a":[1,{},[]]})");
}

TEST_CASE("quoting escapes what JSON demands and nothing else") {
    std::string out;
    json::quote_to(out, std::string_view("\"\\/\b\f\n\r\t\x01\x1F\x7F é😀\0x", 20));
    CHECK(out == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\x7F é😀\\u0000x\"");
}

TEST_CASE("what is written reads as the same document") {
    const auto document = parsed(R"({"a":[1.0,1e5,-0,"\u0000é",{"":null}],"b":true})");
    CHECK(parsed(json::pretty(document)) == document);
    CHECK(parsed(json::compact(document)) == document);
    CHECK(parsed(json::pretty_lines(document)) == document);
}
