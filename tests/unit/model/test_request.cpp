// Owned requests, header look-up, status phrases, units.
#include "model/request.hpp"
#include "model/response.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace mockfleet;

TEST_CASE("headers are found without case; absent differs from empty") {
    const std::array<model::header_view, 3> headers{
        {{"Content-Type", "a"}, {"X-Empty", ""}, {"content-type", "b"}}};
    CHECK(model::find_header(headers, "content-TYPE") == "a");
    CHECK(model::find_header(headers, "x-empty").data() != nullptr);
    CHECK(model::find_header(headers, "host").data() == nullptr);
}

TEST_CASE("an owned request survives its source and a move") {
    const auto make = [] {
        const std::string method = "POST", path = "/a", query = "q=1", name = "X", content = "y",
                          body = "{\"a\":1}";
        const std::array<model::header_view, 1> headers{{{name, content}}};
        const model::request_view view{.method = method,
                                       .path = path,
                                       .query = query,
                                       .headers = headers,
                                       .body = body,
                                       .keep_alive = false,
                                       .secure = true,
                                       .version = model::protocol::http_2,
                                       .local_address = "127.0.0.1:1080",
                                       .remote_address = "127.0.0.1:9",
                                       .head = method};
        return model::request(view);
    };
    auto first = make();
    const auto owned = std::move(first);
    const auto& view = owned.view();
    CHECK(view.method == "POST");
    CHECK(view.path == "/a");
    CHECK(view.query == "q=1");
    REQUIRE(view.headers.size() == 1);
    CHECK(view.headers[0].name == "X");
    CHECK(view.headers[0].value == "y");
    CHECK(view.body == "{\"a\":1}");
    CHECK_FALSE(view.keep_alive);
    CHECK(view.secure);
    CHECK(view.version == model::protocol::http_2);
    CHECK(view.remote_address == "127.0.0.1:9");
    CHECK(view.head.empty());
    const std::string padding(view.body.data() + view.body.size(), 64);
    CHECK(padding == std::string(64, '\0'));
}

TEST_CASE("phrases and units") {
    CHECK(model::standard_reason(200) == "OK");
    CHECK(model::standard_reason(511) == "Network Authentication Required");
    for (const int code : {0, -1, 299, 599, 1000})
        CHECK(model::standard_reason(code).empty());
    CHECK(model::nanoseconds_per(model::time_unit::days) == 86'400'000'000'000);
    CHECK(model::nanoseconds_per(model::time_unit::milliseconds) == 1'000'000);
    CHECK(model::nanoseconds_per(model::time_unit::nanoseconds) == 1);
}
