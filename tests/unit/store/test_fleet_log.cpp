// Three nodes whose logs answer as one: counts, sequences, retrieves, clears, unreachable nodes, clocks.
#include "store/fleet_log.hpp"

#include "../../support/fake_peers.hpp"
#include "store/log_transfer.hpp"
#include "store/packed.hpp"
#include "store_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <thread>

namespace {

using namespace mockfleet;
using namespace mockfleet::tests;
using scope = store::fleet_log::scope;

/// One node: a log, expectations of its own, and its end of the fleet.
struct fleet_node : fixture {
    fleet_node(fake_peers::node& link, boost::asio::any_io_executor executor)
        : peers(log.clock(), executor), all(log, live, peers) {
        peers.attach(*link.backend);
        link.on_peer = [this](std::string_view topic, std::string_view payload, mf_peer_answer to) {
            peers.answer(topic, payload, to);
        };
    }
    /// As the data plane does, with the clock that orders a fleet.
    std::string get(std::string path) {
        tick = log.clock().now();
        return receive("GET", std::move(path));
    }
    store::peer_topics peers;
    store::fleet_log all;
};

struct three_nodes {
    three_nodes() : keep(boost::asio::make_work_guard(context)), worker([this] { context.run(); }) {
        for (auto* one : {&a, &b, &c}) {
            REQUIRE(run(one->peers.learn()).has_value());
            REQUIRE(run(one->peers.join_clock()).has_value());
        }
    }
    ~three_nodes() {
        keep.reset();
        worker.join();
    }
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep;
    fake_peers fleet{{"node-a", "node-b", "node-c"}};
    fleet_node a{fleet.at(0), context.get_executor()};
    fleet_node b{fleet.at(1), context.get_executor()};
    fleet_node c{fleet.at(2), context.get_executor()};
    std::thread worker;
};

model::verification times(std::string path, std::int64_t least, std::optional<std::int64_t> most) {
    model::verification asked;
    asked.request = matcher(std::move(path));
    asked.times = {least, most};
    return asked;
}

model::verification_sequence sequence(std::vector<std::string> paths) {
    model::verification_sequence asked;
    for (auto& path : paths)
        asked.requests.push_back(matcher(std::move(path)));
    return asked;
}

store::retrieval of(store::retrieval::kind what) {
    store::retrieval asked;
    asked.what = what;
    return asked;
}

std::size_t occurrences(const std::string& text, std::string_view of) {
    std::size_t count = 0;
    for (auto at = text.find(of); at != std::string::npos; at = text.find(of, at + 1))
        ++count;
    return count;
}

} // namespace

TEST_CASE("a count is that of all nodes") {
    three_nodes nodes;
    nodes.a.get("/x");
    nodes.b.get("/x");
    nodes.c.get("/x");
    nodes.c.get("/y");
    for (auto* one : {&nodes.a, &nodes.b, &nodes.c}) {
        CHECK_FALSE(run(one->all.verify(times("/x", 3, 3), {}, scope::fleet)).value().has_value());
        CHECK(run(one->all.verify(times("/x", 1, 1), {}, scope::this_node)).value().has_value() == false);
    }
}

TEST_CASE("the text of a failure is that of one node with everything in its log") {
    three_nodes nodes;
    fixture one;
    for (const auto* path : {"/a", "/b", "/c"}) {
        auto& receiver = path[1] == 'a' ? nodes.b : path[1] == 'b' ? nodes.c : nodes.a;
        receiver.get(path);
        one.receive("GET", path);
    }
    for (const auto& asked : {times("/x", 1, 1), times("/a", 2, {}), times("/b", 0, 0)}) {
        const auto merged = run(nodes.a.all.verify(asked, {}, scope::fleet)).value();
        const auto alone = store::verify(one.log, one.live, asked, {}).value();
        REQUIRE(merged.has_value());
        CHECK(*merged == *alone);
    }
    const auto merged =
        run(nodes.c.all.verify_sequence(sequence({"/a", "/c", "/b"}), {}, scope::fleet)).value();
    const auto alone = store::verify_sequence(one.log, one.live, sequence({"/a", "/c", "/b"}), {}).value();
    REQUIRE(merged.has_value());
    CHECK(*merged == *alone);
}

