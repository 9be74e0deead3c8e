// Bodies of matchers and responses: how the type is found and what is written (core.md 2.7).
#include "samples.hpp"

using namespace mockfleet;
using samples::refusal;

namespace {

std::string matcher(const std::string& body) {
    const auto written = samples::echoed("{\"httpRequest\":{\"body\":" + body + "},\"httpResponse\":{}}");
    const auto* found = written.find("httpRequest")->find("body");
    return found == nullptr ? "none" : json::compact(*found);
}

std::string response(const std::string& body) {
    const auto written = samples::echoed("{\"httpResponse\":{\"body\":" + body + "}}");
    const auto* found = written.find("httpResponse")->find("body");
    return found == nullptr ? "none" : json::compact(*found);
}

model::body response_body(const std::string& body) {
    return *samples::one("{\"httpResponse\":{\"body\":" + body + "}}").response->body;
}

} // namespace

TEST_CASE("matcher bodies") {
    const std::pair<const char*, const char*> samples[] = {
        {R"("x")", R"("x")"},
        {R"("!x")", R"("!x")"},
        {R"("")", R"("")"},
        {R"([1,2])", R"([1,2])"},
        {R"({})", R"({})"},
        {R"({"string":"x"})", R"("x")"},
        {R"({"type":"STRING","string":"x","contentType":"text/plain"})",
         R"({"type":"STRING","string":"x","rawBytes":"eA==","contentType":"text/plain"})"},
        {R"({"string":"x","charset":"utf-16"})",
         R"({"type":"STRING","string":"x","rawBytes":"/v8AeA==","contentType":"text/plain; charset=utf-16"})"},
        {R"({"string":"x","contentType":"bogus"})", R"("x")"},
        {R"({"string":"x","subString":true})",
         R"({"type":"STRING","string":"x","rawBytes":"eA==","subString":true})"},
        {R"({"not":true,"optional":true,"string":"x"})",
         R"({"not":true,"optional":true,"type":"STRING","string":"x","rawBytes":"eA=="})"},
        {R"({"string":1})", R"("1")"},
        {R"({"regex":"a.*","not":true})", R"({"not":true,"type":"REGEX","regex":"a.*"})"},
        {R"({"type":"REGEX"})", R"({"type":"REGEX","regex":""})"},
        {R"({"json":{"a":1.0,"b":null,"c":"","d":[],"e":{}}})", R"({"a":1.0,"b":null,"c":"","d":[],"e":{}})"},
        {R"({"json":"{\"a\": 1.10}"})", R"({"a":1.10})"},
        {R"({"json":"\"abc\""})", R"("abc")"},
        {R"({"json":"[1,2]","matchType":"STRICT"})", R"({"type":"JSON","json":[1,2],"matchType":"STRICT"})"},
        {R"({"json":{"a":1},"matchNumbersAsStrings":true})",
         R"({"type":"JSON","json":{"a":1},"matchNumbersAsStrings":true})"},
        {R"({"json":{"a":1},"contentType":"application/json"})",
         R"({"contentType":"application/json","type":"JSON","json":{"a":1}})"},
        {R"({"json":{"a":1},"contentType":"application/json; charset=UTF-8"})", R"({"a":1})"},
        {R"({"a":1,"b":{"c":[]}})", R"({"a":1,"b":{"c":[]}})"},
        {R"({"type":"FOO","a":1})", R"({"type":"FOO","a":1})"},
        {R"({"type":"JSON","string":"x"})", R"("x")"},
        {R"({"string":"x","json":{}})", R"({})"},
        {R"({"not":true})", R"({"not":true})"},
        {R"({"base64Bytes":"YWI=","contentType":"image/png"})",
         R"({"type":"BINARY","base64Bytes":"YWI=","contentType":"image/png"})"},
        {R"({"type":"PARAMETERS","parameters":{"a":["b"],"c":"d"}})",
         R"({"type":"PARAMETERS","parameters":{"c":["d"],"a":["b"]}})"},
        {R"({"type":"PARAMETERS","not":true,"parameters":[{"name":"a","values":["1"]}]})",
         R"({"not":true,"type":"PARAMETERS","parameters":{"a":["1"]}})"},
        {R"({"parameters":{"a":["b"]}})", R"({"parameters":{"a":["b"]}})"},
    };
    for (const auto& [source, written] : samples) {
        const char* given = source;
        CAPTURE(given);
        CHECK(matcher(given) == written);
    }
}

TEST_CASE("response bodies") {
    const std::pair<const char*, const char*> samples[] = {
        {R"("x")", R"("x")"},
        {R"("")", "none"},
        {R"({"a":1})", R"({"a":1})"},
        {R"({"json":{"a":1},"matchType":"STRICT"})", R"({"a":1})"},
        {R"({"type":"XML","xml":"<a/>"})", R"({"type":"XML","xml":"<a/>","rawBytes":"PGEvPg=="})"},
        {R"({"xml":"<a/>","contentType":"text/xml"})",
         R"({"type":"XML","xml":"<a/>","rawBytes":"PGEvPg==","contentType":"text/xml"})"},
        {R"({"filePath":"/nope","contentType":"text/plain"})",
         R"({"contentType":"text/plain","filePath":"/nope","type":"FILE"})"},
        {R"({"regex":"a"})", R"({"regex":"a"})"},
        {R"({"base64Bytes":"YWI"})", R"({"type":"BINARY","base64Bytes":"YWI="})"},
    };
    for (const auto& [source, written] : samples) {
        const char* given = source;
        CAPTURE(given);
        CHECK(response(given) == written);
    }
}

TEST_CASE("the text that is served") {
    CHECK(response_body(R"({"x":1,"y":[]})").text == "{\n  \"x\" : 1,\n  \"y\" : [ ]\n}");
    CHECK(response_body(R"({"json":"{\"x\":  1}"})").text == "{\"x\":  1}");
    CHECK(response_body(R"({"base64Bytes":"YWI="})").text == "ab");
    CHECK(response_body(R"({"string":"x","contentType":"text/plain; charset=latin1"})").charset == "latin1");
}

TEST_CASE("bodies that are refused") {
    const auto of = [](const std::string& body) {
        return refusal("{\"httpRequest\":{\"body\":" + body + "},\"httpResponse\":{}}");
    };
    for (const char* type : {"XML", "JSON_SCHEMA", "JSON_PATH", "XML_SCHEMA", "XPATH", "GRAPHQL", "JSON_RPC",
                             "FILE", "WASM", "MULTIPART"}) {
        CAPTURE(type);
        CHECK(of(std::string("{\"type\":\"") + type + "\"}") ==
              std::string("httpRequest.body of type ") + type +
                  " is not supported by this version of mockfleet");
    }
    CHECK(of(R"({"xpath":"/a"})") ==
          "httpRequest.body of type XPATH is not supported by this version of mockfleet");
    CHECK(of(R"({"json":"{a"})").starts_with("httpRequest.body.json is not valid JSON: "));
    CHECK(of(R"({"json":null})") == "httpRequest.body.json is missing");
    CHECK(of(R"({"string":null})") == "httpRequest.body has null where a text is needed");
    CHECK(of(R"({"base64Bytes":"%"})") == "httpRequest.body.base64Bytes is not valid base64");
    CHECK(of(R"({"string":"x","charset":"klingon"})") == "httpRequest.body.charset: unknown charset klingon");
    CHECK(of(R"({"string":"x","not":"y"})") == "httpRequest.body.not must be true or false");
}
