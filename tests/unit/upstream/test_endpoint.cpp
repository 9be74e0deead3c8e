// Authorities and URLs of upstreams, as they are read and written.
#include "upstream/endpoint.hpp"

#include <doctest/doctest.h>

using namespace mockfleet::upstream;

TEST_CASE("authorities") {
    CHECK(parse_authority("host", false) == endpoint{"host", 80, false});
    CHECK(parse_authority("host", true) == endpoint{"host", 443, true});
    CHECK(parse_authority("host:8080", true) == endpoint{"host", 8080, true});
    CHECK(parse_authority("host:", false) == endpoint{"host", 80, false});
    CHECK(parse_authority("[::1]:81", false) == endpoint{"::1", 81, false});
    CHECK(parse_authority("[::1]", false) == endpoint{"::1", 80, false});
    CHECK(parse_authority("user:secret@host:81", false) == endpoint{"host", 81, false});
    for (const char* const text : {"", ":80", "host:0", "host:65536", "host:x", "host:8x", "[::1", "[::1]x",
                                   "[host]", "a b", "a/b", "a\r\nb", "::1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_authority(text, false));
    }
}

TEST_CASE("URLs") {
    std::string_view rest;
    CHECK(parse_url("http://host:81/a?b#c", &rest) == endpoint{"host", 81, false});
    CHECK(rest == "/a?b#c");
    CHECK(parse_url("HTTPS://host", &rest) == endpoint{"host", 443, true});
    CHECK(rest.empty());
    CHECK_FALSE(parse_url("ftp://host"));
    CHECK_FALSE(parse_url("host:80"));
    CHECK_FALSE(parse_url("http:///a"));
}

TEST_CASE("what is written") {
    CHECK(to_text({"host", 80, false}) == "host:80");
    CHECK(to_text({"::1", 81, false}) == "[::1]:81");
    CHECK(host_header({"host", 80, false}) == "host");
    CHECK(host_header({"host", 443, false}) == "host:443");
    CHECK(host_header({"host", 443, true}) == "host");
    CHECK(host_header({"::1", 80, false}) == "[::1]");
}