TEST_CASE("a sequence goes over the nodes") {
    three_nodes nodes;
    nodes.b.get("/1");
    nodes.a.get("/2");
    nodes.c.get("/3");
    nodes.a.get("/4");
    for (auto* one : {&nodes.a, &nodes.b, &nodes.c}) {
        CHECK_FALSE(
            run(one->all.verify_sequence(sequence({"/1", "/2", "/3", "/4"}), {}, scope::fleet)).value());
        CHECK(run(one->all.verify_sequence(sequence({"/2", "/1"}), {}, scope::fleet)).value().has_value());
    }
}

TEST_CASE("by expectation id") {
    three_nodes nodes;
    for (auto* one : {&nodes.a, &nodes.b, &nodes.c}) {
        one->put(expectation("first", "/1"));
        one->put(expectation("second", "/2"));
    }
    CHECK(nodes.a.get("/1") == "first");
    nodes.b.get("/2");
    nodes.c.get("/1");
    model::verification count;
    count.expectation_id = "first";
    count.times = {2, 2};
    CHECK_FALSE(run(nodes.b.all.verify(count, {}, scope::fleet)).value().has_value());
    model::verification_sequence order;
    order.by_id = true;
    order.expectation_ids = {"first", "second", "first"};
    CHECK_FALSE(run(nodes.b.all.verify_sequence(order, {}, scope::fleet)).value().has_value());
    order.expectation_ids = {"second", "second"};
    CHECK(run(nodes.b.all.verify_sequence(order, {}, scope::fleet)).value().has_value());
    count.expectation_id = "unknown";
    CHECK(run(nodes.b.all.verify(count, {}, scope::fleet)).error().code == base::errc::not_found);
}

TEST_CASE("retrieve shows every node's entries in order, page by page") {
    three_nodes nodes;
    for (auto* one : {&nodes.a, &nodes.b, &nodes.c}) {
        one->all.set_page_size(300);
        one->put(expectation("known", "/known", "answer of the expectation"));
    }
    for (int i = 0; i < 30; ++i) {
        auto& receiver = i % 3 == 0 ? nodes.a : i % 3 == 1 ? nodes.b : nodes.c;
        receiver.get(i % 5 == 0 ? "/known" : "/r" + std::to_string(100 + i));
    }
    const auto requests =
        run(nodes.a.all.retrieve(of(store::retrieval::kind::requests), scope::fleet)).value();
    std::size_t last = 0;
    for (int i = 0; i < 30; ++i) {
        if (i % 5 == 0) continue;
        const auto at = requests.find("/r" + std::to_string(100 + i));
        REQUIRE(at != std::string::npos);
        CHECK(at > last);
        last = at;
    }
    CHECK(occurrences(requests, "/known") == 6);
    const auto pairs =
        run(nodes.b.all.retrieve(of(store::retrieval::kind::request_responses), scope::fleet)).value();
    CHECK(occurrences(pairs, "answer of the expectation") == 6);
    auto filtered = of(store::retrieval::kind::requests);
    filtered.filter = matcher("/r101");
    CHECK(occurrences(run(nodes.c.all.retrieve(filtered, scope::fleet)).value(), "\"path\"") == 1);
    const auto logs = run(nodes.c.all.retrieve(of(store::retrieval::kind::logs), scope::fleet)).value();
    CHECK(occurrences(logs, "received request:") == 30);
    CHECK(occurrences(logs, "creating expectation:") == 3);
    const auto mine =
        run(nodes.c.all.retrieve(of(store::retrieval::kind::requests), scope::this_node)).value();
    CHECK(occurrences(mine, "\"path\"") == 10);
}

TEST_CASE("clear and reset reach every node") {
    three_nodes nodes;
    for (auto* one : {&nodes.a, &nodes.b, &nodes.c}) {
        one->get("/keep");
        one->get("/drop");
    }
    REQUIRE(run(nodes.b.all.clear(matcher("/drop"))).has_value());
    CHECK_FALSE(run(nodes.a.all.verify(times("/drop", 0, 0), {}, scope::fleet)).value().has_value());
    CHECK_FALSE(run(nodes.a.all.verify(times("/keep", 3, 3), {}, scope::fleet)).value().has_value());
    const auto logs = run(nodes.c.all.retrieve(of(store::retrieval::kind::logs), scope::fleet)).value();
    CHECK(occurrences(logs, "cleared logs that match:") == 1);
    REQUIRE(run(nodes.c.all.reset()).has_value());
    CHECK_FALSE(run(nodes.a.all.verify(times("/keep", 0, 0), {}, scope::fleet)).value().has_value());
}

