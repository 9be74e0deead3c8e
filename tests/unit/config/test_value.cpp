// Each kind of value: what it accepts, its canonical text, and why it refuses.
#include "config/value.hpp"

#include "config/table.hpp"

#include <doctest/doctest.h>

#include <string>

namespace mockfleet::config {

namespace {

std::string canonical(const property& about, std::string_view text) {
    const auto parsed = parse_value(about, text);
    return parsed ? parsed->text : "refused: " + parsed.error().wanted;
}

bool malformed(const property& about, std::string_view text) {
    const auto parsed = parse_value(about, text);
    return !parsed && parsed.error().what == flaw::kind::malformed;
}

} // namespace

TEST_CASE("a boolean is true or false in any case, nothing else") {
    const auto flag = boolean("x", "false", "");
    CHECK(parse_value(flag, "TRUE")->flag);
    CHECK(canonical(flag, " False ") == "false");
    for (const auto text : {"yes", "1", "tru", "true false"})
        CHECK(malformed(flag, text));
    CHECK(canonical(flag, "on") == "refused: true or false");
}

TEST_CASE("an integer keeps its bounds") {
    const auto port = integer("x", "0", "").within(0, 65535);
    CHECK(parse_value(port, " 65535 ")->number == 65535);
    CHECK(parse_value(port, "+80")->number == 80);
    CHECK(canonical(port, "007") == "7");
    for (const auto text : {"65536", "-1"}) {
        const auto parsed = parse_value(port, text);
        REQUIRE(!parsed);
        CHECK(parsed.error().what == flaw::kind::not_allowed);
        CHECK(parsed.error().wanted == "a whole number from 0 to 65535");
    }
    for (const auto text : {"1.5", "0x10", "1e3", "12a", "--1", "+-1", "9223372036854775808", "1 000"})
        CHECK(malformed(port, text));
    CHECK(canonical(integer("x", "0", ""), "-1") == "refused: a whole number of at least 0");
}

TEST_CASE("empty text is unset where the default is, and refused elsewhere") {
    CHECK(parse_value(integer("x", "", ""), " ")->number == -1);
    CHECK(parse_value(integer("x", "", ""), "")->text.empty());
    CHECK(malformed(integer("x", "5", ""), ""));
    CHECK(malformed(boolean("x", "true", ""), ""));
}

TEST_CASE("times and sizes carry units") {
    const auto time = millis("x", "0", "");
    CHECK(parse_value(time, "1500")->number == 1500);
    CHECK(parse_value(time, "250ms")->number == 250);
    CHECK(parse_value(time, "30 s")->number == 30'000);
    CHECK(parse_value(time, "5M")->number == 300'000);
    CHECK(canonical(time, "2h") == "7200000");
    for (const auto text : {"5 days", "s", "1.5s", "9223372036854775807h"})
        CHECK(malformed(time, text));

    const auto size = bytes("x", "0", "").within(0, 1 << 30);
    CHECK(parse_value(size, "64k")->number == 65536);
    CHECK(parse_value(size, "256MiB")->number == 268435456);
    CHECK(parse_value(size, "1g")->number == 1 << 30);
    CHECK(!parse_value(size, "2g"));
    CHECK(malformed(size, "10 apples"));
}

TEST_CASE("a decimal is finite") {
    const auto share = decimal("x", "1.0", "");
    CHECK(parse_value(share, "0.25")->fraction == doctest::Approx(0.25));
    CHECK(parse_value(share, "-1.0")->fraction == doctest::Approx(-1));
    for (const auto text : {"nan", "inf", "1,5", "one"})
        CHECK(malformed(share, text));
}

TEST_CASE("a choice is canonical, synonyms included") {
    const auto level = table[index_of("logLevel")];
    CHECK(canonical(level, "info") == "INFO");
    CHECK(canonical(level, "Finest") == "TRACE");
    CHECK(canonical(level, "FINE") == "DEBUG");
    CHECK(canonical(level, "warning") == "WARN");
    CHECK(canonical(level, "SEVERE") == "ERROR");
    CHECK(canonical(level, "off") == "OFF");
    CHECK(canonical(level, "loud") == "refused: one of TRACE, DEBUG, INFO, WARN, ERROR, OFF");
}

TEST_CASE("bytes_of takes units of 1024 in any case") {
    CHECK(bytes_of("512") == 512);
    CHECK(bytes_of("512b") == 512);
    CHECK(bytes_of("64k") == 65536);
    CHECK(bytes_of("64KiB") == 65536);
    CHECK(bytes_of("1 MB") == 1 << 20);
    CHECK(bytes_of("2g") == std::int64_t{2} << 30);
    CHECK(!bytes_of("1.5m"));
    CHECK(!bytes_of("9999999999g"));
    CHECK(!bytes_of("x"));
}

TEST_CASE("infinispan means replicated, whatever its case; other names are plugins") {
    const auto backend = table[index_of("stateBackend")];
    CHECK(canonical(backend, "infinispan") == "replicated");
    CHECK(canonical(backend, "INFINISPAN") == "replicated");
    CHECK(canonical(backend, "Memory") == "memory");
    CHECK(canonical(backend, "redis") == "redis");
}

TEST_CASE("a list drops blanks; a bounded one takes numbers only") {
    const auto names = list("x", "", "");
    CHECK(parse_value(names, " a, b ,,\"c d\" ")->list == std::vector<std::string>{"a", "b", "c d"});
    CHECK(canonical(names, " a , b") == "a,b");
    const auto ports = table[index_of("serverPort")];
    CHECK(canonical(ports, "1080, 1081") == "1080,1081");
    CHECK(canonical(ports, "1080,99999") == "refused: whole numbers from 0 to 65535, separated by commas");
    CHECK(malformed(ports, "1080;1081"));
}

TEST_CASE("a map is pairs") {
    const auto claims = map("x", "", "");
    const auto parsed = parse_value(claims, "iss = me, sub=a=b");
    REQUIRE(parsed.has_value());
    CHECK(parsed->map == std::vector<std::pair<std::string, std::string>>{{"iss", "me"}, {"sub", "a=b"}});
    CHECK(parsed->text == "iss=me,sub=a=b");
    CHECK(malformed(claims, "iss"));
    CHECK(malformed(claims, "=x"));
}

TEST_CASE("json is a document, text stays as it is") {
    CHECK(canonical(json_text("x", "", ""), " {\"a\":1} ") == "{\"a\":1}");
    CHECK(malformed(json_text("x", "", ""), "a"));
    CHECK(canonical(text("x", "", ""), " /path with blank ") == " /path with blank ");
}

TEST_CASE("double quotes are taken off in pairs only") {
    CHECK(unquoted("\"a\"") == "a");
    CHECK(unquoted("\"\"").empty());
    CHECK(unquoted("\"a") == "\"a");
    CHECK(unquoted("\"") == "\"");
    CHECK(unquoted("a\"b\"") == "a\"b\"");
}

TEST_CASE("every default parses, and every choice of the table is its own canonical form") {
    for (const auto& row : table) {
        CAPTURE(row.name);
        CHECK(parse_value(row, row.fallback).has_value());
        for (const auto choice : split(row.choices, '|'))
            CHECK(canonical(row, choice) == choice);
    }
}

} // namespace mockfleet::config
