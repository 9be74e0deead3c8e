// Expectations: defaults, key order, times, delays, connection options, errors (core.md 2.1 - 2.11).
#include "samples.hpp"

using namespace mockfleet;
using samples::echoed;
using samples::echoed_request;
using samples::echoed_response;
using samples::refusal;

TEST_CASE("the answer to a minimal expectation") {
    CHECK(
        json::pretty(json::array{echoed(
            R"({"httpRequest":{"method":"GET","path":"/hello"},"httpResponse":{"statusCode":200,"body":"hi"},"id":"x"})")}) ==
        R"([ {
  "httpRequest" : {
    "method" : "GET",
    "path" : "/hello"
  },
  "httpResponse" : {
    "statusCode" : 200,
    "body" : "hi"
  },
  "id" : "x",
  "priority" : 0,
  "timeToLive" : {
    "unlimited" : true
  },
  "times" : {
    "unlimited" : true
  }
} ])");
}

TEST_CASE("top-level fields in order") {
    CHECK(
        json::compact(echoed(
            R"({"times":{"remainingTimes":3},"timestamp":"now","priority":-5,"percentage":50,"id":"i","responseMode":"RANDOM","httpResponses":[{},{"statusCode":201}],"timeToLive":{"timeUnit":"SECONDS","timeToLive":60}})")) ==
        R"({"httpResponses":[{},{"statusCode":201}],"id":"i","percentage":50,"priority":-5,"responseMode":"RANDOM","timeToLive":{"timeUnit":"SECONDS","timeToLive":60},"times":{"remainingTimes":3}})");
}

TEST_CASE("times and time to live") {
    const auto times = [](const std::string& text) {
        return json::compact(*echoed("{\"httpResponse\":{},\"times\":" + text + "}").find("times"));
    };
    CHECK(times(R"({"unlimited":true})") == R"({"unlimited":true})");
    CHECK(times(R"({"remainingTimes":3,"unlimited":false})") == R"({"remainingTimes":3})");
    CHECK(times(R"({"remainingTimes":3,"unlimited":true})") == R"({"unlimited":true})");
    CHECK(times(R"({"remainingTimes":2.0})") == R"({"remainingTimes":2})");
    CHECK(times("{}") == R"({"remainingTimes":0})");

    const auto live = [](const std::string& text) {
        return json::compact(*echoed("{\"httpResponse\":{},\"timeToLive\":" + text + "}").find("timeToLive"));
    };
    CHECK(live("{}") == R"({"unlimited":true})");
    CHECK(live(R"({"timeToLive":60})") == R"({"unlimited":true})");
    CHECK(live(R"({"timeUnit":"HOURS"})") == R"({"timeUnit":"HOURS","timeToLive":0})");
    CHECK(live(R"({"endDate":9999999999999,"timeUnit":"SECONDS","timeToLive":60})") ==
          R"({"timeUnit":"SECONDS","timeToLive":60})");
    const auto read = samples::one(
        R"({"httpResponse":{},"timeToLive":{"endDate":9,"timeUnit":"SECONDS","timeToLive":60}})");
    CHECK(read.time_to_live.end_date_ms == 9);
    CHECK(model::to_stored_json(read).find("timeToLive")->find("endDate") != nullptr);
}

TEST_CASE("request fields in order") {
    CHECK(
        echoed_request(
            R"({"originalBody":"YQ==","body":"b","remoteAddress":"r","localAddress":"l","protocol":"HTTP_2","socketAddress":{"host":"h"},"clientCertificateChain":[{"serialNumber":"1"}],"respondBeforeBody":false,"secure":true,"keepAlive":false,"cookies":{"c":"d"},"headers":{"h":["i"]},"queryStringParameters":{"q":["r"]},"pathParameters":{"p":["o"]},"path":"/p","method":"GET","not":true})") ==
        R"({"not":true,"method":"GET","path":"/p","pathParameters":{"p":["o"]},"queryStringParameters":{"q":["r"]},"headers":{"h":["i"]},"cookies":{"c":"d"},"keepAlive":false,"secure":true,"respondBeforeBody":false,"clientCertificateChain":[{"serialNumber":"1"}],"socketAddress":{"host":"h","port":80,"scheme":"HTTP"},"protocol":"HTTP_2","localAddress":"l","remoteAddress":"r","body":"b","originalBody":"YQ=="})");
}

