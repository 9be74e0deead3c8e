// Recorded requests in reduced and full shape, their bodies by content type (core.md 1.7.1, 2.7.4).
#include "samples.hpp"

#include <vector>

using namespace mockfleet;
using namespace std::string_literals;

namespace {

std::string body_of(const std::string& content_type, const std::string& bytes) {
    std::vector<model::header_view> headers;
    if (content_type != "none") headers.push_back({"Content-Type", content_type});
    const model::request_view view{.method = "POST", .path = "/x", .headers = headers, .body = bytes};
    const auto written = model::to_reduced_json(view);
    return written.find("body") == nullptr ? "none" : json::compact(*written.find("body"));
}

} // namespace

TEST_CASE("the compressed bytes of a body are shown beside it") {
    const model::request_view view{.method = "PUT", .path = "/", .body = "hi", .original_body = "\x1f\x8b"};
    CHECK(
        json::compact(model::to_reduced_json(view)) ==
        R"({"body":"hi","keepAlive":true,"method":"PUT","originalBody":"H4s=","path":"/","protocol":"HTTP_1_1","secure":false})");
    CHECK(json::compact(model::to_full_json(view)).ends_with(R"("body":"hi","originalBody":"H4s="})"));
    const model::request copy(view);
    CHECK(copy.view().original_body == view.original_body);
    CHECK(copy.view().body == "hi");
}

TEST_CASE("reduced and full shape") {
    const std::vector<model::header_view> headers{{"Host", "x"},
                                                  {"b", "1"},
                                                  {"a", "2"},
                                                  {"b", "3"},
                                                  {"Cookie", "s=1; q=\"x y\"; z=a=b; bad; e=; u=\"open"},
                                                  {"cookie", "t=2; s=4"}};
    const model::request_view view{.method = "GET",
                                   .path = "/a%20b",
                                   .query = "z=1&b=2&a=%20x+y&z=3&empty&&e2=&=n#frag&c=4",
                                   .headers = headers,
                                   .local_address = "127.0.0.1:1080",
                                   .remote_address = "127.0.0.1:50332"};
    CHECK(
        json::compact(model::to_reduced_json(view)) ==
        R"({"cookies":{"s":"1","q":"x y","z":"a=b","t":"2"},"headers":{"Host":["x"],"b":["1","3"],"a":["2"],"Cookie":["s=1; q=\"x y\"; z=a=b; bad; e=; u=\"open"],"cookie":["t=2; s=4"]},"keepAlive":true,"method":"GET","path":"/a%20b","protocol":"HTTP_1_1","queryStringParameters":{"z":["1","3"],"b":["2"],"a":[" x y"],"empty":[""],"e2":[""],"":["n"]},"secure":false})");
    CHECK(
        json::compact(model::to_full_json(view)) ==
        R"({"method":"GET","path":"/a%20b","queryStringParameters":{"z":["1","3"],"empty":[""],"e2":[""],"b":["2"],"a":[" x y"],"":["n"]},"headers":{"cookie":["t=2; s=4"],"b":["1","3"],"a":["2"],"Host":["x"],"Cookie":["s=1; q=\"x y\"; z=a=b; bad; e=; u=\"open"]},"cookies":{"s":"1","q":"x y","z":"a=b","t":"2"},"keepAlive":true,"secure":false,"protocol":"HTTP_1_1","localAddress":"127.0.0.1:1080","remoteAddress":"127.0.0.1:50332"})");
}

TEST_CASE("one malformed escape and there are no parameters") {
    for (const char* query : {"a=1&b=%zz", "a=1&%4=x", "a=%"}) {
        CAPTURE(query);
        const model::request_view view{.method = "GET", .path = "/", .query = query};
        CHECK(model::to_reduced_json(view).find("queryStringParameters") == nullptr);
    }
}