TEST_CASE("a member that does not answer fails the question by name") {
    three_nodes nodes;
    nodes.c.get("/x");
    auto& gone = nodes.fleet.at(2);
    gone.answers_with = MF_UNAVAILABLE;
    int tries = 0;
    nodes.fleet.before_answer = [&](fake_peers::node& one) {
        if (&one == &gone && ++tries == 3) gone.answers_with = MF_TIMEOUT;
    };
    const auto failed = run(nodes.a.all.verify(times("/x", 1, 1), {}, scope::fleet));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message.find("node-c") != std::string::npos);
    CHECK(tries > 3);

    SUBCASE("until it is a member no more") {
        tries = 0;
        nodes.fleet.before_answer = [&](fake_peers::node& one) {
            if (&one == &gone && ++tries == 2) gone.member = false;
        };
        CHECK(run(nodes.a.all.verify(times("/x", 0, 0), {}, scope::fleet)).value().has_value() == false);
    }
    SUBCASE("without fan-in nobody is asked") {
        nodes.a.all.set_fan_in(false);
        CHECK(run(nodes.a.all.verify(times("/x", 0, 0), {}, scope::fleet)).value().has_value() == false);
    }
}

TEST_CASE("what was evicted on another node counts") {
    three_nodes nodes;
    nodes.c.log.set_limits({5, 1U << 20});
    for (int i = 0; i < 20000; ++i)
        nodes.c.get("/many");
    REQUIRE(nodes.c.log.evicted() > 0);
    CHECK_FALSE(run(nodes.a.all.verify(times("/many", 20000, 20000), {}, scope::fleet)).value().has_value());
}

TEST_CASE("an answer that does not fit the question is refused by the name of its node") {
    three_nodes nodes;
    auto& bent = nodes.fleet.at(1);
    const auto honest = bent.on_peer;
    bent.on_peer = [&](std::string_view topic, std::string_view payload, mf_peer_answer to) {
        if (topic != "log.count") return honest(topic, payload, to);
        // The clock and the mark of an answer, and counts of two targets where one was asked for.
        store::packer out;
        out.byte(store::peer_topics::format);
        const auto clock = nodes.b.log.clock().read();
        out.fixed(clock.machine);
        out.fixed(clock.ahead);
        out.fixed(clock.now);
        out.byte(1);
        store::log_tally two;
        two.hits = {1, 1};
        two.evicted.resize(2);
        out.raw(store::encode(two));
        to.call(to.ctx, MF_OK, plugin::to_slice(out.take()));
    };
    const auto failed = run(nodes.a.all.verify(times("/x", 1, 1), {}, scope::fleet));
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message.find("node-b") != std::string::npos);
    CHECK(failed.error().message.find("malformed") != std::string::npos);
}

TEST_CASE("what is evicted between a count and its explanation is counted once") {
    three_nodes nodes;
    nodes.c.log.set_limits({5, 1U << 20});
    for (int i = 0; i < 1000; ++i)
        nodes.c.get("/many");
    const auto evicted = nodes.c.log.evicted();
    int asked = 0;
    int meant = 0;
    nodes.fleet.before_answer = [&](fake_peers::node& one) {
        if (&one != &nodes.fleet.at(2) || ++asked != meant) return;
        for (int i = 0; i < 20000; ++i)
            nodes.c.get("/other");
    };
    const auto text_of = [&](int question) {
        meant = question;
        const auto told = run(nodes.a.all.verify(times("/many", 1001, {}), {}, scope::fleet)).value();
        CHECK(nodes.c.log.evicted() > evicted);
        return told.value_or("");
    };
    SUBCASE("before its entries are read") {
        const auto text = text_of(2);
        CHECK(text.starts_with("Request not found at least 1001 times"));
        CHECK(text.find("1000 times") != std::string::npos);
    }
    SUBCASE("between two pages of them: then it is a range") {
        nodes.a.all.set_page_size(4096);
        CHECK(text_of(3).starts_with("Request could not be verified at least 1001 times"));
    }
}

