// Compressed request bodies: which are decoded, what becomes of broken ones, and that a bomb stays small.
#include "http/body_decoder.hpp"
#include "reading.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <zlib.h>

using namespace mockfleet;
using http::content_coding;
using http::decode_body;
using http::decoding;

namespace {

constexpr int gzip_window = 31;
constexpr int zlib_window = 15;
constexpr int raw_window = -15;
constexpr std::size_t padding = 64;

std::string packed(std::string_view text, int window) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// The text, or "broken" or "too large".
std::string unpacked(content_coding coding, std::string_view bytes, std::size_t limit = 1000) {
    std::string out;
    switch (decode_body(coding, bytes, limit, padding, out)) {
    case decoding::done:
        REQUIRE(out.size() >= padding);
        return out.substr(0, out.size() - padding);
    case decoding::too_large:
        return "too large";
    case decoding::broken:
        break;
    }
    return "broken";
}

const std::string text = "hello world";

} // namespace

TEST_CASE("codings by name") {
    CHECK(http::content_coding_of("gzip") == content_coding::gzip);
    CHECK(http::content_coding_of("X-GZip") == content_coding::gzip);
    CHECK(http::content_coding_of("Deflate") == content_coding::deflate);
    CHECK(http::content_coding_of("x-deflate") == content_coding::deflate);
    for (const auto* other : {"", "identity", "br", "zstd", "gzip, gzip", "identity, gzip", "x-", "gzipped"})
        CHECK(http::content_coding_of(other) == content_coding::identity);
}

TEST_CASE("gzip, zlib and raw deflate") {
    CHECK(unpacked(content_coding::gzip, packed(text, gzip_window)) == text);
    CHECK(unpacked(content_coding::deflate, packed(text, zlib_window)) == text);
    CHECK(unpacked(content_coding::deflate, packed(text, raw_window)) == text);
    CHECK(unpacked(content_coding::gzip, packed("", gzip_window)).empty());
    const auto two = packed("hello ", gzip_window) + packed("world", gzip_window);
    CHECK(unpacked(content_coding::gzip, two) == text);
    CHECK(unpacked(content_coding::gzip, packed(text, gzip_window) + "xyz") == text);
    std::string large(900'000, 'a');
    for (std::size_t i = 0; i < large.size(); ++i)
        large[i] = static_cast<char>('a' + i * i % 26);
    CHECK(unpacked(content_coding::gzip, packed(large, gzip_window), large.size()) == large);
}

TEST_CASE("what is cut off gives what is there, what is damaged is broken") {
    const auto whole = packed(text, gzip_window);
    CHECK(unpacked(content_coding::gzip, std::string_view(whole).substr(0, whole.size() - 3)) == text);
    const auto half = unpacked(content_coding::gzip, std::string_view(whole).substr(0, whole.size() - 10));
    CHECK(text.starts_with(half));
    CHECK(half.size() > 5);
    CHECK(unpacked(content_coding::gzip, std::string_view(whole).substr(0, 5)).empty());
    CHECK(unpacked(content_coding::gzip, text) == "broken");
    CHECK(unpacked(content_coding::deflate, text) == "broken");
    auto bad_sum = whole;
    bad_sum[whole.size() - 6] = static_cast<char>(bad_sum[whole.size() - 6] + 1);
    CHECK(unpacked(content_coding::gzip, bad_sum) == "broken");
    CHECK(unpacked(content_coding::gzip, packed("a", gzip_window) + "\x1f\x8bxxxxxxxxxx") == "broken");
}

TEST_CASE("the limit counts the decoded bytes, and a bomb costs no more memory than that") {
    const auto bomb = packed(std::string(20'000'000, '\0'), gzip_window);
    CHECK(bomb.size() < 30'000);
    std::string out;
    CHECK(decode_body(content_coding::gzip, bomb, 100'000, padding, out) == decoding::too_large);
    CHECK(out.capacity() <= 210'000);
    const auto exact = packed(std::string(5000, 'x'), gzip_window);
    CHECK(unpacked(content_coding::gzip, exact, 5000).size() == 5000);
    CHECK(unpacked(content_coding::gzip, exact, 4999) == "too large");
}

TEST_CASE("a reader decodes what the content-encoding names and keeps the bytes received") {
    const auto request = [](const std::string& header, const std::string& body) {
        return "POST /x HTTP/1.1\r\n" + header + "Content-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    };
    const auto body = packed(text, gzip_window);
    const auto compressed = request("content-encoding: gzip\r\n", body);
    const auto plain = request("", text);
    std::string chunked = "POST /x HTTP/1.1\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char c : body)
        chunked += "1\r\n" + std::string(1, c) + "\r\n";
    chunked += "0\r\n\r\n";
    for (const std::size_t step : {7UL, 100'000UL}) {
        const auto seen = reading::read_all(compressed + plain + chunked + compressed + plain, step);
        REQUIRE(seen.requests.size() == 5);
        for (std::size_t i = 0; i < 5; ++i) {
            CHECK(seen.requests[i].body == text);
            CHECK(seen.requests[i].original_body == (i == 1 || i == 4 ? "" : body));
        }
        CHECK(seen.requests[0].headers[0].second == "gzip");
    }
    CHECK(reading::read_all(request("Content-Encoding: br\r\n", text)).requests.at(0).body == text);
    CHECK(reading::read_all(request("Content-Encoding: gzip\r\nContent-Encoding: br\r\n", body))
              .requests.at(0)
              .body == text);
    CHECK(reading::read_all(request("Content-Encoding: gzip\r\n", "")).requests.size() == 1);
    CHECK(reading::read_all(request("Content-Encoding: gzip\r\n", text)).refused == 400);
    http::request_limits limits;
    limits.body = 1000;
    const auto bomb = request("Content-Encoding: gzip\r\n", packed(std::string(100'000, 'x'), gzip_window));
    const auto refused = reading::read_all(bomb + plain, 100'000, limits);
    CHECK(refused.refused == 413);
    CHECK(refused.reason.find("decompressed") != std::string::npos);
}
