// Key/value containers and texts in requests and responses (core.md 2.5, 2.6).
#include "samples.hpp"

using namespace mockfleet;
using samples::echoed_request;
using samples::echoed_response;
using samples::refusal;

TEST_CASE("array and object form are one container, written as an object in descending order") {
    CHECK(
        echoed_request(
            R"({"headers":[{"name":"Accept","values":["a","b"]},{"name":"X","values":[]},{"name":"Accept","values":["c"]}]})") ==
        R"({"headers":{"Accept":["a","b","c"]}})");
    CHECK(echoed_request(R"({"headers":{"b":["1"],"a":"2","c":["3"],"A":["4"]}})") ==
          R"({"headers":{"c":["3"],"b":["1"],"a":["2"],"A":["4"]}})");
    CHECK(
        echoed_request(
            R"({"cookies":[{"name":"z","value":"1"},{"name":"a","value":"2"},{"name":"z","value":"3"}]})") ==
        R"({"cookies":{"z":"3","a":"2"}})");
    CHECK(echoed_request(R"({"queryStringParameters":[],"headers":{},"cookies":[],"method":"","path":""})") ==
          "{}");
    CHECK(echoed_response(R"({"headers":{"a":["b"],"c":"d"},"cookies":{"x":"y"}})") ==
          R"({"headers":{"c":["d"],"a":["b"]},"cookies":{"x":"y"}})");
}

TEST_CASE("marks and long texts") {
    CHECK(echoed_request(R"({"method":"!GET","path":{"value":"/x","not":true,"optional":true}})") ==
          R"({"method":"!GET","path":"?!/x"})");
    CHECK(echoed_request(R"({"path":{"value":"!a"}})") == R"({"path":{"not":false,"value":"!a"}})");
    CHECK(echoed_request(R"({"path":{"value":"?a","optional":true}})") ==
          R"({"path":{"not":false,"optional":true,"value":"?a"}})");
    CHECK(echoed_request(R"({"path":{"value":"!a","not":true}})") == R"({"path":"!!a"})");
    CHECK(echoed_request(R"({"method":{"not":true},"path":"!"})") == "{}");
    CHECK(echoed_request(R"({"headers":{"!X":["!!a",""],"?y":[{"value":"v","optional":true}]}})") ==
          R"({"headers":{"?y":["?v"],"!X":["!!a",""]}})");
    CHECK(echoed_request(R"({"cookies":{"!a":"?b","c":{"not":true,"value":"d"}}})") ==
          R"({"cookies":{"!a":"?b","c":"!d"}})");
}

TEST_CASE("key match style and parameter styles") {
    CHECK(echoed_request(R"({"headers":{"keyMatchStyle":"MATCHING_KEY","a":["b"]}})") ==
          R"({"headers":{"keyMatchStyle":"MATCHING_KEY","a":["b"]}})");
    CHECK(echoed_request(R"({"queryStringParameters":{"keyMatchStyle":"SUB_SET","a":"b"}})") ==
          R"({"queryStringParameters":{"a":["b"]}})");
    CHECK(echoed_request(R"({"cookies":{"keyMatchStyle":"MATCHING_KEY","a":"b"}})") ==
          R"({"cookies":{"keyMatchStyle":"MATCHING_KEY","a":"b"}})");
    CHECK(
        echoed_request(
            R"({"queryStringParameters":{"a":{"parameterStyle":"PIPE_DELIMITED","values":["1","2"]},"b":{"values":["1"]}}})") ==
        R"({"queryStringParameters":{"b":{"parameterStyle":"FORM_EXPLODED","values":["1"]},"a":{"parameterStyle":"PIPE_DELIMITED","values":["1","2"]}}})");
}

TEST_CASE("the store's form keeps the order in which headers were given") {
    const auto read = samples::one(R"({"httpResponse":{"headers":{"A":["1"],"B":["2"]}}})");
    CHECK(json::compact(*model::to_stored_json(read).find("httpResponse")) ==
          R"({"headers":{"A":["1"],"B":["2"]}})");
}

TEST_CASE("what cannot be told apart or is not served is refused") {
    CHECK(refusal(R"({"httpRequest":{"path":{"schema":{"type":"string"}}},"httpResponse":{}})") ==
          "httpRequest.path.schema is not supported by this version of mockfleet");
    CHECK(refusal(R"({"httpRequest":{"headers":[{"values":["x"]}]},"httpResponse":{}})") ==
          "httpRequest.headers has an entry without a name");
    CHECK(refusal(
              R"({"httpRequest":{"headers":[{"name":{"value":"!x"},"values":["x"]}]},"httpResponse":{}})") ==
          "httpRequest.headers has a name that itself begins with ! or ?");
}

TEST_CASE("many names are merged without comparing each with each") {
    std::string headers;
    for (int i = 0; i < 20'000; ++i) {
        headers +=
            "{\"name\":\"h" + std::to_string(i % 10'000) + "\",\"values\":[\"" + std::to_string(i) + "\"]},";
    }
    const auto read = samples::one("{\"httpRequest\":{\"headers\":[" + headers + "]},\"httpResponse\":{}}");
    REQUIRE(read.request->headers.entries.size() == 10'000);
    CHECK(read.request->headers.entries.back().values.size() == 2);
}
