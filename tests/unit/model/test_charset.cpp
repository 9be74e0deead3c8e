// Base64, content types and character sets.
#include "model/base64.hpp"
#include "model/charset.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mockfleet;
using namespace std::string_literals;

TEST_CASE("base64 both ways") {
    for (const auto& [bytes, text] :
         {std::pair{""s, ""}, {"a"s, "YQ=="}, {"ab"s, "YWI="}, {"abc"s, "YWJj"}, {"\0\xFF\xFE"s, "AP/+"}}) {
        CHECK(model::encode_base64(bytes) == text);
        CHECK(model::decode_base64(text) == bytes);
    }
    CHECK(model::decode_base64("YQ") == "a");
    CHECK(model::decode_base64("YW\r\nI=") == "ab");
    for (const char* text : {"Y", "%%", "YQ=", "YQ===", "=", "YQ==YQ==", "Y Q="}) {
        CAPTURE(text);
        CHECK_FALSE(model::decode_base64(text));
    }
}

TEST_CASE("content types") {
    CHECK(model::media_type("Application/JSON; charset=utf-8") == "application/json");
    CHECK(model::media_type(" text/plain ") == "text/plain");
    for (const char* text : {"", "foo", "/x", "text/", ";charset=utf-8"})
        CHECK(model::media_type(text).empty());
    CHECK(model::charset_of("text/plain; a=b; CharSet = \"UTF-8\"") == "UTF-8");
    CHECK(model::charset_of("text/plain").empty());
    CHECK(model::charset_of("charset=utf-8").empty());
}

TEST_CASE("bytes to UTF-8 and back") {
    CHECK(model::to_utf8("caf\xE9", "iso-8859-1") == "café");
    CHECK(model::to_utf8("caf\xE9", "UTF-8") == "caf\uFFFD");
    CHECK(model::to_utf8("caf\xE9", "us-ascii") == "caf\uFFFD");
    CHECK(model::to_utf8("\xFE\xFF\x00\x61\xD8\x3D\xDE\x00"s, "utf-16") == "a😀");
    CHECK(model::to_utf8("\xFF\xFE\x61\x00"s, "utf-16") == "a");
    CHECK(model::to_utf8("\x61\x00\x00"s, "utf-16le") == "a\uFFFD");
    CHECK(model::to_utf8("\xD8\x3D"s, "utf-16be") == "\uFFFD");
    CHECK(model::from_utf8("café", "latin1") == "caf\xE9");
    CHECK(model::from_utf8("€", "iso-8859-1") == "?");
    CHECK(model::from_utf8("x", "utf-16") == "\xFE\xFF\0x"s);
    CHECK(model::from_utf8("😀", "utf-16le") == "\x3D\xD8\x00\xDE"s);
    CHECK(model::from_utf8("é", "unknown") == "é");
    CHECK(model::is_valid_utf8("é😀"));
    CHECK_FALSE(model::is_valid_utf8("\xC3"));
}
