// The body of PUT expectation: one or many, blank, malformed (core.md 1.2, 1.3).
#include "samples.hpp"

using namespace mockfleet;
using samples::refusal;

TEST_CASE("one object or an array, in order") {
    CHECK(model::read_expectations(R"({"id":"a","httpResponse":{}})")->size() == 1);
    const auto many = model::read_expectations(
        R"([{"id":"a","httpResponse":{}},{"id":"b","httpError":{}},{"httpResponses":[{}]}])");
    REQUIRE(many.has_value());
    REQUIRE(many->size() == 3);
    CHECK((*many)[0].id == "a");
    CHECK((*many)[1].error);
    CHECK((*many)[2].id.empty());
    CHECK_FALSE((*many)[2].request);
}

TEST_CASE("tolerated notation") {
    const auto read = samples::one("{'httpRequest':{path:'/a'},/*c*/ 'httpResponse':{},} //x");
    CHECK(read.request->path.value == "/a");
}

TEST_CASE("nothing given") {
    CHECK(refusal("") ==
          "1 error:\n - an expectation or expectation array is required but value was \"null\"");
    CHECK(refusal(" \n") ==
          "1 error:\n - an expectation or expectation array is required but value was \"\"");
    CHECK(refusal("[]") == "1 error:\n - an expectation or array of expectations is required");
}

TEST_CASE("malformed JSON names class, reason and place") {
    CHECK(refusal(R"({"httpRequest":{"path":"/a"} "httpResponse":{}})") ==
          "com.fasterxml.jackson.core.JsonParseException: Unexpected character ('\"' (code 34)): was "
          "expecting comma to separate Object "
          "entries\n at [line: 1, column: 30]");
    CHECK(refusal("[{}\n").starts_with(
        "com.fasterxml.jackson.core.io.JsonEOFException: Unexpected end-of-input"));
    CHECK(refusal("{\"a\":\"\xFF\"}")
              .starts_with("com.fasterxml.jackson.core.JsonParseException: Invalid UTF-8 byte"));
}

TEST_CASE("one bad element refuses all, and stands alone in the text") {
    const auto text = refusal(R"([{"httpResponse":{}}, 1])");
    CHECK(text.starts_with("incorrect expectation json format for:\n\n  1\n\n schema validation errors:\n\n  "
                           "1 error:\n   - $: integer"));
    CHECK(refusal(R"([1,2])").starts_with("[\n  incorrect expectation json format for:\n  \n    1\n"));
}
