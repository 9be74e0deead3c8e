// Prefix notation (core.md 2.6).
#include "model/text_matcher.hpp"

#include <doctest/doctest.h>

using namespace mockfleet;

TEST_CASE("marks are taken off the front in any order") {
    struct sample {
        const char* text;
        const char* value;
        bool negated;
        bool optional;
    };
    for (const auto& [source, value, negated, optional] :
         {sample{"foo", "foo", false, false}, sample{"!foo", "foo", true, false},
          sample{"?foo", "foo", false, true}, sample{"?!foo", "foo", true, true},
          sample{"!?foo", "foo", true, true}, sample{"!!foo", "!foo", true, false},
          sample{"foo!", "foo!", false, false}, sample{"", "", false, false}, sample{"!", "", false, false},
          sample{"?!", "", false, false}}) {
        const auto text = source;
        CAPTURE(text);
        const auto matcher = model::parse_prefixed(text);
        CHECK(matcher.value == value);
        CHECK(matcher.negated == negated);
        CHECK(matcher.optional == optional);
    }
}

TEST_CASE("marks are written back in one order") {
    CHECK(model::to_prefixed(model::parse_prefixed("!?foo")) == "?!foo");
    CHECK(model::to_prefixed(model::parse_prefixed("!foo")) == "!foo");
    CHECK(model::to_prefixed(model::parse_prefixed("foo")) == "foo");
    CHECK(model::parse_prefixed("!").blank());
}
