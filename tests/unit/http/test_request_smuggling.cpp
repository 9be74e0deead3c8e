// Requests that two parties could frame differently: refused, and nothing behind them is read as a request.
#include "reading.hpp"

#include <doctest/doctest.h>

#include <string>

using reading::read_all;

namespace {

const std::string second = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/// Refused with 400 whole and in pieces, and no request of the bytes was taken.
void check_refused(const std::string& request) {
    CAPTURE(request);
    for (const std::size_t step : {std::size_t{1}, std::size_t{5}, std::string::npos}) {
        const auto seen = read_all(request + second, step);
        CHECK(seen.refused == 400);
        CHECK(seen.requests.empty());
    }
}

std::string post(const std::string& headers, const std::string& body = "0\r\n\r\n") {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

} // namespace

TEST_CASE("two ways to frame a body") {
    check_refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
    check_refused(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"));
    check_refused(post("Content-Length: 5\r\nContent-Length: 6\r\n"));
    check_refused(post("Content-Length: 5, 6\r\n"));
    check_refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
    check_refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"));
}

TEST_CASE("lengths that are no plain decimal number") {
    for (const std::string length :
         {"-1", "+5", "0x5", "5 5", "5;", "", " ", "5a", "١", "18446744073709551616",
          "99999999999999999999999", "5.0", "1e1", ",", "5,"})
        check_refused(post("Content-Length: " + length + "\r\n", "hello"));
}

TEST_CASE("transfer encodings other than chunked") {
    for (const std::string coding : {"gzip", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked",
                                     "xchunked", "\"chunked\"", "chunked;q=1", "",
                                     "\x0b"
                                     "chunked",
                                     "chunked\x0b"})
        check_refused(post("Transfer-Encoding: " + coding + "\r\n"));
    check_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_CASE("header lines") {
    check_refused(post("Host: other\r\n"));
    check_refused(post("X: a\r\n b\r\n"));                     // folded
    check_refused(post("X:\r\n b\r\n"));                       // folded, first line blank
    check_refused(post("X: a\r\n \r\n"));                      // folded, second line blank
    check_refused(post("Transfer-Encoding:\r\n chunked\r\n")); // folded
    check_refused(post(" X: a\r\n"));                          // blank in front
    check_refused(post("Content-Length : 5\r\n", "hello"));    // blank before the colon
    check_refused(post("Content-Length\t: 5\r\n", "hello"));
    check_refused(post("Content Length: 5\r\n", "hello"));
    check_refused(post("X\r\n"));
    check_refused(post(": x\r\n"));
    check_refused(post("X: a\nTransfer-Encoding: chunked\r\n")); // bare LF
    check_refused(post("X: a\rTransfer-Encoding: chunked\r\n")); // bare CR
    check_refused(post(std::string("X: a\0b\r\n", 8)));
    check_refused(post("X\xc3\xa9: a\r\n"));
    check_refused("GET / HTTP/1.1\nHost: h\n\n");
    check_refused("GET / HTTP/1.1\r\nHost: h\n\r\n");
}

TEST_CASE("request lines") {
    for (const std::string line :
         {"GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET / HTTP/1.2",
          "GET / HTTP/2.0", "GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/11", "GET /", "GET / ",
          "GET HTTP/1.1", "G@T / HTTP/1.1", "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\x7f HTTP/1.1",
          "\x16\x03\x01\x02 / HTTP/1.1"})
        check_refused(line + "\r\n\r\n");
}

TEST_CASE("chunks") {
    const std::string headers = "Transfer-Encoding: chunked\r\n";
    for (const std::string body : {"-1\r\n\r\n",
                                   "+1\r\na\r\n0\r\n\r\n",
                                   "0x1\r\na\r\n0\r\n\r\n",
                                   "G\r\n\r\n",
                                   "\r\n\r\n\r\n",
                                   " 1\r\na\r\n0\r\n\r\n",
                                   "1 \r\na\r\n0\r\n\r\n", // blank behind the size without an extension
                                   "10000000000000001\r\na\r\n0\r\n\r\n", // more than 64 bits
                                   "1\na\r\n0\r\n\r\n",
                                   "1\r\na\n0\r\n\r\n",               // bare LF
                                   "1\r\nab\r\n0\r\n\r\n",            // longer than announced
                                   "2\r\na\r\n0\r\n\r\n\r\n",         // shorter than announced
                                   "1;a\nb\r\na\r\n0\r\n\r\n",        // bare LF in an extension
                                   "1;a=\"\n\"\r\na\r\n0\r\n\r\n",    // bare LF in a quoted extension
                                   "1;a=\"\r\nb\"\r\na\r\n0\r\n\r\n", // CRLF in a quoted extension
                                   "1;\r\na\r\n0\r\n\r\n",
                                   "1 a\r\na\r\n0\r\n\r\n",
                                   "1\r\na\r\n0\r\nX: a\r\n b\r\n\r\n", // folded trailer
                                   "1\r\na\r\n0\r\nX : a\r\n\r\n",
                                   "1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n",
                                   "1\r\na\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"})
        check_refused(post(headers, body));
}

TEST_CASE("what is correct is not refused, and the second request is read as one") {
    for (const auto& request :
         {post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
          post("Content-Length: 05\r\n", "hello"),
          post("Transfer-Encoding: Chunked\r\n", "5;a=\"b;c\";d\r\nhello\r\n0\r\n\r\n"),
          post("Content-Length: 36\r\n", "GET /inner HTTP/1.1\r\nHost: inner\r\n\r\n")}) {
        CAPTURE(request);
        const auto seen = read_all(request + second);
        CHECK(seen.refused == 0);
        REQUIRE(seen.requests.size() == 2);
        CHECK(seen.requests[1].path == "/smuggled");
    }
}
