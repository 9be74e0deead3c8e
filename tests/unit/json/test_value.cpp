// json::value: look-ups, numbers, equality.
#include "json/value.hpp"

#include <doctest/doctest.h>

using namespace mockfleet;

TEST_CASE("integers are exact or refused") {
    std::int64_t out = 7;
    CHECK(json::value(json::number{"-42"}).to_int64(out));
    CHECK(out == -42);
    CHECK(json::value(json::number{"9223372036854775807"}).to_int64(out));
    CHECK(out == 9223372036854775807);
    for (const char* text : {"9223372036854775808", "1.0", "1e2"}) {
        out = 7;
        CAPTURE(text);
        CHECK_FALSE(json::value(json::number{text}).to_int64(out));
        CHECK(out == 7);
    }
    CHECK_FALSE(json::value("42").to_int64(out));
}

TEST_CASE("doubles") {
    CHECK(json::value(json::number{"1.5e2"}).to_double() == 150.0);
    CHECK(json::value("1.5").to_double() == 0.0);
}

TEST_CASE("find sees the last of equal names and only looks into objects") {
    json::value document;
    document.set("a", 1);
    document.set("a", 2);
    REQUIRE(document.find("a") != nullptr);
    CHECK(document.find("a")->number_text() == "2");
    CHECK(document.find("b") == nullptr);
    CHECK(json::value(json::array{1, 2}).find("a") == nullptr);
}

TEST_CASE("equality is by type, order and the text of numbers") {
    CHECK(json::value(json::number{"1.0"}) != json::value(json::number{"1"}));
    CHECK(json::value(json::array{1, "a", true, json::value()}) ==
          json::value(json::array{1, "a", true, json::value()}));
    CHECK(json::value(1) != json::value("1"));
}
