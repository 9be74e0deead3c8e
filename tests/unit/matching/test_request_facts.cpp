// What is derived from a request: decoding, cookies, text of bodies.
#include "matching/request_facts.hpp"
#include "sample_request.hpp"
#include "json/reader.hpp"

using namespace mockfleet;
using namespace mockfleet::matching;

namespace {

std::string shown(std::span<const name_value> entries) {
    std::string out;
    for (const auto& entry : entries)
        out.append(entry.name).append("=").append(entry.value).append("|");
    return out;
}

std::string query_of(std::string_view target) {
    const sample_request request(target);
    request_facts facts;
    facts.begin(request.view());
    return shown(facts.query());
}

std::string cookies_of(sample_request::header_list headers) {
    const sample_request request("/", std::move(headers));
    request_facts facts;
    facts.begin(request.view());
    return shown(facts.cookies());
}

std::string text_of(std::string body, std::string content_type) {
    sample_request::header_list headers;
    if (!content_type.empty()) headers.emplace_back("content-TYPE", std::move(content_type));
    const sample_request request("POST /", std::move(headers), std::move(body));
    request_facts facts;
    facts.begin(request.view());
    return std::string(facts.body_text());
}

} // namespace

TEST_CASE("query parameters are decoded in order") {
    CHECK(query_of("/").empty());
    CHECK(query_of("/?a=1&b=2&a=3") == "a=1|b=2|a=3|");
    CHECK(query_of("/?a%20b=c+d%2B%41&e") == "a b=c d+A|e=|");
    CHECK(query_of("/?&&q=1&") == "q=1|");
    CHECK(query_of("/?=5&q=1;r=2") == "5=|q=1;r=2|");
    CHECK(query_of("/?q=a=b") == "q=a=b|");
    CHECK(query_of("/?q=1#f") == "q=1|");
    CHECK(query_of("/?x=1?y=2") == "x=1?y=2|");
}

TEST_CASE("a malformed escape leaves no parameters") {
    CHECK(query_of("/?a=1&q=%zz").empty());
    CHECK(query_of("/?a=1&q=%4").empty());
    CHECK(query_of("/?a=1&q=%").empty());
    CHECK(query_of("/?a=1&q=%41") == "a=1|q=A|");
}

TEST_CASE("cookies are read leniently, the first of a name counts") {
    CHECK(cookies_of({{"Cookie", "t=2; s=1"}}) == "t=2|s=1|");
    CHECK(cookies_of({{"cookie", "s=1"}, {"COOKIE", "t=2"}}) == "s=1|t=2|");
    CHECK(cookies_of({{"Cookie", "s=2; s=1"}}) == "s=2|");
    CHECK(cookies_of({{"Cookie", "s=\"a b\"; t=a=b"}}) == "s=a b|t=a=b|");
    CHECK(cookies_of({{"Cookie", "s; =3; ;,u=1 ; v= 2"}}) == "u=1 |v= 2|");
    CHECK(cookies_of({{"Cookie", "$Version=1; t=1; $Path=/"}}) == "t=1|");
    CHECK(cookies_of({{"Cookie", ""}, {"Other", "a=1"}}).empty());
    std::string many;
    for (int i = 0; i < 50; ++i)
        many += "c" + std::to_string(i % 40) + "=" + std::to_string(i) + ";";
    const auto kept = cookies_of({{"Cookie", many}});
    CHECK(kept.find("c9=9|") != std::string::npos);
    CHECK(kept.find("c9=49|") == std::string::npos);
}

TEST_CASE("the body as text depends on the content type") {
    CHECK(text_of("gr\xC3\xBC\xC3\x9F", "") == "gr\xC3\xBC\xC3\x9F");
    CHECK(text_of("\xE9", "text/plain") == "\xC3\xA9");
    CHECK(text_of("\xC3\xA9", "text/plain; charset=utf-8") == "\xC3\xA9");
    CHECK(text_of("\xC3\xA9", "application/json") == "\xC3\xA9");
    CHECK(text_of("\xE9", "application/json; charset=ISO-8859-1") == "\xC3\xA9");
    CHECK(text_of(std::string("\0a", 2), "text/plain; charset=UTF-16BE") == "a");
    CHECK(text_of("abc", "application/octet-stream") == "YWJj");
    CHECK(text_of("\xFF", "") == "/w==");
    CHECK(text_of("", "application/octet-stream").empty());
}

TEST_CASE("facts of one request do not leak into the next") {
    request_facts facts;
    const sample_request first("POST /Abc?q=1", {{"Cookie", "a=1"}, {"Content-Type", "application/json"}},
                               "{\"a\":1}");
    facts.begin(first.view());
    CHECK(facts.lower_path() == "/abc");
    CHECK(shown(facts.query()) == "q=1|");
    CHECK(shown(facts.cookies()) == "a=1|");
    REQUIRE(facts.body_json() != nullptr);
    const sample_request second("/X", {}, "{bad");
    facts.begin(second.view());
    CHECK(facts.lower_path() == "/x");
    CHECK(facts.query().empty());
    CHECK(facts.cookies().empty());
    CHECK(facts.body_json() == nullptr);
    CHECK(facts.body_text() == "{bad");
}

TEST_CASE("a form is a JSON object of typed parameters") {
    const sample_request request("POST /", {{"Content-Type", "application/x-www-form-urlencoded"}},
                                 "a=true&b=x&c=01&d=1.0&e=&f&g=null&h=1&h=y&i=1e3&j=-&k=1%202");
    request_facts facts;
    facts.begin(request.view());
    REQUIRE(facts.body_json() != nullptr);
    json::value expected;
    REQUIRE_FALSE(
        json::parse_tolerant("{\"a\":true,\"b\":\"x\",\"c\":1,\"d\":1.0,\"e\":\"\",\"f\":\"\",\"g\":null,"
                             "\"h\":[1,\"y\"],\"i\":1e3,\"j\":\"-\",\"k\":\"1 2\"}",
                             expected));
    CHECK(facts.body_json()->copy() == expected);
}
