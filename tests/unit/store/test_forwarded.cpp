// Forwarded requests in the event log: what is shown before and after the upstream has answered, what they
// weigh, and how they get to another node.
#include "model/codec.hpp"
#include "store/log_transfer.hpp"
#include "store/retrieval.hpp"
#include "store/verification.hpp"
#include "store/verification_target.hpp"
#include "store_fixture.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::sample;
using kind = store::retrieval::kind;
using layout = store::retrieval::layout;

namespace {

struct forwarding_log : fixture {
    std::shared_ptr<store::forwarded_answer> forward(std::string path,
                                                     const store::live_expectation* by = nullptr) {
        sample request{"POST",
                       std::move(path),
                       "q=1",
                       {{"Host", "h"},
                        {"Content-Length", "7"},
                        {"Proxy-Authorization", "x"},
                        {"Content-Type", "application/json"}},
                       R"({"a":1})"};
        store::exchange made;
        made.request = &request.view();
        made.served_by = by;
        made.forwarded = std::make_shared<store::forwarded_answer>();
        made.stamp_ns = ++tick;
        made.wall_ns = now;
        log.record(0, made);
        return made.forwarded;
    }
    std::string get(kind what, layout form = layout::json) {
        const auto outcome = store::retrieve(log, live, {what, form, {}, {}, {}});
        return outcome ? *outcome : "error: " + outcome.error().message;
    }
    /// How many exchanges the verification counts.
    std::uint64_t count(store::verification_target wanted) {
        return store::tally(log.take(), std::span(&wanted, 1)).hits[0];
    }
    std::uint64_t responses(const model::response_matcher& response) {
        store::verification_target wanted{model::request_matcher()};
        wanted.answered_with(response);
        return count(std::move(wanted));
    }
    std::uint64_t answered(std::string path, model::disposition by) {
        store::verification_target wanted{tests::matcher(std::move(path))};
        wanted.answered(by);
        return count(std::move(wanted));
    }
    std::string compact(kind what) {
        auto document = json::read_tolerant(get(what));
        REQUIRE(document.has_value());
        return json::compact(*document);
    }
};

const std::string head = "HTTP/1.1 201 Made\r\nA: 1\r\na: 2\r\nA: 3\r\nSet-Cookie: c=d; "
                         "Path=/\r\nContent-Type: application/json; charset=utf-8\r\n\r\n";

} // namespace

TEST_CASE("a forwarded request is received at once and answered later") {
    forwarding_log all;
    const auto answer = all.forward("/a");
    CHECK(all.compact(kind::requests).find("\"/a\"") != std::string::npos);
    CHECK(all.get(kind::request_responses) == "[]");
    CHECK(all.get(kind::recorded_expectations) == "[]");
    CHECK(all.get(kind::logs).find("returning response") == std::string::npos);
    answer->answered(head, R"({"x":1})", 201);
    const auto pairs = all.compact(kind::request_responses);
    CHECK(
        pairs.find(
            R"("httpResponse":{"statusCode":201,"reasonPhrase":"Made","headers":{"A":["1","3"],"a":["2"],"Set-Cookie":["c=d; Path=/"],"Content-Type":["application/json; charset=utf-8"]},"cookies":{"c":"d"},"body":{"x":1}})") !=
        std::string::npos);
    const auto recorded = all.compact(kind::recorded_expectations);
    CHECK(recorded.find(R"("body":{"type":"JSON","json":{"x":1}})") != std::string::npos);
    CHECK(recorded.find(R"("times":{"remainingTimes":1})") != std::string::npos);
    CHECK(recorded.find("Content-Length") == std::string::npos);
    CHECK(recorded.find("Proxy-Authorization") == std::string::npos);
    CHECK(all.get(kind::logs).find("for forwarded request") != std::string::npos);
    CHECK(all.get(kind::recorded_expectations, layout::log_entries).find("FORWARDED_REQUEST") !=
          std::string::npos);
}

TEST_CASE("a recording can be posted") {
    forwarding_log all;
    all.forward("/a")->answered("HTTP/1.1 200 OK\r\n\r\n", "plain", 200);
    const auto posted = model::read_expectations(all.get(kind::recorded_expectations));
    REQUIRE(posted.has_value());
    REQUIRE(posted->size() == 1);
    CHECK(posted->front().response->body->text == "plain");
}

