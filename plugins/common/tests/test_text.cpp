// Names of objects, addresses, dates, hashes, XML and JSON.
#include "common/digest.hpp"
#include "common/json_text.hpp"
#include "common/object_name.hpp"
#include "common/timestamps.hpp"
#include "common/url.hpp"
#include "common/xml.hpp"

#include <doctest/doctest.h>

#include <string>

namespace mockfleet::common {

TEST_SUITE_BEGIN("common text");

TEST_CASE("a key is joined to its prefix with one slash, whatever shape the prefix has") {
    for (const auto* prefix : {"ns", "ns/", "/ns/", "//ns//"}) {
        const object_names names(prefix);
        CHECK(names.name_of("a/b") == "ns/a/b");
        CHECK(names.name_of("/a//b/") == "ns/a/b/");
        CHECK(names.name_of("") == "ns/");
        CHECK(names.key_of("ns/a/b") == "a/b");
        CHECK_FALSE(names.key_of("ns/"));
        CHECK_FALSE(names.key_of("other/a"));
        CHECK_FALSE(names.key_of("nsa"));
    }
    for (const auto* prefix : {"", "/"}) {
        const object_names names(prefix);
        CHECK(names.name_of("/a//b") == "a/b");
        CHECK(names.name_of("") == "");
        CHECK(names.key_of("a/b") == "a/b");
        CHECK_FALSE(names.key_of(""));
    }
    CHECK(object_names("a//b").name_of("c") == "a/b/c");
}

TEST_CASE("percent-encoding is that of RFC 3986, in upper case") {
    CHECK(percent_encode("a b/c+d=\xC3\xBC~") == "a%20b%2Fc%2Bd%3D%C3%BC~");
    CHECK(percent_encode_path("a b/c") == "a%20b/c");
    CHECK(percent_decode("a%20b%2fc+d") == "a b/c+d");
    CHECK(percent_decode("a+b%2B", true) == "a b+");
    CHECK(percent_decode("%zz%4") == "%zz%4");
    CHECK(encode_query({{"a", "1"}, {"b c", "&"}}) == "a=1&b%20c=%26");
}

TEST_CASE("endpoints") {
    const auto one = parse_endpoint("HTTP://Host.Example:9000/base/");
    REQUIRE(one);
    CHECK(one->scheme == "http");
    CHECK(one->host == "host.example");
    CHECK(one->authority == "host.example:9000");
    CHECK(one->path == "/base");
    CHECK(parse_endpoint("https://h:443")->authority == "h");
    CHECK(parse_endpoint("http://[::1]:80")->authority == "[::1]");
    CHECK(parse_endpoint("http://[::1]")->is_loopback());
    CHECK(parse_endpoint("http://127.0.0.1:1")->is_loopback());
    CHECK_FALSE(parse_endpoint("http://10.0.0.1")->is_loopback());
    for (const auto* bad : {"", "h:9000", "ftp://h", "http://", "http://u@h", "http://h?x", "http://h:0",
                            "http://h:70000", "http://h:x", "http://::1", "http://h:"})
        CHECK_MESSAGE(!parse_endpoint(bad), bad);
}

TEST_CASE("dates") {
    const auto when = parse_timestamp("2013-05-24T00:00:00Z");
    REQUIRE(when);
    CHECK(http_date(*when) == "Fri, 24 May 2013 00:00:00 GMT");
    CHECK(basic_timestamp(*when) == "20130524T000000Z");
    CHECK(parse_http_date("Fri, 24 May 2013 00:00:00 GMT") == when);
    CHECK(parse_timestamp("2013-05-24T02:00:00.123+02:00") == when);
    CHECK(parse_timestamp("2013-05-23T22:00:00-02:00") == when);
    for (const auto* bad : {"", "2013-05-24", "2013-13-24T00:00:00Z", "2013-05-24T00:00:00", "x"})
        CHECK_MESSAGE(!parse_timestamp(bad), bad);
    CHECK_FALSE(parse_http_date("24 May 2013"));
}

TEST_CASE("hashes and text forms of bytes") {
    CHECK(hex(view_of(sha256("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2.
    CHECK(hex(view_of(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(base64("") == "");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(base64url("\xfb\xff") == "-_8");
    CHECK(decode_base64("Zm9vYg==") == "foob");
    CHECK(decode_base64("") == "");
    CHECK_FALSE(decode_base64("Zm9vYg="));
    CHECK_FALSE(decode_base64("Zm9v!g=="));
    CHECK(random_id() != random_id());
}

TEST_CASE("XML") {
    const auto root =
        read_xml("\xEF\xBB\xBF<?xml version='1.0'?><!-- x --><a:r b='>' c=\"&\"><k>1 &lt;&#x41;&#233;"
                 "</k><k><![CDATA[<2>]]></k><e/></a:r>\n");
    REQUIRE(root);
    CHECK(root->name == "r");
    CHECK(root->text_of("k") == "1 <A\xC3\xA9");
    REQUIRE(root->children.size() == 3);
    CHECK(root->children[1].text == "<2>");
    CHECK(root->child("e") != nullptr);
    CHECK(root->child("x") == nullptr);
    std::string deep;
    for (int i = 0; i < 33; ++i)
        deep += "<a>";
    for (int i = 0; i < 33; ++i)
        deep += "</a>";
    for (const auto& bad :
         {std::string("<a>"), std::string("<a></b>"), std::string("<a/><b/>"), std::string("x<a/>"),
          std::string("<a>&e;</a>"), std::string("<!DOCTYPE a><a/>"), std::string("<a b></a>"),
          std::string("<a>&#0;</a>"), std::string("<a>&#xD800;</a>"), std::string("<a b='></a>"),
          std::string(), std::string("<a><!-- </a>"), std::string("</a>"), deep})
        CHECK_MESSAGE(!read_xml(bad), bad);
}

TEST_CASE("JSON") {
    const auto one =
        json_text::parse(R"({"a":"x","n":5,"m":{"k":"v","i":1},"l":[{"name":"1"},{"name":"2"}]})");
    REQUIRE(one);
    CHECK(one->text("/a") == "x");
    CHECK_FALSE(one->text("/n"));
    CHECK(one->number("/n") == 5);
    CHECK(one->texts("/m") == std::vector<std::pair<std::string, std::string>>{{"k", "v"}});
    CHECK(one->each("/l", "name") == std::vector<std::string>{"1", "2"});
    CHECK_FALSE(json_text::parse("{"));
    CHECK(json_string("a\"\\\n\xC3\xA9") == "\"a\\\"\\\\\\u000a\xC3\xA9\"");
}

TEST_SUITE_END();

} // namespace mockfleet::common
