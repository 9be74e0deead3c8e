// Files of expectations: good entries, and a line about each bad one.
#include "model/expectation_file.hpp"

#include <doctest/doctest.h>

using namespace mockfleet;

TEST_CASE("one expectation, an array, nothing") {
    const auto one = model::read_expectation_file(R"({"httpRequest":{"path":"/a"},"httpResponse":{}})");
    REQUIRE(one.entries.size() == 1);
    CHECK(one.problems.empty());
    CHECK(one.entries[0].content.id.empty());
    CHECK(one.entries[0].text == R"({"httpRequest":{"path":"/a"},"httpResponse":{}})");
    const auto two = model::read_expectation_file(
        "[ {\"id\":\"a\",\"httpResponse\":{}},\n {\"id\":\"b\",\"httpResponse\":{}} ]");
    REQUIRE(two.entries.size() == 2);
    CHECK(two.entries[1].content.id == "b");
    CHECK(two.entries[1].number == 2);
    CHECK(two.entries[1].line == 2);
    for (const auto* text : {"", "[]", "\n"}) {
        CHECK(model::read_expectation_file(text).entries.empty());
        CHECK(model::read_expectation_file(text).problems.empty());
    }
}

TEST_CASE("the end of a life is read") {
    const auto read = model::read_expectation_file(
        R"([{"httpResponse":{},"timeToLive":{"endDate":1700000000000,"timeUnit":"SECONDS","timeToLive":30}}])");
    REQUIRE(read.entries.size() == 1);
    CHECK(read.entries[0].content.time_to_live.end_date_ms == 1700000000000);
}

TEST_CASE("bad entries are named with their places and cost no others") {
    const auto read = model::read_expectation_file(
        "[ {\n  \"id\" : \"a\",\n  \"httpResponse\" : { }\n}, {\n  \"id\" : \"b\",\n"
        "  \"httpRequest\" : 7\n}, {\n  \"id\" : \"c\" ?\n}, {\n"
        "  \"specUrlOrPayload\" : \"x.yaml\"\n}, {\n  \"id\" : \"d\",\n"
        "  \"httpResponse\" : { }\n} ]");
    REQUIRE(read.entries.size() == 2);
    CHECK(read.entries[0].content.id == "a");
    CHECK(read.entries[1].content.id == "d");
    REQUIRE(read.problems.size() == 3);
    CHECK(read.problems[0].number == 2);
    CHECK(read.problems[0].line == 4);
    CHECK(read.problems[0].id == "b");
    CHECK(!read.problems[0].what.empty());
    CHECK(read.problems[1].number == 3);
    CHECK(read.problems[2].number == 4);
}

TEST_CASE("a cut file is told") {
    const auto read = model::read_expectation_file(R"([{"id":"a","httpResponse":{}},{"id":"b","httpRes)");
    REQUIRE(read.entries.size() == 1);
    REQUIRE(read.problems.size() == 2);
    CHECK(read.problems[0].number == 2);
    CHECK(read.problems[1].number == 0);
}
