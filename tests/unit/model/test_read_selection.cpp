// What clear, retrieve, verify and verifySequence are asked for (core.md 1.5, 1.7 - 1.9).
#include "samples.hpp"

using namespace mockfleet;

TEST_CASE("selections") {
    const auto nothing = model::read_selection(" \n");
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing->matcher);
    CHECK_FALSE(nothing->expectation_id);
    CHECK(nothing->echo.empty());

    const auto all = model::read_selection("{}");
    REQUIRE(all.has_value());
    CHECK_FALSE(all->matcher);
    CHECK(all->echo == "{ }");

    for (const char* text : {R"({"path":"/a"})", R"({"httpRequest":{"path":"/a"}})"}) {
        const auto read = model::read_selection(text);
        REQUIRE(read.has_value());
        REQUIRE(read->matcher);
        CHECK(read->matcher->path.value == "/a");
    }
    for (const char* text : {R"({"id":"x"})", R"({"httpRequest":{"id":"x"}})"}) {
        const auto read = model::read_selection(text);
        REQUIRE(read.has_value());
        CHECK(read->expectation_id == "x");
    }
}

TEST_CASE("selections that are refused") {
    const auto text = [](std::string_view body) {
        const auto read = model::read_selection(body);
        REQUIRE_MESSAGE(!read, body);
        return read.error().message;
    };
    CHECK(text(R"({"id":""})") == "No expectation id specified found \"\"");
    CHECK(text(R"({"httpRequest":{"id":" "}})") == "No expectation id specified found \" \"");
    CHECK(text("\"\"").find("$: string found, object expected") != std::string::npos);
    CHECK(text(R"({"id":1})").find("  6 errors:\n") != std::string::npos);
    CHECK(text(R"({"httpRequest":{"foo" : 1}})")
              .starts_with("incorrect request matcher json format for:\n\n  {\"foo\":1}\n\n schema"));
    CHECK(
        text("\n{\"foo\":1}\n\n")
            .starts_with("incorrect request matcher json format for:\n\n  \n  {\"foo\":1}\n  \n\n\n schema"));
    CHECK(text("{") == "incorrect request matcher json format for:\n\n  {\n\n schema validation errors:\n\n  "
                       "JsonEOFException - Unexpected "
                       "end-of-input: expected close marker for Object (start marker at [line: 1, column: "
                       "1])\n   at [line: 1, column: 2]");
    CHECK(text(R"({"openAPIDefinition":{"specUrlOrPayload":"x"}})") ==
          "httpRequest.specUrlOrPayload is not supported by this version of mockfleet");
}

TEST_CASE("verifications") {
    const auto plain = model::read_verification(R"({"httpRequest":{"path":"/a"}})");
    REQUIRE(plain.has_value());
    CHECK(plain->request->path.value == "/a");
    CHECK(plain->times == model::verification_times{1, 1});
    CHECK_FALSE(plain->maximum_requests_in_failure);

    CHECK(model::read_verification(R"({"httpRequest":{},"times":{}})")->times ==
          model::verification_times{1, 1});
    CHECK(model::read_verification(R"({"httpRequest":{},"times":{"atLeast":2}})")->times ==
          model::verification_times{2, std::nullopt});
    CHECK(model::read_verification(R"({"httpRequest":{},"times":{"atLeast":-1,"atMost":3}})")->times ==
          model::verification_times{std::nullopt, 3});
    const auto by_id = model::read_verification(
        R"({"expectationId":{"id":"x"},"maximumNumberOfRequestToReturnInVerificationFailure":5})");
    REQUIRE(by_id.has_value());
    CHECK(by_id->expectation_id == "x");
    CHECK(by_id->maximum_requests_in_failure == 5);
}

TEST_CASE("verifications that are refused") {
    const auto text = [](std::string_view body) {
        const auto read = model::read_verification(body);
        REQUIRE_MESSAGE(!read, body);
        return read.error().message;
    };
    const std::string tail =
        "\n\nOpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x\n"
        "Documentation: https://mock-server.com/mock_server/creating_expectations.html";
    CHECK(text("") == "1 error:\n - a verification is required but value was \"null\"" + tail);
    CHECK(text(" ") == "1 error:\n - a verification is required but value was \"\"" + tail);
    CHECK(text("abc").find("\n\n  JsonParseException - Unrecognized token 'abc'") != std::string::npos);
    CHECK(text("{}").find("  5 errors:\n") != std::string::npos);
    CHECK(text(R"({"expectationId":{"id":""}})") == "No expectation id specified found \"\"");
    CHECK(text(R"({"httpRequest":{},"timeout":-1})").find("$.timeout: must have a minimum value of 0") !=
          std::string::npos);
    CHECK(text(R"({"httpRequest":{},"disposition":"X"})")
              .find("$.disposition: does not have a value in the enumeration [\"MOCKED\", \"FORWARDED\"]") !=
          std::string::npos);
    CHECK(text(R"({"disposition":"MOCKED"})").find("0 are valid") != std::string::npos);
    CHECK(text(R"({"httpRequest":{},"expectationId":{"id":"x"},"httpResponse":{}})").find("2 are valid") !=
          std::string::npos);
    CHECK(text(R"({"httpResponse":{"statusCode":"x"}})")
              .find("$.httpResponse.statusCode: string found, integer expected") != std::string::npos);
    CHECK(text(R"({"httpRequest":{},"times":{"atLeast":-2}})") ==
          R"(exception while parsing [{"httpRequest":{},"times":{"atLeast":-2}}] for Verification)");
    CHECK(text(R"({"httpRequest":{},"times":{"atLeast":99999999999}})")
              .starts_with("times.atLeast: numeric value"));
}

