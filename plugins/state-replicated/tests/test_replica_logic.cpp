// The replica's side without an engine: names, envelopes, frames, counters, the order of a revision, the
// barrier.
#include "peer/peer_frame.hpp"
#include "state/barrier.hpp"
#include "state/counter_book.hpp"
#include "state/envelope.hpp"
#include "state/keyspace.hpp"
#include "state/members.hpp"
#include "state/replica.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace std::chrono_literals;

namespace {

const std::string nul(1, '\0');

watch_event put_event(std::string key, std::uint64_t revision, std::string_view payload,
                      std::uint32_t index = 0, write_id by = {1, 1}) {
    envelope made;
    made.by = by;
    made.index = index;
    made.payload = payload;
    watch_event event;
    event.entry.key = std::move(key);
    event.entry.value = seal(made);
    event.entry.mod_revision = revision;
    event.entry.create_revision = revision;
    return event;
}

watch_event removal(std::string key, std::uint64_t revision) {
    watch_event event;
    event.removed = true;
    event.entry.key = std::move(key);
    event.entry.mod_revision = revision;
    return event;
}

struct heard {
    std::vector<std::string> lines;
    mf_state_events table{sizeof(mf_state_events),
                          0,
                          this,
                          [](void* ctx, mf_slice space, mf_slice key, std::uint64_t version) {
                              static_cast<heard*>(ctx)->lines.push_back(std::string(plugin::view(space)) +
                                                                        "/" + std::string(plugin::view(key)) +
                                                                        "@" + std::to_string(version));
                          },
                          [](void* ctx, mf_slice space) {
                              static_cast<heard*>(ctx)->lines.push_back("clear " +
                                                                        std::string(plugin::view(space)));
                          },
                          [](void* ctx) { static_cast<heard*>(ctx)->lines.emplace_back("resync"); }};
};

} // namespace

TEST_CASE("keys of the engine keep any bytes and their order") {
    const keyspace keys("a/b");
    std::vector<std::string> names = {
        "a",   "a" + nul, "a" + nul + "\1", "a" + nul + "\xff", "ab", "b", nul, nul + nul, "\xff", "k",
        "a/k", "/"};
    for (const auto& space : names) {
        for (const auto& key : names) {
            const auto entry = keys.parse(keys.entry(space, key));
            CHECK(entry.what == keyspace::parsed::kind::entry);
            CHECK(entry.space == space);
            CHECK(entry.key == key);
            const auto part = keys.parse(keys.part(space, key, bytes_of({7, 9}), 258));
            CHECK(part.what == keyspace::parsed::kind::part);
            CHECK(part.space == space);
            CHECK(part.key == key);
            CHECK(part.write == bytes_of({7, 9}));
            CHECK(part.index == 258);
        }
    }
    std::sort(names.begin(), names.end());
    for (std::size_t i = 1; i < names.size(); ++i) {
        CHECK(keys.entry("s", names[i - 1]) < keys.entry("s", names[i]));
        CHECK(keys.space(names[i - 1]) < keys.space(names[i]));
        CHECK_FALSE(keys.space(names[i]).starts_with(keys.space(names[i - 1])));
    }
    CHECK_FALSE(keys.entry("s", "k").starts_with(keyspace("a").all()));
    CHECK(keys.parse(keys.generation("s")).space == "s");
    CHECK(keys.parse("/elsewhere").what == keyspace::parsed::kind::other);
    CHECK(keys.parse(keys.all() + "d/broken").what == keyspace::parsed::kind::other);
}

TEST_CASE("an envelope comes back as it was; what is of another format does not") {
    envelope made;
    made.by = {0x1234567890abcdefULL, 77};
    made.index = 1023;
    made.grants = {{1, 2, -3}, {4, 5, 6}};
    made.payload = "payload";
    const auto bytes = seal(made);
    const auto opened = unseal(bytes);
    REQUIRE(opened);
    CHECK(opened->by == made.by);
    CHECK(opened->index == 1023);
    CHECK(opened->payload == "payload");
    REQUIRE(opened->grants.size() == 2);
    CHECK(opened->grants[0].before == -3);
    auto newer = bytes;
    newer[0] = 2;
    CHECK_FALSE(unseal(newer));
    auto flags = bytes;
    flags[1] = 64;
    CHECK_FALSE(unseal(flags));
    CHECK_FALSE(unseal(""));
    CHECK_FALSE(unseal(std::string_view(bytes).substr(0, 12)));
}