TEST_CASE("a request of any bytes is shown as text") {
    const std::vector<model::header_view> headers{{"X\xFF", "\xE9"}};
    const model::request_view view{
        .method = "G\xC3", .path = "/\xFF", .query = "%ff=\xFE", .headers = headers, .body = "\xFF"};
    const auto text = json::compact(model::to_reduced_json(view));
    CHECK(samples::parsed(text).find("path")->as_string() == "/ÿ");
    CHECK(samples::parsed(json::compact(model::to_full_json(view))).find("body")->find("type")->as_string() ==
          "BINARY");
}

TEST_CASE("bodies by content type") {
    const std::tuple<const char*, std::string, const char*> samples[] = {
        {"none", "hello", R"("hello")"},
        {"none", "\xFF\xFE", R"({"type":"BINARY","base64Bytes":"//4="})"},
        {"", "abc", R"("abc")"},
        {"text/plain", "caf\xC3\xA9",
         R"({"type":"STRING","string":"cafÃ©","rawBytes":"Y2Fmw6k=","contentType":"text/plain"})"},
        {"text/plain; charset=\"utf-8\"", "café",
         R"({"type":"STRING","string":"café","rawBytes":"Y2Fmw6k=","contentType":"text/plain; charset=utf-8"})"},
        {"text/plain; charset=iso-8859-1", "caf\xE9",
         R"({"type":"STRING","string":"café","rawBytes":"Y2Fm6Q==","contentType":"text/plain; charset=iso-8859-1"})"},
        {"text/plain; charset=utf-16", "\xFE\xFF\x00\x61"s,
         R"({"type":"STRING","string":"a","rawBytes":"/v8AYQ==","contentType":"text/plain; charset=utf-16"})"},
        {"application/json", R"({"a":1.0, "b": [1,2]})",
         R"({"contentType":"application/json","type":"JSON","json":{"a":1.0,"b":[1,2]},"rawBytes":"eyJhIjoxLjAsICJiIjogWzEsMl19"})"},
        {"application/json", "[1]", R"({"contentType":"application/json","type":"JSON","json":[1]})"},
        {"application/JSON;charset=UTF-8", R"({"a":1.10})", R"({"a":1.10})"},
        {"application/ld+json", R"({"a":1})",
         R"({"contentType":"application/ld+json","type":"JSON","json":{"a":1}})"},
        {"application/json", "{bad",
         R"({"type":"STRING","string":"{bad","rawBytes":"e2JhZA==","contentType":"application/json"})"},
        {"application/x-ndjson", "{}",
         R"({"type":"STRING","string":"{}","rawBytes":"e30=","contentType":"application/x-ndjson"})"},
        {"text/xml; charset=utf-8", "<a/>",
         R"({"type":"XML","xml":"<a/>","rawBytes":"PGEvPg==","contentType":"text/xml; charset=utf-8"})"},
        {"image/png", "abc", R"({"type":"BINARY","base64Bytes":"YWJj","contentType":"image/png"})"},
        {"image/png; charset=utf-8", "abc",
         R"({"type":"BINARY","base64Bytes":"YWJj","contentType":"image/png; charset=utf-8"})"},
        {"application/x-www-form-urlencoded", "a=b",
         R"({"type":"STRING","string":"a=b","rawBytes":"YT1i","contentType":"application/x-www-form-urlencoded"})"},
        {"foo/bar; charset=utf-8", "abc",
         R"({"type":"STRING","string":"abc","rawBytes":"YWJj","contentType":"foo/bar; charset=utf-8"})"},
        {"foo/bar", "abc", R"({"type":"BINARY","base64Bytes":"YWJj","contentType":"foo/bar"})"},
        {"foo", "abc", R"({"type":"STRING","string":"abc","rawBytes":"YWJj","contentType":""})"},
        {"text/plain", "", "none"},
    };
    for (const auto& [type, bytes, written] : samples) {
        const std::string content_type = type;
        CAPTURE(content_type);
        CHECK(body_of(content_type, bytes) == written);
    }
}
