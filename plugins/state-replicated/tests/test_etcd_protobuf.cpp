// The engine's messages against bytes written out by hand, and what is no message; gRPC's own prefix and
// words.
#include "etcd/etcd_protobuf.hpp"
#include "etcd/protobuf.hpp"
#include "net/grpc_message.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

using namespace mockfleet::replicated;
using namespace std::string_view_literals;

namespace {

std::string message(const std::function<void(protobuf_writer&)>& fill) {
    protobuf_writer to;
    fill(to);
    return to.take();
}

/// field 1 of an answer: ResponseHeader with cluster, member, revision and term
std::string header(std::uint64_t revision) {
    return message([&](protobuf_writer& to) {
        to.number(1, ~0ULL);
        to.number(2, 7);
        to.number(3, revision);
        to.number(4, 2);
    });
}

std::string key_value(std::string_view key, std::string_view value, std::uint64_t revision) {
    return message([&](protobuf_writer& to) {
        to.bytes(1, key);
        to.number(2, 3);
        to.number(3, revision);
        to.number(4, 5);
        to.bytes(5, value);
        to.number(6, 11);
    });
}

} // namespace

TEST_CASE("a transaction as the engine's bytes") {
    const transaction asked{
        .when = {{"a", comparison::target::mod_revision, comparison::relation::equal, 300},
                 {"b", comparison::target::writes, comparison::relation::less, 0}},
        .then = {{.what = operation::kind::put, .key = "k", .value = "v", .lease = 1},
                 {.what = operation::kind::remove, .key = "r", .range_end = "s"}},
        .otherwise = {{.key = "a", .limit = 2, .keys_only = true}}};
    CHECK(etcd_protobuf::encode(asked) == "\x0a\x08\x10\x02\x1a\x01"
                                          "a\x30\xac\x02"
                                          "\x0a\x07\x08\x02\x1a\x01"
                                          "b\x20\x00"
                                          "\x12\x0a\x12\x08\x0a\x01"
                                          "k\x12\x01v\x18\x01"
                                          "\x12\x08\x1a\x06\x0a\x01r\x12\x01s"
                                          "\x1a\x09\x0a\x07\x0a\x01"
                                          "a\x18\x02\x40\x01"sv);
}

TEST_CASE("a range and a watch as the engine's bytes") {
    CHECK(etcd_protobuf::encode(range_request{.key = "k",
                                              .range_end = "l",
                                              .limit = 1,
                                              .revision = 2,
                                              .linearizable = false,
                                              .keys_only = true}) ==
          "\x0a\x01k\x12\x01l\x18\x01\x20\x02\x38\x01\x40\x01"sv);
    CHECK(etcd_protobuf::encode(range_request{.key = "k"}) == "\x0a\x01k"sv);
    CHECK(etcd_protobuf::encode_watch("w/", 9) == "\x0a\x0c\x0a\x02w/\x12\x02w0\x18\x09\x40\x01"sv);
}

TEST_CASE("lengths of nested messages of every size") {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 128U, 16'381U, 16'384U, 70'000U, 2'200'000U}) {
        CAPTURE(size);
        protobuf_writer to;
        const auto place = to.begin(1);
        to.bytes(2, std::string(size, 'x'));
        to.end(place);
        to.number(3, 1);
        const auto made = to.take();
        protobuf_reader from(made);
        REQUIRE(from.next());
        protobuf_reader inner(from.bytes());
        REQUIRE(inner.next());
        CHECK(inner.bytes() == std::string(size, 'x'));
        CHECK_FALSE(inner.next());
        REQUIRE(from.next());
        CHECK(from.field() == 3);
        CHECK_FALSE(from.next());
        CHECK_FALSE(from.broken());
    }
}