TEST_CASE("verifications of responses") {
    const auto read = model::read_verification(
        R"({"expectationId":{"id":"x"},"httpResponse":{"statusCode":201,"reasonPhrase":"!Made","headers":{"a":["b"]},"cookies":{"s":"v"},"body":{"type":"REGEX","regex":"x.*"},"statusCodeRange":"2XX","primary":true},"disposition":"FORWARDED","timeout":70000})");
    REQUIRE(read.has_value());
    REQUIRE(read->response.has_value());
    CHECK(read->disposition == model::disposition::forwarded);
    CHECK(read->timeout_ms == 70000);
    CHECK(read->patience() == model::longest_verification);
    CHECK(read->response->status_code == 201);
    CHECK(read->response->reason.negated);
    CHECK(read->response->body->kind == model::body_kind::regex);
    const auto echoed = json::compact(model::to_json(*read->response));
    CHECK(
        echoed ==
        R"({"statusCode":201,"statusCodeRange":"2XX","reasonPhrase":"!Made","headers":{"a":["b"]},"cookies":{"s":"v"},"body":{"type":"REGEX","regex":"x.*"},"primary":true})");
    CHECK(model::response_matcher_from_json(model::to_stored_json(*read->response)).value() ==
          *read->response);
    CHECK(model::read_verification(R"({"httpResponse":{}})")->response == model::response_matcher{});
    CHECK(model::read_verification(R"({"httpResponse":{}})")->patience().count() == 0);
    const auto list = model::read_verification_sequence(R"({"httpResponses":[{"statusCode":201},{}]})");
    REQUIRE(list.has_value());
    CHECK(list->responses.size() == 2);
    CHECK(list->requests.empty());
    CHECK(!model::read_verification_sequence(R"({"httpRequests":[],"disposition":"MOCKED"})"));
}

TEST_CASE("sequences") {
    const auto requests = model::read_verification_sequence(R"({"httpRequests":[{"path":"/a"},{}]})");
    REQUIRE(requests.has_value());
    CHECK_FALSE(requests->by_id);
    CHECK(requests->requests.size() == 2);
    const auto ids = model::read_verification_sequence(R"({"expectationIds":[{"id":"x"},{"id":"y"}]})");
    REQUIRE(ids.has_value());
    CHECK(ids->by_id);
    CHECK(ids->expectation_ids == std::vector<std::string>{"x", "y"});
    CHECK(model::read_verification_sequence(R"({"httpRequests":[]})")->requests.empty());
    CHECK(model::read_verification_sequence("").error().message.starts_with(
        "1 error:\n - a verification sequence is required but value was \"null\""));
    CHECK(!model::read_verification_sequence(R"({"httpRequests":[],"expectationIds":[]})"));
    CHECK(!model::read_verification_sequence(R"({"httpRequests":[null]})"));
}

TEST_CASE("expected requests in the reduced shape") {
    const auto read = model::read_selection(
        R"({"method":"!GET","path":"?/a","pathParameters":{"b":["1"]},"queryStringParameters":{"!q":["?v"]},"headers":{"B":["1","!2"]},"cookies":{"a":{"not":true,"value":"x"},"b":""},"secure":true,"keepAlive":false,"protocol":"HTTP_2","body":{"not":true,"string":"x"}})");
    REQUIRE(read.has_value());
    CHECK(
        json::compact(model::to_reduced_json(*read->matcher)) ==
        R"({"body":{"not":true,"type":"STRING","string":"x","rawBytes":"eA=="},"cookies":{"a":"x"},"headers":{"B":["1","2"]},"keepAlive":false,"method":"GET","path":"/a","protocol":"HTTP_2","queryStringParameters":{"q":["v"]},"secure":true})");
    CHECK(json::pretty(model::to_reduced_json(model::request_matcher{})) == "{ }");
}
