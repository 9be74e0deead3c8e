// Bodies: string, substring, regex, binary, parameters (core.md 3.6).
#include "sample_request.hpp"

using namespace mockfleet;
using namespace mockfleet::matching;

namespace {

bool body(std::string_view rule, std::string text, std::string content_type = {}) {
    sample_request::header_list headers;
    if (!content_type.empty()) headers.emplace_back("Content-Type", std::move(content_type));
    return matched(R"({"body":)" + std::string(rule) + "}",
                   sample_request("POST /", std::move(headers), std::move(text)));
}

} // namespace

TEST_CASE("a string is compared exactly") {
    CHECK(body(R"("abc")", "abc"));
    CHECK_FALSE(body(R"("abc")", "ABC"));
    CHECK_FALSE(body(R"("abc")", "abcd"));
    CHECK_FALSE(body(R"("abc")", ""));
    CHECK_FALSE(body(R"("a.c")", "abc"));
    CHECK(body(R"("")", "anything"));
    CHECK(body(R"(" ")", ""));
    CHECK(body(R"("abc")", "abc", "application/json"));
    CHECK(body(R"("\u00e9")", "\xE9", "text/plain"));
    CHECK_FALSE(body(R"("abc")", "abc", "application/octet-stream"));
}

TEST_CASE("marks of string bodies") {
    CHECK_FALSE(body(R"("!abc")", "abc"));
    CHECK(body(R"("!abc")", ""));
    CHECK(body(R"("?abc")", "abc"));
    CHECK_FALSE(body(R"("?abc")", ""));
    CHECK(body(R"({"type":"STRING","string":"b","not":true})", "c"));
    CHECK_FALSE(body(R"({"type":"STRING","string":"b","not":true})", "b"));
    CHECK(body(R"({"type":"STRING","string":"!b","not":true})", "b"));
    CHECK_FALSE(body(R"({"type":"STRING","string":"!b","not":true})", ""));
    CHECK(body(R"({"type":"STRING","string":"b","optional":true})", ""));
    CHECK_FALSE(body(R"({"type":"STRING","string":"b","optional":true})", "c"));
    CHECK(body(R"({"type":"STRING","string":"b","optional":true,"not":true})", ""));
    CHECK_FALSE(body(R"({"type":"STRING","string":"b","optional":true,"not":true})", "b"));
}

TEST_CASE("substring") {
    CHECK(body(R"({"type":"STRING","string":"b","subString":true})", "abc"));
    CHECK_FALSE(body(R"({"type":"STRING","string":"b","subString":true})", "aBc"));
    CHECK_FALSE(body(R"({"type":"STRING","string":"b","subString":true})", ""));
    CHECK(body(R"({"type":"STRING","string":"","subString":true})", ""));
    CHECK_FALSE(body(R"({"type":"STRING","string":"!b","subString":true})", "abc"));
}

TEST_CASE("regex bodies match as a whole and never an absent body") {
    CHECK(body(R"({"type":"REGEX","regex":"a.*c"})", "A\nC"));
    CHECK_FALSE(body(R"({"type":"REGEX","regex":"a.*c"})", "xabc"));
    CHECK_FALSE(body(R"({"type":"REGEX","regex":".*"})", ""));
    CHECK(body(R"({"type":"REGEX","regex":""})", ""));
    CHECK(body(R"({"type":"REGEX","regex":"["})", "["));
    CHECK(body(R"({"type":"REGEX","regex":"!a.*c"})", "xabc"));
    CHECK(body(R"({"type":"REGEX","regex":"a.*c","not":true})", ""));
    CHECK(body(R"({"type":"REGEX","regex":"a.*c","optional":true})", ""));
}

TEST_CASE("binary bodies compare the bytes as received") {
    CHECK(body(R"({"type":"BINARY","base64Bytes":"YWJj"})", "abc"));
    CHECK(body(R"({"type":"BINARY","base64Bytes":"YWJj"})", "abc", "application/octet-stream"));
    CHECK_FALSE(body(R"({"type":"BINARY","base64Bytes":"YWJj"})", "ABC"));
    CHECK(body(R"({"type":"BINARY","base64Bytes":"6Q=="})", "\xE9", "text/plain"));
    CHECK(body(R"({"type":"BINARY","base64Bytes":"YWJj","not":true})", ""));
    CHECK(body(R"({"type":"BINARY","base64Bytes":"YWJj","optional":true})", ""));
    CHECK(body(R"({"type":"BINARY","base64Bytes":""})", "abc"));
}

TEST_CASE("parameters read the body as a form") {
    constexpr auto one = R"({"type":"PARAMETERS","parameters":{"a":["x y"]}})";
    CHECK(body(one, "a=x+y&b=2"));
    CHECK(body(one, "b=2;a=x%20y", "application/x-www-form-urlencoded"));
    CHECK_FALSE(body(one, "a=x"));
    CHECK_FALSE(body(one, ""));
    CHECK_FALSE(body(one, "a=x+y&b=%zz"));
    CHECK(body(R"({"type":"PARAMETERS","parameters":{"!a":[".*"]}})", ""));
    CHECK(body(R"({"type":"PARAMETERS","parameters":{"a":["1"]},"not":true})", "a=2"));
    CHECK(body(R"({"type":"PARAMETERS","parameters":{"a":["1"]},"optional":true})", ""));
    CHECK(body(R"({"type":"PARAMETERS","parameters":{}})", "a=1"));
    CHECK(body(R"({"type":"PARAMETERS","parameters":{"a":{"parameterStyle":"FORM","values":["1","2"]}}})",
               "a=1,2"));
}

TEST_CASE("verification takes string bodies without case and not as expressions") {
    CHECK(matched(R"({"body":"X"})", sample_request("POST /", {}, "x"), direction::control_plane));
    CHECK_FALSE(matched(R"({"body":"x"})", sample_request("POST /", {}, ".*"), direction::control_plane));
    CHECK(matched(R"({"body":{"type":"REGEX","regex":"x"}})", sample_request("POST /", {}, ".*"),
                  direction::control_plane));
}
