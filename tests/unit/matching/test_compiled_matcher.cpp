// Method, path, path parameters, flags and the negation of a whole matcher.
#include "sample_request.hpp"

using namespace mockfleet;
using namespace mockfleet::matching;

TEST_CASE("no matcher and an empty matcher match everything") {
    request_facts facts;
    const sample_request request("BREW /pot?x=1", {{"A", "b"}}, "body");
    facts.begin(request.view());
    CHECK(compiled_matcher().matches(facts));
    CHECK(compiled_matcher::compile(nullptr, direction::forward).matches(facts));
    CHECK(matched("{}", request));
    CHECK(matched(R"({"method":"","path":" ","body":"","cookies":[],"queryStringParameters":[]})", request));
}

TEST_CASE("method and path are whole, case-insensitive, regular expressions") {
    CHECK(matched(R"({"method":"GET"})", "get /a"));
    CHECK_FALSE(matched(R"({"method":"GET"})", "HEAD /a"));
    CHECK(matched(R"({"method":"GET|POST"})", "POST /a"));
    CHECK_FALSE(matched(R"({"method":"!GET"})", "GET /a"));
    CHECK(matched(R"({"method":{"not":true,"value":"GET"}})", "POST /a"));
    CHECK(matched(R"({"path":"/api/v[0-9]+"})", "/API/v2"));
    CHECK_FALSE(matched(R"({"path":"/api/v[0-9]+"})", "/api/v2/x"));
    CHECK_FALSE(matched(R"({"path":"/a"})", "/a/"));
    CHECK(matched(R"({"path":"/a"})", "/a?x=1"));
    CHECK_FALSE(matched(R"({"path":"/a b"})", "/a%20b"));
    CHECK_FALSE(matched(R"({"path":"!/a.*"})", "/ab"));
    CHECK(matched(R"({"path":"!/a.*"})", "/b"));
    CHECK(matched(R"({"path":"?/a"})", "/a"));
    CHECK_FALSE(matched(R"({"path":"?/a"})", "/b"));
}

TEST_CASE("flags compare for equality") {
    sample_request request("/");
    CHECK(matched(R"({"keepAlive":true,"secure":false,"protocol":"HTTP_1_1"})", request));
    CHECK_FALSE(matched(R"({"keepAlive":false})", request));
    CHECK_FALSE(matched(R"({"secure":true})", request));
    CHECK_FALSE(matched(R"({"protocol":"HTTP_2"})", request));
    request.view().version = model::protocol::http_2;
    CHECK(matched(R"({"protocol":"HTTP_2"})", request));
}

TEST_CASE("path parameters turn the path into a template") {
    constexpr auto one = R"({"path":"/u/{id}","pathParameters":{"id":["[0-9]+"]}})";
    CHECK(matched(one, "/u/12"));
    CHECK(matched(one, "/U/1/"));
    CHECK(matched(one, "/u/.1"));
    CHECK(matched(one, "/u/;id=1"));
    CHECK_FALSE(matched(one, "/u/x"));
    CHECK_FALSE(matched(one, "/u/1/2"));
    CHECK_FALSE(matched(one, "/u"));
    CHECK_FALSE(matched(one, "//u//1"));
    CHECK_FALSE(matched(R"({"path":"/u/{id}"})", "/u/1"));
    CHECK(matched(R"({"path":"/u/{id}"})", "/u/{id}"));
    CHECK(matched(R"({"pathParameters":{"id":["1"]}})", "/"));
    CHECK(matched(R"({"path":"/{x}/b/{y}","pathParameters":{"x":["1"],"y":["2"]}})", "/1/b/2"));
    CHECK_FALSE(matched(R"({"path":"/{x}/b/{y}","pathParameters":{"x":["1"],"y":["2"]}})", "/2/b/1"));
    CHECK(matched(R"({"path":"/u/{id}/[0-9]+","pathParameters":{"id":["1"]}})", "/u/1/33"));
    CHECK_FALSE(matched(R"({"path":"/u/{id}/x{b}","pathParameters":{"id":["1"]}})", "/u/1/xb"));
    CHECK_FALSE(matched(R"({"path":"/u/x","pathParameters":{"id":["1"]}})", "/u/x"));
    CHECK(matched(R"({"path":"/u/x","pathParameters":{"?id":["1"]}})", "/u/x"));
}

