// What an upstream gets of a request, and a client of an upstream's answer.
#include "actions/forward_messages.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

using namespace mockfleet;

namespace {

std::string forwarded(std::vector<model::header_view> headers, std::string_view body = {},
                      std::optional<std::string_view> host = {}, std::optional<std::string_view> path = {}) {
    model::request_view request;
    request.method = "GET";
    request.path = "/a%20b";
    request.query = "q=1";
    request.headers = headers;
    request.body = body;
    return actions::write_forwarded(request, {host, path, "x-by", "me"});
}

std::string relayed(std::vector<model::header_view> headers, actions::relayed_body body,
                    const actions::header_list& extra = {}) {
    std::string made;
    actions::write_relayed(made, {200, "OK", headers, body, 7}, true, extra);
    return made;
}

} // namespace

TEST_CASE("a request is passed on as it came, with the mark of this server") {
    CHECK(forwarded({{"Host", "h"}, {"X-A", "1"}, {"x-a", "2"}}) ==
          "GET /a%20b?q=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nx-by: me\r\n\r\n");
    CHECK(forwarded({{"Host", "h"}}, {}, "other:81", "/b") ==
          "GET /b?q=1 HTTP/1.1\r\nhost: other:81\r\nx-by: me\r\n\r\n");
    CHECK(forwarded({{"Host", "h"}, {"Transfer-Encoding", "chunked"}}, "abc") ==
          "GET /a%20b?q=1 HTTP/1.1\r\nHost: h\r\nx-by: me\r\ncontent-length: 3\r\n\r\nabc");
    CHECK(forwarded({{"Content-Length", "0"}}) ==
          "GET /a%20b?q=1 HTTP/1.1\r\nx-by: me\r\ncontent-length: 0\r\n\r\n");
}

TEST_CASE("headers of one connection are left out") {
    CHECK(forwarded({{"Connection", "close, X-Own , host, content-length"},
                     {"X-Own", "1"},
                     {"Keep-Alive", "1"},
                     {"TE", "trailers"},
                     {"Trailer", "x"},
                     {"Upgrade", "h2c"},
                     {"Proxy-Connection", "x"},
                     {"Proxy-Authorization", "x"},
                     {"Proxy-Authenticate", "x"},
                     {"Expect", "100-continue"},
                     {"Host", "h"},
                     {"Content-Length", "1"}},
                    "x") == "GET /a%20b?q=1 HTTP/1.1\r\nHost: h\r\nx-by: me\r\ncontent-length: 1\r\n\r\nx");
}

TEST_CASE("a compressed body is passed on compressed") {
    model::request_view request;
    const std::vector<model::header_view> headers{{"Content-Encoding", "gzip"}};
    request.method = "POST";
    request.path = "/";
    request.headers = headers;
    request.body = "decoded";
    request.original_body = "packed";
    CHECK(actions::write_forwarded(request, {{}, {}, "x-by", "me"}) ==
          "POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nx-by: me\r\ncontent-length: 6\r\n\r\npacked");
}

TEST_CASE("only codings that can be recorded are asked for") {
    const auto asked = [](std::string_view accepted) {
        const auto text = forwarded({{"Accept-Encoding", accepted}});
        const auto begin = text.find("Accept-Encoding: ") + 17;
        return text.substr(begin, text.find("\r\n", begin) - begin);
    };
    CHECK(asked("gzip, deflate;q=0.5, br") == "gzip, deflate;q=0.5");
    CHECK(asked("br, zstd") == "identity");
    CHECK(asked("*") == "identity");
    CHECK(asked("") == "identity");
}

TEST_CASE("an answer's head") {
    using body = actions::relayed_body;
    CHECK(relayed({{"Content-Length", "3"}, {"A", "1"}}, body::as_announced) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: 1\r\nconnection: keep-alive\r\n\r\n");
    CHECK(relayed({{"Transfer-Encoding", "chunked"},
                   {"Connection", "close, b"},
                   {"B", "1"},
                   {"Proxy-Authenticate", "x"}},
                  body::chunked) == "HTTP/1.1 200 OK\r\nProxy-Authenticate: x\r\nconnection: "
                                    "keep-alive\r\ntransfer-encoding: chunked\r\n\r\n");
    CHECK(relayed({{"Transfer-Encoding", "chunked"}}, body::counted) ==
          "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 7\r\n\r\n");
    CHECK(relayed({{"A", "1"}}, body::as_announced, {{"a", "2"}, {"c", "3"}}) ==
          "HTTP/1.1 200 OK\r\nA: 1\r\nc: 3\r\nconnection: keep-alive\r\n\r\n");
    std::string made;
    actions::write_relayed(made, {404, "", {}, body::until_close, 0}, false);
    CHECK(made == "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
    const std::vector<model::header_view> received{{"Keep-Alive", "1"}, {"A", "1"}};
    actions::write_received(made, {200, "Fine", received, body::chunked, 0});
    CHECK(made.ends_with("close\r\n\r\nHTTP/1.1 200 Fine\r\nA: 1\r\n\r\n"));
}

TEST_CASE("a chunk") {
    std::string out = "x";
    actions::append_chunk(out, std::string(26, 'a'));
    CHECK(out == "x1a\r\n" + std::string(26, 'a') + "\r\n");
}
