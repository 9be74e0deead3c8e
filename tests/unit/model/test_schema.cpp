// The error bodies of core.md 1.2, byte for byte, and the messages of each kind of rule.
#include "model/schema.hpp"
#include "samples.hpp"

#include <string>
#include <vector>

using namespace mockfleet;
using samples::parsed;

namespace {

using messages = std::vector<std::string>;

messages of_expectation(const std::string& fields) {
    return model::schema::validate(parsed("{\"httpResponse\":{}," + fields + "}"),
                                   model::schema::expectation_rule);
}

messages of_response(const std::string& fields) {
    return model::schema::validate(parsed("{\"httpResponse\":{" + fields + "}}"),
                                   model::schema::expectation_rule);
}

/// Messages about a request matcher without the five that any bad one brings.
messages of_matcher(const std::string& text) {
    messages out;
    for (auto& message : model::schema::validate(parsed(text), model::schema::request_matcher_rule)) {
        if (message.find(": is missing") == std::string::npos) out.push_back(message);
    }
    return out;
}

std::string undefined(const std::string& path) {
    return path + ": is not defined in the schema and the schema does not allow additional properties";
}

std::string none_valid(const std::string& path) {
    return path + ": should be valid to one and only one schema, but 0 are valid";
}

} // namespace

TEST_CASE("vector A: an unknown field and no action") {
    const auto read = model::read_expectations(
        R"({"httpRequest":{"path":"/path_one"},"incorrectField":{"body":"some_body_one"},"times":{"remainingTimes":1},"timeToLive":{"unlimited":true}})");
    REQUIRE(!read);
    CHECK(read.error().message ==
          R"(incorrect expectation json format for:

  {
    "httpRequest" : {
      "path" : "/path_one"
    },
    "incorrectField" : {
      "body" : "some_body_one"
    },
    "times" : {
      "remainingTimes" : 1
    },
    "timeToLive" : {
      "unlimited" : true
    }
  }

 schema validation errors:

  23 errors:
   - $.binaryResponse: is missing but it is required
   - $.dnsResponse: is missing but it is required
   - $.grpcBidiResponse: is missing, but is required, if specifying action of type GrpcBidiResponse
   - $.grpcStreamResponse: is missing, but is required, if specifying action of type GrpcStreamResponse
   - $.httpError: is missing, but is required, if specifying action of type Error
   - $.httpForward: is missing, but is required, if specifying action of type Forward
   - $.httpForwardClassCallback: is missing, but is required, if specifying action of type ForwardClassCallback
   - $.httpForwardObjectCallback: is missing, but is required, if specifying action of type ForwardObjectCallback
   - $.httpForwardTemplate: is missing, but is required, if specifying action of type ForwardTemplate
   - $.httpForwardValidateAction: is missing, but is required, if specifying action of type ForwardValidateAction
   - $.httpForwardWithFallback: is missing, but is required, if specifying action of type ForwardWithFallback
   - $.httpLlmResponse: is missing, but is required, if specifying action of type LlmResponse
   - $.httpOverrideForwardedRequest: is missing, but is required, if specifying action of type OverrideForwardedRequest
   - $.httpResponse: is missing, but is required, if specifying action of type Response
   - $.httpResponseClassCallback: is missing, but is required, if specifying action of type ResponseClassCallback
   - $.httpResponseObjectCallback: is missing, but is required, if specifying action of type ResponseObjectCallback
   - $.httpResponseTemplate: is missing, but is required, if specifying action of type ResponseTemplate
   - $.httpResponses: is missing, but is required, if specifying action of type Responses
   - $.httpSseResponse: is missing, but is required, if specifying action of type SseResponse
   - $.httpWebSocketResponse: is missing, but is required, if specifying action of type WebSocketResponse
   - $.incorrectField: is not defined in the schema and the schema does not allow additional properties
   - $.steps: is missing but it is required
   - oneOf of the following must be specified [httpError, httpForward, httpForwardClassCallback, httpForwardObjectCallback, httpForwardTemplate, httpForwardValidateAction, httpForwardWithFallback, httpOverrideForwardedRequest, httpResponse, httpResponseClassCallback, httpResponseObjectCallback, httpResponseTemplate]
  
  OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x
  Documentation: https://mock-server.com/mock_server/creating_expectations.html)");
}

TEST_CASE("vector B: a request matcher with wrong types") {
    const auto read = model::read_selection(R"({"path":500,"method":true,"keepAlive":"false"})");
    REQUIRE(!read);
    CHECK(read.error().message ==
          R"(incorrect request matcher json format for:

  {"path":500,"method":true,"keepAlive":"false"}

 schema validation errors:

  10 errors:
   - $.anyOf: is missing but it is required
   - $.binaryData: is missing but it is required
   - $.dnsName: is missing but it is required
   - $.if: is missing but it is required
   - $.keepAlive: string found, boolean expected
   - $.method: boolean found, string expected
   - $.method: should be valid to one and only one schema, but 0 are valid
   - $.path: integer found, string expected
   - $.path: should be valid to one and only one schema, but 0 are valid
   - $.specUrlOrPayload: is missing, but is required, if specifying OpenAPI request matcher
  
  OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x
  Documentation: https://mock-server.com/mock_server/creating_expectations.html)");
}

TEST_CASE("vector C: a verification") {
    const auto read = model::read_verification(R"({"httpRequest":{"path":"/a"},"times":1})");
    REQUIRE(!read);
    CHECK(read.error().message ==
          R"(incorrect verification json format for:

  {"httpRequest":{"path":"/a"},"times":1}

 schema validation errors:

  1 error:
   - $.times: integer found, object expected
  
  OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x
  Documentation: https://mock-server.com/mock_server/creating_expectations.html)");
}

TEST_CASE("vector D: a verification sequence") {
    const auto read = model::read_verification_sequence(R"({"httpRequest":[{"path":"/a"}]})");
    REQUIRE(!read);
    CHECK(read.error().message ==
          R"(incorrect verification sequence json format for:

  {"httpRequest":[{"path":"/a"}]}

 schema validation errors:

  6 errors:
   - $.expectationIds: is missing but it is required
   - $.httpRequest: is not defined in the schema and the schema does not allow additional properties
   - $.httpRequests: is missing, but is required, if specifying action of type Requests
   - $.httpResponses: is missing, but is required, if specifying action of type Responses
   - $: should be valid to one and only one schema, but 0 are valid
   - oneOf of the following must be specified [httpError, httpForward, httpForwardClassCallback, httpForwardObjectCallback, httpForwardTemplate, httpForwardValidateAction, httpForwardWithFallback, httpOverrideForwardedRequest, httpResponse, httpResponseClassCallback, httpResponseObjectCallback, httpResponseTemplate]
  
  OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x
  Documentation: https://mock-server.com/mock_server/creating_expectations.html)");
}

TEST_CASE("vector E: several bad elements of one array") {
    const auto read =
        model::read_expectations(R"([1, {"httpResponse":{}}, {"foo":[1,{"b":2}],"httpResponse":{}}])");
    REQUIRE(!read);
    CHECK(read.error().message ==
          R"([
  incorrect expectation json format for:
  
    1
  
   schema validation errors:
  
    1 error:
     - $: integer found, object expected
    
    OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x
    Documentation: https://mock-server.com/mock_server/creating_expectations.html,
  
  incorrect expectation json format for:
  
    {
      "foo" : [
        1,
        {
          "b" : 2
        }
      ],
      "httpResponse" : { }
    }
  
   schema validation errors:
  
    1 error:
     - $.foo: is not defined in the schema and the schema does not allow additional properties
    
    OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x
    Documentation: https://mock-server.com/mock_server/creating_expectations.html
])");
}

TEST_CASE("types and bounds of fields") {
    CHECK(of_expectation(R"("id":1)") == messages{"$.id: integer found, string expected"});
    CHECK(of_expectation(R"("priority":1.5)") == messages{"$.priority: number found, integer expected"});
    CHECK(of_expectation(R"("priority":2.0)").empty());
    CHECK(of_expectation(R"("percentage":101)") ==
          messages{"$.percentage: must have a maximum value of 100"});
    CHECK(of_expectation(R"("percentage":-1)") == messages{"$.percentage: must have a minimum value of 0"});
    CHECK(of_expectation(R"("times":null)") == messages{"$.times: null found, object expected"});
    CHECK(of_expectation(R"("times":{"a":1})") == messages{undefined("$.times.a")});
    CHECK(of_expectation(R"("httpResponses":[])") ==
          messages{"$.httpResponses: must have at least 1 items but found 0"});
    CHECK(of_expectation(R"("httpResponses":[{"x":1},{"statusCode":"y"}])") ==
          messages{undefined("$.httpResponses[0].x"),
                   "$.httpResponses[1].statusCode: string found, integer expected"});
    CHECK(of_expectation(R"("httpForward":true)") ==
          messages{"$.httpForward: boolean found, object expected"});
    CHECK(
        of_expectation(R"("responseMode":"X")") ==
        messages{
            R"($.responseMode: does not have a value in the enumeration ["SEQUENTIAL", "RANDOM", "WEIGHTED", "SWITCH"])"});
    CHECK(of_response(R"("statusCode":1.5)") ==
          messages{"$.httpResponse.statusCode: must have a minimum value of 100",
                   "$.httpResponse.statusCode: number found, integer expected"});
    CHECK(of_response(R"("delay":{"distribution":{"min":1}})") ==
          messages{"$.httpResponse.delay.distribution.type: is missing, but is required, if specifying "
                   "action of type "
                   "Response.delay.distribution.type"});
    CHECK(
        of_response(R"("delay":{"distribution":{"type":1}})") ==
        messages{
            R"($.httpResponse.delay.distribution.type: does not have a value in the enumeration ["UNIFORM", "LOG_NORMAL", "GAUSSIAN"])",
            "$.httpResponse.delay.distribution.type: integer found, string expected"});
    CHECK(of_response(R"("connectionOptions":{"closeSocket":"a","x":1})") ==
          messages{"$.httpResponse.connectionOptions.closeSocket: string found, boolean expected",
                   undefined("$.httpResponse.connectionOptions.x")});
}

TEST_CASE("texts") {
    CHECK(of_matcher(R"({"path":["a"]})") ==
          messages{"$.path: array found, string expected", none_valid("$.path")});
    CHECK(of_matcher(R"({"method":{"value":1,"x":2}})") ==
          messages{"$.method.value: integer found, string expected", undefined("$.method.x"),
                   "$.method: object found, string expected", none_valid("$.method")});
    CHECK(of_matcher(R"({"method":{"schema":1}})") ==
          messages{"$.method.schema: integer found, [object, boolean] expected",
                   "$.method: object found, string expected", none_valid("$.method")});
}

TEST_CASE("containers") {
    CHECK(of_matcher(R"({"headers":"a"})") == messages{none_valid("$.headers"),
                                                       "$.headers: string found, array expected",
                                                       "$.headers: string found, object expected"});
    CHECK(of_matcher(R"({"headers":[{"name":1,"values":"x","y":1},2]})") ==
          messages{"$.headers: array found, object expected", none_valid("$.headers"),
                   "$.headers[0].name: integer found, string expected", none_valid("$.headers[0].name"),
                   "$.headers[0].values: string found, array expected", undefined("$.headers[0].y"),
                   "$.headers[1]: integer found, object expected"});
    CHECK(of_matcher(R"({"cookies":[{"name":"a","values":["b"]}]})") ==
          messages{"$.cookies: array found, object expected", none_valid("$.cookies"),
                   undefined("$.cookies[0].values")});

    auto keys = of_matcher(R"({"headers":{"x":[1],"y":["z"]}})");
    REQUIRE(keys.size() == 8);
    CHECK(keys[0] == "$.headers.x: array found, string expected");
    CHECK(keys[1] == undefined("$.headers.x"));
    CHECK(keys[2] == none_valid("$.headers.x"));
    CHECK(keys[3] == "$.headers.x[0]: integer found, string expected");
    CHECK(keys[4] == none_valid("$.headers.x[0]"));
    CHECK(keys[5] == undefined("$.headers.y"));
    CHECK(keys[6].starts_with("$.headers: invalid header format, the following are valid examples: \n\n"));
    CHECK(keys[7] == none_valid("$.headers"));

    const auto blank = of_matcher(R"({"queryStringParameters":{"":["x"],"a b":["y"]}})");
    REQUIRE(blank.size() == 4);
    CHECK(blank[0] == undefined("$.queryStringParameters.a b"));
    CHECK(blank[1].starts_with("$.queryStringParameters: invalid parameter format"));
    CHECK(blank[2] == "$.queryStringParameters: property '' is not defined in the schema and the schema does "
                      "not allow additional properties");

    const auto styled =
        of_matcher(R"({"queryStringParameters":{"a":{"parameterStyle":"X","values":["1"]}}})");
    REQUIRE(styled.size() == 9);
    CHECK(styled[0].starts_with(
        "$.queryStringParameters.a.parameterStyle: does not have a value in the enumeration [\"SIMPLE\", "));
    CHECK(styled[1] == undefined("$.queryStringParameters.a.parameterStyle"));
    CHECK(styled[2] == undefined("$.queryStringParameters.a.values"));
    CHECK(of_matcher(R"({"queryStringParameters":{"keyMatchStyle":"X"}})").size() == 4);
    CHECK(of_matcher(R"({"queryStringParameters":{"keyMatchStyle":1}})").size() == 5);
    CHECK(of_matcher(R"({"queryStringParameters":{"a":{"parameterStyle":1}}})").size() == 9);
}

TEST_CASE("request definitions of other kinds") {
    CHECK(of_matcher(R"({"specUrlOrPayload":"x"})").empty());
    CHECK(of_matcher(R"({"dnsName":"a","dnsType":"A"})").empty());
    CHECK(of_matcher(R"({"specUrlOrPayload":1})") ==
          messages{"$.specUrlOrPayload: integer found, string expected"});
    CHECK(of_matcher(R"({"dnsName":1})") ==
          messages{"$.dnsName: integer found, string expected", undefined("$.dnsName")});
    CHECK(of_matcher(R"({"path":"/a","dnsName":"x"})") == messages{undefined("$.dnsName")});
    CHECK(of_matcher(R"({"protocol":"http_2"})") ==
          messages{R"($.protocol: does not have a value in the enumeration ["HTTP_1_1", "HTTP_2", "HTTP_3"])",
                   undefined("$.protocol")});
    CHECK(of_matcher("7") == messages{"$: integer found, object expected"});
}

TEST_CASE("bodies are texts, documents or typed objects") {
    const auto body = of_matcher(R"({"body":1})");
    REQUIRE(body.size() == 1);
    CHECK(body[0].starts_with("$.body: should match one of its valid types: "));
    CHECK(of_matcher(R"({"body":{"anything":[1]}})").empty());
    CHECK(of_response(R"("body":null)").size() == 1);
}

TEST_CASE("verifications name exactly one kind of thing") {
    const auto of = [](const std::string& text) {
        return model::schema::validate(parsed(text), model::schema::verification_rule);
    };
    const std::string two =
        "$: should be valid to one and only one schema, but 2 are valid with indexes '0, 1'";
    CHECK(of(R"({"httpRequest":{},"expectationId":{"id":"x"}})") == messages{two});
    CHECK(of("[]") == messages{"$: array found, object expected", two});
    CHECK(of(R"({"expectationId":{}})") == messages{"$.expectationId.id: is missing but it is required"});
    CHECK(of(R"({"httpRequest":{},"disposition":"X"})") ==
          messages{R"($.disposition: does not have a value in the enumeration ["MOCKED", "FORWARDED"])"});
    CHECK(of(R"({"httpRequest":{},"times":{"atLeast":"1","foo":2}})") ==
          messages{"$.times.atLeast: string found, integer expected", undefined("$.times.foo")});
}