TEST_CASE("answers of transactions, ranges and watches; what is not known is skipped") {
    const auto range = message([](protobuf_writer& to) {
        to.bytes(1, header(77));
        to.bytes(2, key_value("k\0"sv, "v", 70));
        to.bytes(2, key_value("l", "", 71));
        to.number(3, 1);
        to.number(4, 12);
        to.bytes(200, "of a later engine");
    });
    range_result read;
    REQUIRE(etcd_protobuf::decode(range, read));
    CHECK(read.revision == 77);
    CHECK(read.more);
    CHECK(read.count == 12);
    REQUIRE(read.entries.size() == 2);
    CHECK(read.entries[0].key == "k\0"sv);
    CHECK(read.entries[0].value == "v");
    CHECK(read.entries[0].mod_revision == 70);
    CHECK(read.entries[0].create_revision == 3);
    CHECK(read.entries[0].writes == 5);
    CHECK(read.entries[0].lease == 11);

    const auto transaction = message([&](protobuf_writer& to) {
        to.bytes(1, header(78));
        to.number(2, 1);
        to.bytes(3, message([&](protobuf_writer& op) { op.bytes(1, range); }));
        to.bytes(3, message([](protobuf_writer& op) { op.bytes(2, header(78)); }));
        to.bytes(3, message([](protobuf_writer& op) {
                     op.bytes(3, message([](protobuf_writer& removed) { removed.number(2, 4); }));
                 }));
    });
    transaction_result result;
    REQUIRE(etcd_protobuf::decode(transaction, result));
    CHECK(result.succeeded);
    CHECK(result.revision == 78);
    REQUIRE(result.results.size() == 3);
    CHECK(result.results[0].entries.size() == 2);
    CHECK(result.results[0].count == 12);
    CHECK(result.results[1].count == 0);
    CHECK(result.results[2].count == 4);

    const auto watch = message([](protobuf_writer& to) {
        to.bytes(1, header(80));
        to.number(3, 1);
        to.number(4, 1);
        to.number(5, 60);
        to.bytes(6, "why");
        to.number(7, 1);
        to.bytes(11, message([](protobuf_writer& event) { event.bytes(2, key_value("k", "v", 79)); }));
        to.bytes(11, message([](protobuf_writer& event) {
                     event.number(1, 1);
                     event.bytes(2, key_value("k", "", 80));
                 }));
    });
    etcd_protobuf::watch_answer seen;
    REQUIRE(etcd_protobuf::decode(watch, seen));
    CHECK(seen.created);
    CHECK(seen.cancelled);
    CHECK(seen.fragment);
    CHECK(seen.compacted == 60);
    CHECK(seen.reason == "why");
    REQUIRE(seen.events.size() == 2);
    CHECK_FALSE(seen.events[0].removed);
    CHECK(seen.events[1].removed);
    CHECK(seen.events[1].entry.mod_revision == 80);

    SUBCASE("cut anywhere: refused or less, never more") {
        for (const auto* whole : {&range, &transaction, &watch}) {
            for (std::size_t cut = 0; cut < whole->size(); ++cut) {
                const std::string part = whole->substr(0, cut);
                range_result a;
                transaction_result b;
                etcd_protobuf::watch_answer c;
                if (whole == &range && etcd_protobuf::decode(part, a)) CHECK(a.entries.size() <= 2);
                if (whole == &transaction && etcd_protobuf::decode(part, b)) CHECK(b.results.size() <= 3);
                if (whole == &watch && etcd_protobuf::decode(part, c)) CHECK(c.events.size() <= 2);
            }
        }
    }
}

TEST_CASE("what is no message is refused") {
    const auto refused = [](std::string_view bytes) {
        range_result to;
        return !etcd_protobuf::decode(bytes, to);
    };
    CHECK(refused("\x12"));                                         // no length
    CHECK(refused("\x12\x05"                                        //
                  "abc"));                                          // longer than what is there
    CHECK(refused("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")); // by far
    CHECK(refused("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")); // more than 64 bits
    CHECK(refused("\x20\x80"));                                     // a number that does not end
    CHECK(refused("\x10\x01"));                                     // an entry that is a number
    CHECK(refused("\x22\x00"sv));                                   // a count that is none
    CHECK(refused("\x0b"));                                         // a group
    CHECK(refused("\x07"));                                         // a kind that does not exist
    CHECK(refused("\x00\x01"sv));                                   // a field without a number
    CHECK(refused("\x12\x02\x08\x01"));                             // a key that is a number, further in
    CHECK_FALSE(refused("\xa5\x06"                                  //
                        "1234\xa1\x06"                              //
                        "12345678"));                               // fixed ones, not known
    etcd_protobuf::watch_answer event;
    CHECK_FALSE(etcd_protobuf::decode("\x5a\x02\x08\x01", event)); // without an entry
}

TEST_CASE("gRPC messages in pieces, and what is none") {
    const std::string body = grpc_frame("hello") + grpc_frame("") + grpc_frame(std::string(70'000, 'x'));
    CHECK(body.substr(0, 10) == "\0\0\0\0\x05hello"sv);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{4}, std::size_t{7}, body.size()}) {
        grpc_message_reader reader;
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < body.size(); at += piece) {
            reader.feed(std::string_view(body).substr(at, piece));
            while (auto one = reader.next())
                seen.push_back(std::move(*one));
        }
        CHECK(seen == std::vector<std::string>{"hello", "", std::string(70'000, 'x')});
        CHECK(reader.empty());
        CHECK_FALSE(reader.broken());
    }
    for (const auto bad : {"\x01\0\0\0\x01x"sv, "\0\xff\xff\xff\xffx"sv}) {
        grpc_message_reader reader;
        reader.feed(bad);
        CHECK_FALSE(reader.next());
        CHECK(reader.broken());
    }
}

TEST_CASE("words in percent code") {
    CHECK(percent_decoded("a%20b%C3%A9") == "a b\xc3\xa9");
    CHECK(percent_decoded("100%") == "100%");
    CHECK(percent_decoded("%zz%4") == "%zz%4");
    CHECK(percent_decoded("%4g%-1%41") == "%4g%-1A");
}
