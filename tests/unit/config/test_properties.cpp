// The Java properties format.
#include "config/source.hpp"

#include <doctest/doctest.h>

#include <string>

namespace mockfleet::config {

namespace {

/// The value of mockserver.corsAllowOrigin in `text`, which must be without problems.
std::string origin_in(std::string_view text) {
    const auto content = read_properties(text, "f.properties");
    REQUIRE(content.problems.empty());
    REQUIRE(content.assignments.size() == 1);
    CHECK(content.assignments[0].name == "corsAllowOrigin");
    return content.assignments[0].value;
}

} // namespace

TEST_CASE("key and value are parted by =, : or blanks") {
    CHECK(origin_in("mockserver.corsAllowOrigin=a") == "a");
    CHECK(origin_in("mockserver.corsAllowOrigin: a") == "a");
    CHECK(origin_in("mockserver.corsAllowOrigin a") == "a");
    CHECK(origin_in("  mockserver.corsAllowOrigin \t=\t a = b") == "a = b");
    CHECK(origin_in("mockserver.corsAllowOrigin==a") == "=a");
    CHECK(origin_in("mockserver.corsAllowOrigin") == "");
    CHECK(origin_in("mockserver.corsAllowOrigin=a ") == "a ");
}

TEST_CASE("comments, blank lines, line ends and a byte order mark") {
    CHECK(origin_in("# one\r\n! two\r\n\r\n  # three \\\r\nmockserver.corsAllowOrigin=a\r\n") == "a");
    CHECK(origin_in("\xef\xbb\xbfmockserver.corsAllowOrigin=a\n") == "a");
    CHECK(origin_in("mockserver.corsAllowOrigin=a#b!c") == "a#b!c");
    CHECK(read_properties("", "f").assignments.empty());
    CHECK(read_properties("\n\r\r\n", "f").assignments.empty());
}

TEST_CASE("a line that ends in an odd number of backslashes goes on") {
    CHECK(origin_in("mockserver.corsAllowOrigin=a,\\\n    b,\\\r\n\tc") == "a,b,c");
    CHECK(origin_in("mockserver.corsAllowOrigin=a\\\\\n") == "a\\");
    CHECK(origin_in("mockserver.corsAllowOrigin=a\\\n# b") == "a# b");
    CHECK(origin_in("mockserver.corsAllowOrigin=a\\") == "a");
}

TEST_CASE("escapes") {
    CHECK(origin_in("mockserver.corsAllow\\Origin=a\\tb\\nc\\rd\\fe\\\\f\\=g\\ h\\z") ==
          "a\tb\nc\rd\fe\\f=g hz");
    CHECK(origin_in("mockserver.corsAllowOrigin=\\u0041\\u00e9\\u20ac\\uD83D\\uDE00") ==
          "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(origin_in("mockserver.corsAllowOrigin=\\ a") == " a");
    CHECK(origin_in("mockserver.corsAllowOrigin=\xc3\xa9") == "\xc3\xa9");
}

TEST_CASE("a broken \\u names its line") {
    for (const auto bad : {"\\u12", "\\uXYZW", "\\ud800", "\\udc00", "\\ud800\\u0041", "\\u 123"}) {
        CAPTURE(bad);
        const auto content =
            read_properties("# x\nmockserver.corsAllowOrigin=" + std::string(bad), "f.properties");
        CHECK(content.assignments.empty());
        REQUIRE(content.problems.size() == 1);
        CHECK(content.problems[0].starts_with("f.properties:2: \\u must be followed"));
    }
}

TEST_CASE("unknown keys name their line and the nearest key") {
    const auto content =
        read_properties("a\\\n b=1\nmockserver.maxExpectation=1\nserverPort=1080\nmockserver.logLevel=WARN\n",
                        "m.properties");
    REQUIRE(content.problems.size() == 3);
    CHECK(content.problems[0].starts_with("m.properties:1: unknown key \"ab\""));
    CHECK(content.problems[1] ==
          "m.properties:3: unknown key \"mockserver.maxExpectation\"; the nearest known one is "
          "\"mockserver.maxExpectations\"");
    CHECK(content.problems[2] ==
          "m.properties:4: unknown key \"serverPort\"; the nearest known one is \"mockserver.serverPort\"");
    REQUIRE(content.assignments.size() == 1);
    CHECK(content.assignments[0].where == "m.properties:5");
}

TEST_CASE("a file full of unknown keys is told in a few lines") {
    std::string text;
    for (int i = 0; i < 5000; ++i)
        text += "mockserver.nonsense" + std::to_string(i) + "=1\n";
    const auto content = read_properties(text, "f");
    CHECK(content.assignments.empty());
    REQUIRE(content.problems.size() == 21);
    CHECK(content.problems.back() == "and 4980 more unknown keys");
}

TEST_CASE("the sample file's names of time-outs and plugin settings are known") {
    const auto content =
        read_properties("mockserver.maxFutureTimeoutInMillis=1\nmockserver.maxSocketTimeoutInMillis=2\n"
                        "mockserver.socketConnectionTimeoutInMillis=3\nmockserver.plugins.state-x.key=4\n",
                        "f");
    CHECK(content.problems.empty());
    CHECK(content.assignments.size() == 4);
}

} // namespace mockfleet::config
