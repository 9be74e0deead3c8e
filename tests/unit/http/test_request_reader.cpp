// What a request_reader makes of correct requests, however they are cut, and which limits it keeps.
#include "reading.hpp"

#include <doctest/doctest.h>

#include <string>

using mockfleet::http::request_limits;
using reading::read_all;

TEST_CASE("a request is split into its parts") {
    const auto seen =
        read_all("GET /a/b?x=1&y=%20 HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nx-two:  a b \t\r\n\r\n");
    REQUIRE(seen.requests.size() == 1);
    const auto& request = seen.requests[0];
    CHECK(request.method == "GET");
    CHECK(request.path == "/a/b");
    CHECK(request.query == "x=1&y=%20");
    CHECK(request.body.empty());
    CHECK(request.keep_alive);
    CHECK(request.headers ==
          std::vector<std::pair<std::string, std::string>>{{"Host", "h"}, {"X-Empty", ""}, {"x-two", "a b"}});
    CHECK(request.head.starts_with("GET /a/b"));
    CHECK(request.head.ends_with("\r\n\r\n"));
    CHECK(seen.idle);
}

TEST_CASE("the forms of a target") {
    const auto path_of = [](const std::string& line) {
        const auto seen = read_all(line + " HTTP/1.1\r\n\r\n");
        return seen.requests.empty() ? "refused " + std::to_string(seen.refused)
                                     : seen.requests[0].path + "|" + seen.requests[0].query;
    };
    CHECK(path_of("GET http://host:80/a?b?c") == "/a|b?c");
    CHECK(path_of("GET https://host") == "/|");
    CHECK(path_of("GET http://host?q=1") == "/|q=1");
    CHECK(path_of("OPTIONS *") == "*|");
    CHECK(path_of("CONNECT host:443") == "host:443|");
    CHECK(path_of("GET /?") == "/|");
    CHECK(path_of("GET //host/a") == "//host/a|");
    CHECK(path_of("GET /caf\xc3\xa9/\xff") == "/caf\xc3\xa9/\xff|");
    CHECK(path_of("GET a/b") == "refused 400");
    CHECK(path_of("GET 1http://a/") == "refused 400");
    CHECK(path_of("PURGE /x") == "/x|");
}