TEST_CASE("path parameter values are split by style") {
    const auto two = [](std::string_view style) {
        return R"({"path":"/u/{id}","pathParameters":{"id":{"parameterStyle":")" + std::string(style) +
               R"(","values":["1","2"]}}})";
    };
    constexpr auto plain = R"({"path":"/u/{id}","pathParameters":{"id":["1","2"]}})";
    CHECK(matched(plain, "/u/2,1,3"));
    CHECK_FALSE(matched(plain, "/u/1"));
    CHECK(matched(two("LABEL"), "/u/.1,2"));
    CHECK_FALSE(matched(two("LABEL"), "/u/.1.2"));
    CHECK(matched(two("LABEL_EXPLODED"), "/u/.1.2"));
    CHECK(matched(two("MATRIX"), "/u/;id=1,2"));
    CHECK_FALSE(matched(two("MATRIX"), "/u/;id=1;id=2"));
    CHECK(matched(two("MATRIX_EXPLODED"), "/u/;id=1;id=2"));
    CHECK(matched(R"({"path":"/u/{;id*}","pathParameters":{"id":["1","2"]}})", "/u/;id=1,2"));
    CHECK(matched(R"({"path":"/u/{.id}","pathParameters":{"id":["1","2"]}})", "/u/.1,2"));
}

TEST_CASE("not inverts the whole matcher") {
    auto source = matcher_of(R"({"path":"/a","method":"GET"})");
    source.negated = true;
    const auto compiled = compiled_matcher::compile(&source, direction::forward);
    request_facts facts;
    for (const auto& [line, expected] :
         {std::pair{"GET /a", false}, std::pair{"POST /a", true}, std::pair{"GET /b", true}}) {
        const sample_request request(line);
        facts.begin(request.view());
        CHECK(compiled.matches(facts) == expected);
    }
    CHECK(compiled.indexable_path() == nullptr);
}

TEST_CASE("the index is told a path only where it decides") {
    const auto path_of = [](std::string_view json) {
        const auto source = matcher_of(json);
        const auto compiled = compiled_matcher::compile(&source, direction::forward);
        const auto* path = compiled.indexable_path();
        return path == nullptr ? std::string("none") : std::string(path->source());
    };
    CHECK(path_of(R"({"path":"/a"})") == "/a");
    CHECK(path_of(R"({"path":"?/a"})") == "/a");
    CHECK(path_of(R"({"path":"!/a"})") == "none");
    CHECK(path_of(R"({"path":" "})") == "none");
    CHECK(path_of(R"({"method":"GET"})") == "none");
    CHECK(path_of(R"({"path":"/u/{id}","pathParameters":{"id":["1"]}})") == "/u/.*");
}

TEST_CASE("a pattern that is no regular expression is named") {
    const auto source = matcher_of(R"({"path":"/users/{id}","headers":{"A":["[","ok.*"]}})");
    std::vector<std::string> warnings;
    const auto compiled = compiled_matcher::compile(&source, direction::forward, &warnings);
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0].starts_with("path pattern \"/users/{id}\" is no valid regular expression"));
    CHECK(warnings[1].starts_with("header pattern \"[\""));
}

TEST_CASE("verification also takes the request's text for the expression") {
    CHECK(matched(R"({"path":"/x"})", sample_request("/.*"), direction::control_plane));
    CHECK_FALSE(matched(R"({"path":"/x"})", sample_request("/.*")));
    CHECK_FALSE(matched(R"({"path":"!/x"})", sample_request("/.*"), direction::control_plane));
    CHECK(
        matched(R"({"headers":{"A":["x"]}})", sample_request("/", {{"A", ".*"}}), direction::control_plane));
    CHECK_FALSE(matched(R"({"path":"/x"})", sample_request("/[a"), direction::control_plane));
    CHECK(matched(R"({"path":"/a"})", sample_request("/ab{0,1}"), direction::control_plane));
    CHECK(matched(R"({"path":"/a"})", sample_request("/ab*"), direction::control_plane));
    CHECK(matched(R"({"path":"/a"})", sample_request("x|/A"), direction::control_plane));
    CHECK(matched(R"({"path":"/abc"})", sample_request("/AB."), direction::control_plane));
    CHECK_FALSE(matched(R"({"path":"/a"})", sample_request("/ab."), direction::control_plane));
}