TEST_CASE("frames survive any cut, and nothing malformed gets through") {
    const auto one = encode(request_frame{300, 1000, "topic", "payload"});
    const auto two = encode(applied_frame{1234567, 1234566, 42});
    const auto both = one + two;
    for (std::size_t cut = 0; cut <= both.size(); ++cut) {
        frame_cutter cutter;
        std::vector<frame_type> seen;
        const auto take = [&](frame_type type, std::string_view body) {
            seen.push_back(type);
            if (type == frame_type::request) {
                const auto frame = decode_request(body);
                REQUIRE(frame);
                CHECK(frame->id == 300);
                CHECK(frame->topic == "topic");
                CHECK(frame->payload == "payload");
            } else {
                const auto frame = decode_applied(body);
                REQUIRE(frame);
                CHECK(frame->revision == 1234567);
                CHECK(frame->settled == 1234566);
            }
            return true;
        };
        CHECK(cutter.feed(std::string_view(both).substr(0, cut), take).empty());
        CHECK(cutter.feed(std::string_view(both).substr(cut), take).empty());
        CHECK(seen == std::vector{frame_type::request, frame_type::applied});
    }
    const auto ignore = [](frame_type, std::string_view) { return true; };
    CHECK_FALSE(frame_cutter().feed(std::string("\1\0\0\0\1", 5), ignore).empty());
    CHECK_FALSE(frame_cutter().feed(std::string("\2\0\0\0\x09\6", 6), ignore).empty());
    CHECK_FALSE(frame_cutter().feed("GET / HTTP/1.1\r\n", ignore).empty());
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 64, '\0');
        for (auto& c : bytes)
            c = static_cast<char>(random());
        (void)decode_hello(bytes);
        (void)decode_welcome(bytes);
        (void)decode_proof(bytes);
        (void)decode_applied(bytes);
        (void)decode_request(bytes);
        (void)decode_answer(bytes);
        (void)decode_take_request(bytes);
        (void)decode_take_answer(bytes);
        (void)unseal(bytes);
        (void)keyspace("c").parse("/c/" + bytes);
    }
}

TEST_CASE("a proof is of one token, one role and one pair of challenges") {
    const hello_frame hello{"fleet", "a", random_challenge()};
    const auto nonce = random_challenge();
    const auto right = prove("token", proof_role::connecting, hello, "b", nonce);
    CHECK(same_proof(right, prove("token", proof_role::connecting, hello, "b", nonce)));
    CHECK_FALSE(same_proof(right, prove("other", proof_role::connecting, hello, "b", nonce)));
    CHECK_FALSE(same_proof(right, prove("token", proof_role::listening, hello, "b", nonce)));
    CHECK_FALSE(same_proof(right, prove("token", proof_role::connecting, hello, "c", nonce)));
    CHECK_FALSE(same_proof(right, prove("token", proof_role::connecting, hello, "b", random_challenge())));
    (void)prove("", proof_role::connecting, hello, "b", nonce);
}

TEST_CASE("additions stay within their bounds and come out alike on both sides") {
    std::int64_t number = 5;
    CHECK(add_all(number, {{3, -1, 0, 10}, {9, -1, 0, 10}}));
    CHECK(number == 0);
    CHECK_FALSE(add_all(number, {{2, -1, 0, 10}}));
    number = INT64_MAX;
    CHECK_FALSE(add_to(number, {1, 1, INT64_MIN, INT64_MAX}));
    CHECK(counter_value("-12") == -12);
    for (const auto* text : {"", "x", "1x", " 1", "9223372036854775808"})
        CHECK_FALSE(counter_value(text));
    const take_request asked{9, 8, "s" + nul, "k", {{3, -1, 0, INT64_MAX}, {1, INT64_MIN, INT64_MIN, 7}}};
    const auto back = decode_take_request(encode(asked));
    REQUIRE(back);
    CHECK(back->space == asked.space);
    REQUIRE(back->additions.size() == 2);
    CHECK(back->additions[1].delta == INT64_MIN);
}

TEST_CASE("a revision is applied whole: a clear is one event, versions differ within a transaction") {
    const keyspace keys("c");
    std::vector<std::string> order;
    replica copy(keys,
                 {[&](const std::string& node, std::optional<engine_entry> entry) {
                      order.push_back((entry ? "member " : "gone ") + node);
                  },
                  [&](const seen_transaction& one) {
                      order.push_back("written " + std::to_string(one.by.sequence) + "@" +
                                      std::to_string(one.revision));
                  },
                  [&](std::uint64_t revision) { order.push_back("applied " + std::to_string(revision)); }});
    heard listener;
    copy.listen(&listener.table);
    copy.apply({put_event(keys.entry("s", "a"), 5, "1", 0, {1, 3}),
                put_event(keys.entry("s", "b"), 5, "2", 1, {1, 3})});
    CHECK(copy.find("s", "a").version == version_of(5, 0));
    CHECK(copy.find("s", "b").version == version_of(5, 1));
    CHECK(copy.find("s", "b").payload == "2");
    CHECK(order == std::vector<std::string>{"written 3@5", "applied 5"});
    const auto hash = copy.hash();
    CHECK(hash != 0);

    copy.apply({put_event(keys.entry("t", "x"), 6, "3"), removal(keys.entry("t", "x"), 7)});
    CHECK(copy.hash() == hash);
    CHECK(copy.find("t", "x").revision == 7);
    copy.forget_removals(7);
    CHECK(copy.find("t", "x").revision == 0);

    listener.lines.clear();
    copy.apply({removal(keys.entry("s", "a"), 9), removal(keys.entry("s", "b"), 9),
                put_event(keys.generation("s"), 9, "")});
    CHECK(listener.lines == std::vector<std::string>{"clear s"});
    CHECK(copy.find("s", "a").version == 0);
    CHECK(copy.find("s", "a").revision == 9);
    CHECK(copy.generation("s") == 9);
    CHECK(copy.hash() == 0);
    CHECK(copy.told_events() == 5);

    // A watch that began again repeats itself.
    copy.apply({put_event(keys.entry("s", "a"), 5, "1")});
    CHECK(copy.find("s", "a").version == 0);
}