TEST_CASE("an order that stamps do not tell is not guessed") {
    fixture one;
    const auto put = [&](std::string path, std::int64_t stamp) {
        one.tick = stamp - 1;
        one.receive("GET", std::move(path));
    };
    put("/1", 1000);
    put("/2", 1500);
    auto entries = one.log.take();
    store::log_snapshot merged = one.log.take();
    const auto page = store::unpack_page(store::pack_page(entries, {}, {}, 10'000, 1U << 20)).value();
    REQUIRE(page.entries != nullptr);
    fixture other;
    other.tick = 1199;
    other.receive("GET", "/3");
    const auto foreign =
        store::unpack_page(store::pack_page(other.log.take(), {}, {}, 10'000, 1U << 20)).value();
    merged.add(foreign.entries, 1);
    merged.put_in_order();
    using order = store::sequence_verification::order;
    const auto found = [&](std::vector<std::string> paths, std::int64_t bound) {
        const auto asked = store::sequence_verification::of(one.live, sequence(std::move(paths)), {}).value();
        return asked.found_in(merged, {0, bound});
    };
    CHECK(found({"/1", "/3", "/2"}, 0) == order::every);
    CHECK(found({"/1", "/3", "/2"}, 250) == order::some);
    CHECK(found({"/1", "/3"}, 199) == order::every);
    CHECK(found({"/3", "/1"}, 250) == order::some);
    CHECK(found({"/3", "/1"}, 10) == order::none);
    CHECK(found({"/2", "/1"}, 10'000) == order::none);
    CHECK(found({"/2", "/3"}, 10'000) == order::some);
    const auto asked = store::sequence_verification::of(one.live, sequence({"/3", "/1"}), {}).value();
    const auto text =
        asked.conclude(one.log, merged, store::tally_evicted(merged, asked.targets()), {0, 250});
    REQUIRE(text.has_value());
    CHECK(text->find("the order of requests is not known") != std::string::npos);
}

TEST_CASE("responses, dispositions and sequences of responses are those of all nodes") {
    three_nodes nodes;
    fixture one;
    auto made = expectation("made", "/made");
    made.response->status_code = 201;
    one.put({made, expectation("ok", "/ok")});
    for (auto* node : {&nodes.a, &nodes.b, &nodes.c})
        node->put({made, expectation("ok", "/ok")});
    const std::vector<std::pair<fleet_node*, std::string>> sent{
        {&nodes.b, "/made"}, {&nodes.c, "/ok"}, {&nodes.a, "/none"}, {&nodes.a, "/made"}};
    for (const auto& [node, path] : sent) {
        node->get(path);
        one.receive("GET", path);
    }
    model::response_matcher created;
    created.status_code = 201;
    model::verification asked;
    asked.response = created;
    asked.times = {2, 2};
    model::verification_sequence ordered;
    ordered.responses = {created, {}, created};
    for (auto* node : {&nodes.a, &nodes.b, &nodes.c}) {
        CHECK_FALSE(run(node->all.verify(asked, {}, scope::fleet)).value().has_value());
        CHECK_FALSE(run(node->all.verify_sequence(ordered, {}, scope::fleet)).value().has_value());
    }
    CHECK(run(nodes.b.all.verify(asked, {}, scope::this_node)).value().has_value());
    // Failures have the text of one node with everything in its log.
    std::vector<model::verification> failing(3, asked);
    failing[0].times = {3, {}};
    failing[1].times = {1, 1};
    failing[1].request = matcher("/made");
    failing[2].response.reset();
    failing[2].request = matcher("/ok");
    failing[2].disposition = model::disposition::forwarded;
    for (const auto& each : failing) {
        const auto merged = run(nodes.c.all.verify(each, {}, scope::fleet)).value();
        const auto alone = store::verify(one.log, one.live, each, {}).value();
        REQUIRE(merged.has_value());
        CHECK(*merged == *alone);
    }
    ordered.responses = {created, created, {}};
    const auto merged = run(nodes.a.all.verify_sequence(ordered, {}, scope::fleet)).value();
    const auto alone = store::verify_sequence(one.log, one.live, ordered, {}).value();
    REQUIRE(merged.has_value());
    CHECK(*merged == *alone);
}

TEST_CASE("a verification waits for what arrives at any node") {
    three_nodes nodes;
    auto asked = times("/late", 2, {});
    asked.timeout_ms = 30'000;
    auto ordered = sequence({"/late", "/later"});
    ordered.timeout_ms = 30'000;
    std::thread client([&] {
        nodes.b.get("/late");
        nodes.c.get("/late");
        nodes.a.get("/later");
    });
    CHECK_FALSE(run(nodes.a.all.verify(asked, {}, scope::fleet)).value().has_value());
    CHECK_FALSE(run(nodes.c.all.verify_sequence(ordered, {}, scope::fleet)).value().has_value());
    client.join();
}

TEST_CASE("a verification that waits ends with its time, and with its node") {
    three_nodes nodes;
    nodes.b.get("/a");
    auto asked = times("/late", 1, {});
    asked.timeout_ms = 30;
    auto ordered = sequence({"/late"});
    ordered.timeout_ms = 30;
    for (auto where : {scope::fleet, scope::this_node}) {
        const auto counted = run(nodes.a.all.verify(asked, {}, where)).value();
        CHECK(counted.value_or("").starts_with("Request not found at least once"));
        const auto found = run(nodes.b.all.verify_sequence(ordered, {}, where)).value();
        CHECK(found.value_or("").ends_with("  0 requests arrived after verification started\n"));
    }
    asked.timeout_ms = ordered.timeout_ms = 60'000;
    nodes.a.all.end_waits();
    CHECK(run(nodes.a.all.verify(asked, {}, scope::fleet)).value().has_value());
    CHECK(run(nodes.a.all.verify_sequence(ordered, {}, scope::this_node)).value().has_value());
}

TEST_CASE("targets survive the way to another node") {
    std::vector<store::verification_target> targets;
    targets.emplace_back(matcher("/a"));
    targets.emplace_back("id", matcher("/b"));
    targets.back().answered(model::disposition::forwarded);
    targets.emplace_back(model::request_matcher());
    model::response_matcher response;
    response.status_range = "2XX";
    response.body.emplace();
    response.body->kind = model::body_kind::regex;
    response.body->text = "x.*";
    targets.back().answered_with(response);
    targets.back().answered(model::disposition::mocked);
    const auto bytes = store::encode(targets);
    const auto read = store::decode_targets(bytes).value();
    REQUIRE(read.size() == 3);
    CHECK(bool(read[0].matcher() == matcher("/a")));
    CHECK_FALSE(read[0].disposition().has_value());
    CHECK(read[1].by_id());
    CHECK(bool(read[1].disposition() == model::disposition::forwarded));
    CHECK(bool(read[2].response() == response));
    CHECK(bool(read[2].disposition() == model::disposition::mocked));
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK_FALSE(store::decode_targets(std::string_view(bytes).substr(0, cut)).has_value());
}

TEST_CASE("clocks: one machine shares one, others follow messages") {
    store::fleet_clock a(1, 0);
    store::fleet_clock b(1, 0);
    a.start_at(2'000'000'000'000'000'000);
    CHECK(b.heard(a.read(), b.now()) == 0);
    CHECK(b.read().ahead == a.read().ahead);
    store::fleet_clock far(2, 7'000'000'000);
    far.start_at(1'999'999'999'000'000'000);
    const auto before = far.now();
    const auto bound = far.heard(a.read(), before);
    CHECK(bound >= 900'000'000);
    CHECK(far.now() >= a.read().now - 1'000'000);
    CHECK(far.heard(a.read(), far.now()) < 900'000'000);
    const auto ahead = far.read().ahead;
    store::fleet_clock late(3, 0);
    far.heard(late.read());
    CHECK(far.read().ahead == ahead);
    // Whoever has stamped something is not set back behind it.
    store::fleet_clock early(4, 0);
    early.start_at(2'000'000'100'000'000'000);
    const auto stamp = early.early();
    static_cast<void>(early.heard(a.read(), early.now(), true));
    CHECK(early.now() >= stamp);
}

TEST_CASE("damaged pages and questions are refused") {
    fixture one;
    one.put(expectation("known", "/known"));
    one.receive("GET", "/known");
    const auto page =
        store::pack_page(one.log.take(), {.notes = true}, {}, 1'000'000'000'000'000'000, 1U << 20);
    REQUIRE(store::unpack_page(page).has_value());
    for (std::size_t cut = 0; cut < page.size(); ++cut)
        CHECK_FALSE(store::unpack_page(std::string_view(page).substr(0, cut)).has_value());
    for (std::size_t at = 0; at < page.size(); ++at) {
        auto bent = page;
        bent[at] = static_cast<char>(bent[at] ^ 0xff);
        static_cast<void>(store::unpack_page(bent));
    }
    store::log_query query;
    query.filter = matcher("/a");
    query.any_of = {matcher("/b"), matcher("/c")};
    query.served_by = {"x"};
    query.correlation_id = "y";
    const auto bytes = store::encode(query);
    const auto read = store::decode_query(bytes).value();
    CHECK(bool(read.filter == query.filter));
    CHECK(bool(read.any_of == query.any_of));
    CHECK(read.served_by == query.served_by);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK_FALSE(store::decode_query(std::string_view(bytes).substr(0, cut)).has_value());
}
