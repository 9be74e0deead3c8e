// Answers of upstreams, whole and in pieces of every size.
#include "upstream/response_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

using namespace mockfleet::upstream;
using outcome = response_reader::outcome;

namespace {

const response_limits limits{2000, 5000};

struct answer {
    std::string head;
    std::string body;
    std::string broken;
    bool complete = false;
    bool reusable = false;
    response_head::framing framing = response_head::framing::none;
    std::uint64_t length = 0;
};

/// Reads one answer from `bytes` in reads of `size`; what is left over stays unread.
answer read(std::string_view bytes, std::size_t size, expected_body body = expected_body::as_framed,
            bool ends = false, response_reader* given = nullptr) {
    response_reader own(limits);
    auto& reader = given != nullptr ? *given : own;
    reader.begin(body);
    answer made;
    for (bool ended = false;;) {
        const auto got = reader.next();
        if (got == outcome::head) {
            const auto& head = reader.head();
            made.head = std::to_string(head.status) + " " + std::string(head.reason);
            for (const auto& header : head.headers)
                made.head += "|" + std::string(header.name) + "=" + std::string(header.value);
            made.framing = head.body;
            made.length = head.length;
        } else if (got == outcome::piece) {
            REQUIRE_FALSE(reader.piece().empty());
            made.body += reader.piece();
        } else if (got == outcome::complete) {
            made.complete = true;
            made.reusable = reader.reusable();
            return made;
        } else if (got == outcome::broken) {
            made.broken = reader.why();
            REQUIRE_FALSE(made.broken.empty());
            return made;
        } else if (!bytes.empty()) {
            const auto room = reader.room();
            const auto taken = std::min({room.size(), size, bytes.size()});
            REQUIRE(taken > 0);
            std::memcpy(room.data(), bytes.data(), taken);
            reader.received(taken);
            bytes.remove_prefix(taken);
        } else if (ends && !ended) {
            reader.ended();
            ended = true;
        } else {
            return made;
        }
    }
}

template <class Check>
void in_all_pieces(std::string_view bytes, bool ends, Check&& check) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7},
                                   std::size_t{64}, std::size_t{100000}}) {
        CAPTURE(size);
        check(read(bytes, size, expected_body::as_framed, ends));
    }
}

} // namespace

TEST_CASE("an answer with a length") {
    in_all_pieces("HTTP/1.1 201 Made\r\nA: 1\r\nContent-Length: 5\r\nB:\t2 \r\n\r\nhello", false,
                  [](const answer& got) {
                      CHECK(got.head == "201 Made|A=1|Content-Length=5|B=2");
                      CHECK(got.body == "hello");
                      CHECK(got.complete);
                      CHECK(got.reusable);
                      CHECK(got.framing == response_head::framing::length);
                      CHECK(got.length == 5);
                  });
}

TEST_CASE("an answer in chunks") {
    in_all_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
                  false, [](const answer& got) {
                      CHECK(got.head == "200 OK|Transfer-Encoding=chunked");
                      CHECK(got.body == "abc0123456789");
                      CHECK(got.complete);
                      CHECK(got.reusable);
                  });
}

TEST_CASE("an answer that ends with the connection") {
    in_all_pieces("HTTP/1.0 200 OK\r\n\r\nhello", true, [](const answer& got) {
        CHECK(got.body == "hello");
        CHECK(got.complete);
        CHECK_FALSE(got.reusable);
    });
}

TEST_CASE("answers without a body") {
    for (const std::string_view bytes :
         {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
        const auto got = read(bytes, 5);
        CHECK(got.complete);
        CHECK(got.reusable);
        CHECK(got.body.empty());
    }
    const auto head = read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 5, expected_body::none);
    CHECK(head.complete);
    CHECK(head.reusable);
    const auto chunked =
        read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 5, expected_body::none);
    CHECK(chunked.complete);
    CHECK(chunked.reusable);
}

TEST_CASE("interim answers are skipped") {
    in_all_pieces("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
                  "OK\r\nContent-Length: 1\r\n\r\nx",
                  false, [](const answer& got) {
                      CHECK(got.head == "200 OK|Content-Length=1");
                      CHECK(got.complete);
                      CHECK(got.reusable);
                  });
    std::string many;
    for (int i = 0; i < 40; ++i)
        many += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK_FALSE(read(many, 1000).broken.empty());
}

TEST_CASE("one answer after another over the same connection") {
    response_reader reader(limits);
    const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + std::string(3000, 'x');
    for (int i = 0; i < 5; ++i) {
        const auto got = read(bytes, 700, expected_body::as_framed, false, &reader);
        CHECK(got.complete);
        CHECK(got.reusable);
        CHECK(got.body.size() == 3000);
    }
    const auto chunked = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 9,
                              expected_body::as_framed, false, &reader);
    CHECK(chunked.body == "x");
    CHECK(chunked.reusable);
}

TEST_CASE("a connection is not used again when the answer says so or more has come") {
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 100).reusable);
    CHECK_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 100).reusable);
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", 100).reusable);
}

TEST_CASE("what is broken") {
    for (const std::string_view bytes : {
             "garbage\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
             "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc",
             "HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n",
             "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n",
         }) {
        CAPTURE(bytes);
        CHECK_FALSE(read(bytes, 100000).broken.empty());
    }
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nA: " + std::string(3000, 'a'), 100).broken.empty());
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1770\r\n" +
                         std::string(6000, 'a') + "\r\n0\r\n\r\n",
                     100)
                    .broken.empty());
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(6000, 'a'), 100, expected_body::as_framed, true)
                    .broken.empty());
}

TEST_CASE("a connection that ends too early") {
    for (const std::string_view bytes :
         {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: 1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"}) {
        CAPTURE(bytes);
        in_all_pieces(bytes, true, [](const answer& got) {
            CHECK_FALSE(got.broken.empty());
            CHECK_FALSE(got.complete);
        });
    }
}