TEST_CASE("keep-alive follows version and connection header") {
    const auto keeps = [](const std::string& rest) {
        return read_all("GET / " + rest).requests.at(0).keep_alive;
    };
    CHECK(keeps("HTTP/1.1\r\n\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1\r\nConnection: close\r\n\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1\r\nConnection: TE, Close\r\n\r\n"));
    CHECK_FALSE(keeps("HTTP/1.0\r\n\r\n"));
    CHECK(keeps("HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST_CASE("every way of cutting gives the same requests") {
    const std::string bytes = "\r\nPOST /one HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
                              "PUT /two?q HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n"
                              "3\r\nabc\r\n8;ext=\"q\"\r\n12345678\r\n0\r\nTrailer: t\r\n\r\n"
                              "PUT /none HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                              "GET http://h/three HTTP/1.1\r\n\r\n";
    const auto whole = read_all(bytes);
    REQUIRE(whole.requests.size() == 4);
    CHECK(whole.requests[0].body == "hello");
    CHECK(whole.requests[1].body == "abc12345678");
    CHECK(whole.requests[1].headers.size() == 2); // trailers are dropped
    CHECK(whole.requests[2].body.empty());
    CHECK(whole.requests[3].path == "/three");
    for (std::size_t step = 1; step < 40; ++step)
        CHECK(read_all(bytes, step) == whole);
}

TEST_CASE("bodies larger than the buffer arrive whole, views into moved memory stay right") {
    std::string body(300'000, 'x');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>('a' + i % 26);
    const std::string head = "POST /large?q=1 HTTP/1.1\r\nX-Name: value\r\n";
    const auto by_length = head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    auto chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 1000)
        chunked += "3E8\r\n" + body.substr(at, 1000) + "\r\n";
    chunked += "0\r\n\r\n";
    for (const auto& bytes : {by_length, chunked, by_length + chunked + by_length}) {
        for (const std::size_t step : {997U, 4096U, 70'000U, 1'000'000U}) {
            const auto seen = read_all(bytes, step);
            REQUIRE(!seen.requests.empty());
            for (const auto& request : seen.requests) {
                CHECK(request.body == body);
                CHECK(request.path == "/large");
                CHECK(request.query == "q=1");
                CHECK(request.headers.at(0) == std::pair<std::string, std::string>{"X-Name", "value"});
            }
            CHECK(seen.idle);
        }
    }
}

TEST_CASE("a thousand pipelined requests") {
    std::string bytes;
    for (int i = 0; i < 1000; ++i)
        bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    for (const std::size_t step : {std::size_t{33}, std::size_t{4096}, bytes.size()}) {
        const auto seen = read_all(bytes, step);
        REQUIRE(seen.requests.size() == 1000);
        CHECK(seen.requests[999].path == "/999");
    }
}

TEST_CASE("100-continue is asked for only while the body is missing") {
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    CHECK(read_all(head).continues == 1);
    CHECK(read_all(head + "abc").continues == 0);
    CHECK(read_all(head + "abc", head.size()).continues == 1);
    CHECK(read_all(head + "abc", head.size()).requests.size() == 1);
    CHECK(read_all("POST / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n").continues == 0);
    CHECK(read_all("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").continues == 0);
    CHECK(read_all("POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 200-ok\r\n\r\nabc").refused == 417);
    // Too large a body is refused at once instead of being asked for.
    CHECK(read_all("POST / HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n").refused ==
          413);
}

TEST_CASE("limits") {
    request_limits limits;
    limits.initial_line = 100;
    limits.head = 1000;
    limits.body = 50;
    const auto refused = [&](const std::string& bytes) {
        const auto whole = read_all(bytes, std::string::npos, limits);
        CHECK(read_all(bytes, 7, limits).refused == whole.refused);
        return whole.refused;
    };
    const auto line = [](std::size_t size) {
        return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1\r\n";
    };
    CHECK(refused(line(100) + "\r\n") == 0);
    CHECK(refused(line(101) + "\r\n") == 414);
    CHECK(refused("GET /" + std::string(2000, 'a')) == 414);
    CHECK(refused("GET / HTTP/1.1\r\nA: " + std::string(1000, 'a') + "\r\n\r\n") == 431);
    CHECK(refused("GET / HTTP/1.1\r\nA: " + std::string(1000, 'a')) == 431);
    CHECK(refused("PUT / HTTP/1.1\r\nContent-Length: 50\r\n\r\n" + std::string(50, 'b')) == 0);
    CHECK(refused("PUT / HTTP/1.1\r\nContent-Length: 51\r\n\r\n") == 413);
    const std::string chunked = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto chunk = "14\r\n" + std::string(20, 'c') + "\r\n";
    CHECK(refused(chunked + chunk + chunk + "0\r\n\r\n") == 0);
    CHECK(refused(chunked + chunk + chunk + chunk + "0\r\n\r\n") == 413);
    CHECK(refused(chunked + "FFFFFFFF\r\n") == 413);
}

TEST_CASE("many headers are fine as long as they are small") {
    std::string bytes = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 10'000; ++i)
        bytes += "X" + std::to_string(i) + ": y\r\n";
    bytes += "\r\n";
    const auto seen = read_all(bytes + bytes, 5000);
    REQUIRE(seen.requests.size() == 2);
    for (const auto& request : seen.requests) {
        REQUIRE(request.headers.size() == 10'000);
        CHECK(request.headers.back().first == "X9999");
    }
}

TEST_CASE("a line without a carriage return is refused as soon as it is there") {
    const std::string chunked = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto* rest : {"3\nabc\n0\n\n", "3\n", "3\r\nabc\r\n0\n", "0\r\nA: b\n", "\n"}) {
        CAPTURE(rest);
        CHECK(read_all(chunked + rest).refused == 400);
        CHECK(read_all(chunked + rest, 1).refused == 400);
    }
    for (const auto* head :
         {"GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nA: b\n", "GET / HTTP/1.1\r\n\n", "GET /\n"}) {
        CAPTURE(head);
        CHECK(read_all(head).refused == 400);
        CHECK(read_all(head, 1).refused == 400);
    }
    // Line feeds of a body are no lines.
    for (std::size_t step = 1; step < 9; ++step)
        CHECK(read_all(chunked + "5\r\n\na\n\nb\r\n0\r\n\r\n", step).requests.size() == 1);
}

TEST_CASE("an endless chunk line or trailer is refused") {
    const std::string chunked = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::size_t step : {1000UL, 1'000'000UL}) {
        CHECK(read_all(chunked + "1;a=" + std::string(100'000, 'x'), step).refused == 400);
        CHECK(read_all(chunked + "0\r\nA: " + std::string(100'000, 'x'), step).refused == 400);
        CHECK(read_all(chunked + "1;a=" + std::string(20'000, 'x') + "\r\na\r\n0\r\n\r\n", step).refused ==
              400);
        CHECK(read_all(chunked + "0\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n", step).refused == 431);
    }
}
