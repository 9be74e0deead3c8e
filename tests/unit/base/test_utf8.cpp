// UTF-8 decoding, validation and repair.
#include "base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace mockfleet::base;

TEST_CASE("UTF-8") {
    const auto step = [](std::string_view text) { return decode_utf8(text); };
    CHECK(step("a").code == 'a');
    CHECK(step("\u20ac").code == 0x20ac);
    CHECK(step("\U0010ffff").code == 0x10ffff);
    for (const std::string_view bad :
         {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8", "\xff"}) {
        CHECK_FALSE(step(bad).valid);
        CHECK(step(bad).size == 1);
    }
    CHECK(step("\xe2\x82").size == 2);
    CHECK(step("\xf0\x9f\x98z").size == 3);
    std::string scratch;
    CHECK(repaired_utf8("a\xe2\x82z\xff", scratch) == "a\ufffdz\ufffd");
    CHECK(repaired_utf8("ok\u00e9", scratch) == "ok\u00e9");
    CHECK(is_ascii("0123456789abcdef"));
    CHECK_FALSE(is_ascii("01234567\x80"));
    CHECK_FALSE(is_ascii("0\x80"));
}