TEST_CASE("a value in parts appears with its entry, and a copy replaces what is here by its differences") {
    const keyspace keys("c");
    replica copy(keys, {});
    const auto part = [&](std::uint16_t index, std::uint64_t revision, std::string bytes) {
        watch_event event;
        event.entry.key = keys.part("s", "big", bytes_of({4, 4}), index);
        event.entry.value = std::move(bytes);
        event.entry.mod_revision = revision;
        return event;
    };
    envelope pointer;
    pointer.by = {4, 5};
    pointer.in_parts = true;
    pointer.size = 6;
    pointer.parts = 2;
    pointer.parts_by = {4, 4};
    watch_event entry;
    entry.entry.key = keys.entry("s", "big");
    entry.entry.value = seal(pointer);
    entry.entry.mod_revision = 3;
    copy.apply({part(0, 1, "abc"), part(1, 2, "def"), entry});
    CHECK(copy.find("s", "big").payload == "abcdef");
    CHECK(copy.orphans(0s).empty());
    copy.apply({removal(keys.entry("s", "big"), 4)});
    CHECK(copy.orphans(-1s) == std::vector<std::string>{keys.parts("s", "big", bytes_of({4, 4}))});
    copy.apply({[&] {
        auto gone = part(0, 5, {});
        gone.removed = true;
        return gone;
    }()});
    CHECK(copy.orphans(-1s).empty());

    copy.apply({put_event(keys.entry("s", "kept"), 6, "k"), put_event(keys.entry("s", "old"), 7, "o")});
    heard listener;
    copy.listen(&listener.table);
    copy.begin_copy();
    copy.add_to_copy({put_event(keys.entry("s", "kept"), 6, "k").entry});
    copy.add_to_copy({put_event(keys.entry("s", "new"), 8, "n").entry});
    copy.end_copy(9);
    CHECK(listener.lines == std::vector<std::string>{"s/old@0", "s/new@" + std::to_string(version_of(8, 0))});
    CHECK(copy.applied() == 9);
    CHECK(copy.size() == 2);
}

TEST_CASE("nobody waits at a barrier that has stopped") {
    boost::asio::io_context loop;
    barrier all(loop);
    all.own_applied(5);
    all.serves("b", 3);
    std::vector<std::string> missing;
    const auto note = [&](const std::vector<std::string>& names) { missing = names; };
    all.wait(5, std::chrono::steady_clock::now() + 1h, note);
    CHECK(missing.empty());
    all.stop();
    CHECK(missing == std::vector<std::string>{"b"});
    missing.clear();
    all.wait(5, std::chrono::steady_clock::now() + 1h, note);
    CHECK(missing == std::vector<std::string>{"b"});
}

TEST_CASE("the barrier waits for everyone who serves, and for nobody else") {
    boost::asio::io_context loop;
    barrier all(loop);
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    int reached = 0;
    const auto count = [&](const std::vector<std::string>& missing) {
        if (missing.empty()) ++reached;
    };
    all.own_applied(10);
    all.wait(10, deadline, count);
    CHECK(reached == 1);
    all.applied("joining", 2);
    CHECK(all.floor() == 10);
    all.serves("b", 10);
    all.serves("c", 10);
    all.own_applied(12);
    all.wait(12, deadline, count);
    all.wait(11, deadline, count);
    all.applied("b", 12);
    CHECK(reached == 1);
    all.applied("c", 11);
    CHECK(reached == 2);
    CHECK(all.missing(12) == std::vector<std::string>{"c"});
    all.leaves("c");
    CHECK(reached == 3);
    CHECK(all.floor() == 12);

    std::vector<std::string> late;
    all.wait(20, std::chrono::steady_clock::now(), [&](const auto& missing) { late = missing; });
    loop.run_for(200ms);
    CHECK(late == std::vector<std::string>{"this node", "b"});
}

TEST_CASE("all nodes choose the same owner and coordinator, and a member that goes moves only its share") {
    member_table members;
    for (const auto* node : {"a", "b", "c"}) {
        member_entry one;
        one.state = member_state::serving;
        one.since = 100 - static_cast<std::uint64_t>(node[0]);
        members[node] = one;
    }
    CHECK(coordinator_of(members) == "c");
    std::map<std::string, int> share;
    auto fewer = members;
    fewer.erase("c");
    for (int i = 0; i < 3000; ++i) {
        const auto key = std::to_string(i);
        const auto owner = owner_of(members, "s", key);
        ++share[owner];
        if (owner != "c") CHECK(owner_of(fewer, "s", key) == owner);
    }
    for (const auto& [node, count] : share)
        CHECK(count > 700);
    members["a"].state = member_state::leaving;
    for (int i = 0; i < 100; ++i)
        CHECK(owner_of(members, "s", std::to_string(i)) != "a");
}