TEST_CASE("response fields in order") {
    CHECK(
        echoed_response(
            R"({"primary":true,"connectionOptions":{"suppressContentLengthHeader":true,"contentLengthHeaderOverride":3,"suppressConnectionHeader":false,"keepAliveOverride":true,"chunkSize":3,"chunkDelay":{"timeUnit":"MILLISECONDS","value":5},"closeSocket":true,"closeSocketDelay":{"timeUnit":"SECONDS","value":1}},"delay":{"timeUnit":"SECONDS","value":1},"reasonPhrase":"R","statusCode":404})") ==
        R"({"statusCode":404,"reasonPhrase":"R","delay":{"timeUnit":"SECONDS","value":1},"connectionOptions":{"chunkDelay":{"timeUnit":"MILLISECONDS","value":5},"chunkSize":3,"closeSocket":true,"closeSocketDelay":{"timeUnit":"SECONDS","value":1},"contentLengthHeaderOverride":3,"keepAliveOverride":true,"suppressConnectionHeader":false,"suppressContentLengthHeader":true},"primary":true})");
}

TEST_CASE("delays with a distribution") {
    CHECK(
        echoed_response(
            R"({"delay":{"timeUnit":"MILLISECONDS","distribution":{"type":"UNIFORM","min":10,"max":50}}})") ==
        R"({"delay":{"distribution":{"max":50,"min":10,"type":"UNIFORM"},"timeUnit":"MILLISECONDS","value":0}})");
    const auto delay_of = [](const std::string& distribution) {
        return *samples::one("{\"httpResponse\":{\"delay\":{\"timeUnit\":\"SECONDS\",\"distribution\":" +
                             distribution + "}}}")
                    .response->delay;
    };
    const auto normal = delay_of(R"({"type":"GAUSSIAN","mean":10,"stdDev":5})");
    CHECK(normal.distribution == model::delay::distribution_kind::gaussian);
    CHECK(normal.unit == model::time_unit::seconds);
    CHECK(normal.first == 10);
    CHECK(normal.second == 5);
    const auto skewed = delay_of(R"({"type":"LOG_NORMAL","median":20,"p99":90})");
    CHECK(skewed.first == 20);
    CHECK(skewed.second == 90);
}

TEST_CASE("errors") {
    const auto written = [](const std::string& error) {
        return json::compact(*echoed("{\"httpError\":" + error + "}").find("httpError"));
    };
    CHECK(
        written(
            R"({"responseBytes":"YWI=","primary":true,"dropConnection":true,"delay":{"timeUnit":"SECONDS","value":1}})") ==
        R"({"delay":{"timeUnit":"SECONDS","value":1},"dropConnection":true,"primary":true,"responseBytes":"YWI="})");
    CHECK(written("{}") == "{}");
    CHECK(written(R"({"responseBytes":""})") == "{}");
    CHECK(refusal(R"({"httpError":{"responseBytes":"%%"}})") ==
          "httpError.responseBytes is not valid base64");
}

TEST_CASE("rules beyond the schema") {
    CHECK(refusal(R"({"httpResponse":{"headers":{"A":["x\u0000y"]}}})") ==
          "httpResponse.headers: the value of \"A\" has a control character, which no header may have");
    CHECK(refusal(R"({"httpResponses":[{"headers":{"A:":["v"]}}]})")
              .find("\"A:\" cannot be the name of a header") != std::string::npos);
    CHECK(refusal(R"({"httpResponse":{},"httpError":{}})") ==
          "when multiple action types are configured, exactly one must be marked as primary");
    CHECK(refusal(R"({"httpResponse":{"primary":true},"httpError":{"primary":true}})") ==
          "when multiple action types are configured, exactly one must be marked as primary");
    CHECK(samples::one(R"({"httpResponse":{"primary":true},"httpError":{}})").error);
    CHECK(refusal(R"({"httpRequest":{"respondBeforeBody":true,"body":"x"},"httpResponse":{}})") ==
          "respondBeforeBody=true cannot be combined with a body matcher: the body has not yet been received "
          "when matching occurs");
    CHECK(refusal(R"({"httpResponse":{},"priority":99999999999})") ==
          "priority: numeric value (99999999999) out of range of int (-2147483648 - 2147483647)");
}

