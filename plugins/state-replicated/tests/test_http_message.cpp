// HTTP responses in pieces.
#include "net/http_message.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mockfleet::replicated;
using progress = http_response_reader::progress;

TEST_CASE("a response with a length is read whatever its pieces") {
    const std::string text =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        http_response_reader reader;
        CHECK(reader.feed(text.substr(0, cut)) == progress::more);
        REQUIRE(reader.feed(text.substr(cut)) == progress::done);
        CHECK(reader.status() == 200);
        CHECK(reader.is_json());
        CHECK(reader.keep_alive());
        CHECK(reader.body() == "hello");
    }
}

TEST_CASE("chunks and trailers, then the next response of the same connection") {
    const std::string text = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
                             "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
                             "HTTP/1.1 204 No Content\r\n\r\n";
    http_response_reader reader;
    REQUIRE(reader.feed(text) == progress::done);
    CHECK(reader.status() == 404);
    CHECK(reader.body() == "abc0123456789");
    REQUIRE(reader.start_next() == progress::done);
    CHECK(reader.status() == 204);
    CHECK(reader.body().empty());
    CHECK(reader.start_next() == progress::more);
}

TEST_CASE("a body until the end of the connection") {
    http_response_reader reader;
    CHECK(reader.feed("HTTP/1.0 200 OK\r\n\r\nabc") == progress::more);
    CHECK(reader.end_of_stream() == progress::done);
    CHECK(reader.body() == "abc");
    CHECK_FALSE(reader.keep_alive());
}

TEST_CASE("what is no HTTP is broken") {
    CHECK(http_response_reader().feed("SSH-2.0-x\r\n") == progress::broken);
    CHECK(http_response_reader().feed("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n") == progress::broken);
    CHECK(http_response_reader().feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") ==
          progress::broken);
    CHECK(http_response_reader().feed(std::string(70'000, 'x')) == progress::broken);
}