TEST_CASE("what failed is a pair but no recording") {
    forwarding_log all;
    all.forward("/a")->failed("no route", 502, "told");
    CHECK(all.get(kind::recorded_expectations) == "[]");
    CHECK(all.compact(kind::request_responses)
              .find(R"("httpResponse":{"statusCode":502,"reasonPhrase":"Bad Gateway","body":"told"})") !=
          std::string::npos);
    CHECK(all.get(kind::logs).find("no route") != std::string::npos);
}

TEST_CASE("answers count as memory of the log and go with their entries") {
    forwarding_log all;
    all.log.set_limits({100000, 4U << 20});
    const auto before = all.log.memory();
    std::weak_ptr<store::forwarded_answer> first;
    for (int i = 0; i < 100; ++i) {
        const auto answer = all.forward("/" + std::to_string(i));
        if (i == 0) first = answer;
        answer->answered("HTTP/1.1 200 OK\r\n\r\n", std::string(1U << 20, 'x'), 200);
    }
    CHECK(all.log.memory() > before + (1U << 20));
    CHECK(all.log.memory() < before + (16U << 20));
    CHECK(first.expired());
    all.log.clear();
    all.forward("/last");
}

TEST_CASE("another node sees the same") {
    forwarding_log all;
    all.forward("/a")->answered(head, "{}", 201);
    all.forward("/b")->failed("no route", 502, "told");
    all.forward("/c");
    const auto page =
        store::unpack_page(store::pack_page(all.log.take(), {}, {}, 1'000'000'000'000'000'000, 1U << 20));
    REQUIRE(page.has_value());
    REQUIRE(page->entries != nullptr);
    store::log_snapshot there;
    there.add(page->entries, 2);
    there.put_in_order();
    REQUIRE(there.size() == 3);
    store::recorded_exchange made;
    there.read(0, made);
    CHECK(store::was_forwarded(made));
    CHECK(made.status == 201);
    CHECK(made.forwarded->head() == head);
    there.read(1, made);
    CHECK(made.reached == store::forwarded_answer::state::failed);
    CHECK(made.forwarded->failure() == "no route");
    CHECK(made.forwarded->body() == "told");
    there.read(2, made);
    CHECK(store::is_waiting(made));
}

TEST_CASE("an entry stays as it was read, whatever comes meanwhile") {
    forwarding_log all;
    const auto answer = all.forward("/a");
    const auto entries = all.log.take();
    store::recorded_exchange made;
    entries.read(0, made);
    answer->answered(head, "{}", 201);
    CHECK(store::is_waiting(made));
    CHECK_FALSE(store::was_forwarded(made));
    CHECK(made.status == 404);
    entries.read(0, made);
    CHECK(store::was_forwarded(made));
}

TEST_CASE("verifications see what another server answered") {
    using model::disposition;
    forwarding_log all;
    all.forward("/a")->answered(head, R"({"x":1})", 201);
    all.forward("/b")->failed("no route", 502, "told");
    all.forward("/c");
    model::response_matcher wanted;
    CHECK(all.responses(wanted) == 1);
    wanted.status_code = 201;
    wanted.reason.value = "Made";
    wanted.headers.entries.push_back({{.value = "A"}, {{.value = "3"}}});
    wanted.cookies.entries.push_back({{.value = "c"}, {.value = "d"}});
    CHECK(all.responses(wanted) == 1);
    wanted.body.emplace();
    wanted.body->kind = model::body_kind::json;
    wanted.body->text = R"({"x":1})";
    wanted.body->document = json::value(json::object{{"x", 1}});
    CHECK(all.responses(wanted) == 1);
    wanted.status_code = 502;
    CHECK(all.responses(wanted) == 0);
    CHECK(all.answered("/.*", disposition::forwarded) == 1);
    CHECK(all.answered("/.*", disposition::mocked) == 0);
    CHECK(all.answered("/b", disposition::forwarded) == 0);
}

TEST_CASE("an expectation counts when the server that it names has answered") {
    forwarding_log all;
    const auto one = all.put(expectation("f", "/.*"));
    all.forward("/a", one.get())->answered(head, "", 201);
    all.forward("/b", one.get())->failed("no route", 502, "");
    all.forward("/c", one.get());
    model::verification asked;
    asked.expectation_id = "f";
    asked.times = {1, 1};
    const auto outcome = store::verify(all.log, all.live, asked, {});
    REQUIRE(outcome.has_value());
    CHECK(outcome->value_or("") == "");
}