TEST_CASE("the host of a forward is a name or an address") {
    for (const char* host : {"backend", "10.0.0.1", "fe80::1", "[fe80::1]", "a_b.example."}) {
        CAPTURE(host);
        CHECK(samples::one(std::string(R"({"httpForward":{"host":")") + host + "\"}}").forward);
    }
    for (const char* host : {"http://backend", "a b", "a/b", "user@a", "a\\r\\nx: y", "[a", "a]"}) {
        CAPTURE(host);
        CHECK(refusal(std::string(R"({"httpForward":{"host":")") + host + "\"}}") ==
              "httpForward.host must be a host name or an address, without scheme, port or path");
    }
}

TEST_CASE("known features of later versions are refused by name, and nothing is read") {
    CHECK(refusal(R"([{"httpResponse":{}},{"httpForwardTemplate":{"template":"x"}}])") ==
          "httpForwardTemplate is not supported by this version of mockfleet");
    for (const char* field :
         {"httpForwardTemplate", "httpResponseTemplate", "httpSseResponse", "grpcStreamResponse",
          "binaryResponse", "dnsResponse", "httpLlmResponse", "chaos", "rateLimit"}) {
        CAPTURE(field);
        CHECK(refusal(std::string("{\"httpResponse\":{},\"") + field + "\":{}}") ==
              std::string(field) + " is not supported by this version of mockfleet");
    }
    CHECK(refusal(R"({"httpResponse":{},"namespace":"n"})") ==
          "namespace is not supported by this version of mockfleet");
    CHECK(refusal(R"({"steps":[{}]})") == "steps is not supported by this version of mockfleet");
    CHECK(refusal(R"({"httpResponse":{},"beforeActions":[]})") ==
          "beforeActions is not supported by this version of mockfleet");
    CHECK(refusal(R"({"httpResponses":[{}],"responseMode":"SWITCH"})") ==
          "responseMode SWITCH is not supported by this version of mockfleet");
    CHECK(refusal(R"({"httpResponse":{"trailers":{}}})") ==
          "httpResponse.trailers is not supported by this version of mockfleet");
    CHECK(refusal(R"({"httpRequest":{"specUrlOrPayload":"x"},"httpResponse":{}})") ==
          "httpRequest.specUrlOrPayload is not supported by this version of mockfleet");
    CHECK(refusal(R"({"httpRequest":{"jwt":{}},"httpResponse":{}})") ==
          "httpRequest.jwt is not supported by this version of mockfleet");
}

TEST_CASE("documents of the store are checked too") {
    for (const char* text :
         {"1", "{}", R"({"httpResponse":1})", R"({"httpResponse":{},"priority":"x"})",
          R"({"httpResponse":{},"times":1})", R"({"httpResponse":{"delay":{"timeUnit":"X"}}})",
          R"({"httpResponse":{"headers":1}})", R"({"httpRequest":[],"httpResponse":{}})",
          R"({"httpResponses":{}})", R"({"httpError":[]})", R"({"httpResponse":{"body":1}})"}) {
        CAPTURE(text);
        CHECK(!model::expectation_from_json(samples::parsed(text)));
    }
}

TEST_CASE("scenario fields survive, empty ones are left out") {
    const auto made =
        samples::one(R"({"httpResponse":{},"scenarioName":"s","scenarioState":"a","newScenarioState":"b",
        "crossProtocolScenarios":[{"trigger":"HTTP_REQUEST","matchPattern":"/p","scenarioName":"x","targetState":"t"}]})");
    CHECK(made.scenario_name == "s");
    CHECK(made.scenario_state == "a");
    CHECK(made.new_scenario_state == "b");
    REQUIRE(made.cross_protocol_scenarios.size() == 1);
    CHECK(made.cross_protocol_scenarios.front().trigger == model::scenario_trigger::http_request);
    CHECK(*model::expectation_from_json(model::to_stored_json(made)) == made);
    const auto empty = json::compact(model::to_json(samples::one(
        R"({"httpResponse":{},"scenarioName":"","scenarioState":"","crossProtocolScenarios":[]})")));
    CHECK(empty.find("cenario") == std::string::npos);
}
