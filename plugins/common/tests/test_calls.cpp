// Requests over connections that break: what is repeated, how often, and what never is.
#include "environment_guard.hpp"
#include "scripted_server.hpp"

#include "common/conditional_write.hpp"
#include "common/http_client.hpp"
#include "common/refreshed.hpp"
#include "common/retry.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace mockfleet::common {

namespace {

using testing::received;
using testing::scripted_answer;
using testing::scripted_server;
using namespace std::chrono_literals;

constexpr retry_limits quick{5, 1ms, 5ms, 2000ms};

http_request put_of(const std::string& url, std::string_view body) {
    http_request made;
    made.method = "PUT";
    made.url = url;
    made.body = {body};
    return made;
}

} // namespace

TEST_SUITE_BEGIN("common calls");

TEST_CASE("connections are used again, bodies arrive in order, answers are complete") {
    scripted_server server([](const received& request) {
        return scripted_answer{200, request.method + " " + request.target + " " + request.body, {}};
    });
    http_client client;
    auto request = put_of(server.url() + "/a%2Fb/../c?x=%20", "one ");
    request.body.emplace_back("two");
    for (int i = 0; i < 3; ++i) {
        const auto outcome = client.perform(request);
        REQUIRE_MESSAGE(outcome.is(200), outcome.problem);
        CHECK(outcome.answer.body == "PUT /a%2Fb/../c?x=%20 one two");
    }
    CHECK(server.connections() == 1);
    http_request head;
    head.method = "HEAD";
    head.url = server.url();
    CHECK(client.perform(head).is(200));
    head.method = "DELETE";
    CHECK(client.perform(head).answer.body == "DELETE / ");
}

TEST_CASE("what was not reached, lost, or too large is told apart") {
    scripted_server server([](const received& request) {
        scripted_answer made{200, std::string(100, 'x'), {}};
        made.lose = request.target == "/lost";
        made.cut_after = request.target == "/cut" ? 10 : 0;
        return made;
    });
    http_client client;
    http_request request;
    request.url = server.url() + "/lost";
    CHECK(client.perform(request).what == http_outcome::how::lost);
    request.url = server.url() + "/cut";
    CHECK(client.perform(request).what == http_outcome::how::lost);
    request.url = server.url() + "/all";
    request.most_answer = 99;
    CHECK(client.perform(request).what == http_outcome::how::refused);
    request.url = "http://127.0.0.1:1/";
    CHECK(client.perform(request).what == http_outcome::how::not_sent);
    client.abort();
    CHECK(client.perform(request).what == http_outcome::how::refused);
}

TEST_CASE("proxies of the environment are used, but not for what is direct") {
    scripted_server proxy([](const received& request) { return scripted_answer{200, request.target, {}}; });
    const auto url = proxy.url();
    const testing::environment_guard set{{{"http_proxy", url.c_str()}, {"no_proxy", "other.invalid"}}};
    http_client client;
    http_request request;
    request.url = "http://storage.invalid/a%20b";
    CHECK(client.perform(request).answer.body == "http://storage.invalid/a%20b");
    request.url = "http://other.invalid/";
    CHECK(client.perform(request).what == http_outcome::how::not_sent);
    request.url = "http://127.0.0.1:1/";
    request.direct = true;
    CHECK(client.perform(request).what == http_outcome::how::not_sent);
}

TEST_CASE("passing failures are repeated a bounded number of times") {
    std::atomic<int> failures{3};
    scripted_server server([&](const received&) {
        return failures-- > 0 ? scripted_answer{503, "", {}} : scripted_answer{200, "done", {}};
    });
    http_client client;
    stop_signal stop;
    http_request request;
    request.url = server.url();
    const repeated_call call{[&] { return request; }, {}, {}};
    CHECK(perform_repeatedly(client, stop, call, quick).answer.body == "done");
    failures = 100;
    CHECK(perform_repeatedly(client, stop, call, quick).is(503));
    CHECK(server.requests().size() == 4 + 5);
    // Refusals are not.
    scripted_server refusing([](const received&) { return scripted_answer{403, "", {}}; });
    request.url = refusing.url();
    CHECK(perform_repeatedly(client, stop, call, quick).is(403));
    CHECK(refusing.requests().size() == 1);
}

TEST_CASE("pauses grow, have jitter, keep their bounds, and give way to Retry-After") {
    pauses some({4, 100ms, 150ms, 10s});
    const auto first = some.next();
    const auto second = some.next();
    const auto third = some.next(3s);
    REQUIRE(first);
    REQUIRE(second);
    REQUIRE(third);
    CHECK(*first >= 50ms);
    CHECK(*first <= 100ms);
    CHECK(*second >= 75ms);
    CHECK(*second <= 150ms);
    CHECK(*third == 3s);
    CHECK_FALSE(some.next());
    CHECK_FALSE(pauses({4, 100ms, 150ms, 1s}).next(2s));
}

TEST_CASE("a raised stop ends the pauses") {
    http_client client;
    stop_signal stop;
    stop.raise();
    http_request request;
    request.url = "http://127.0.0.1:1/";
    int made = 0;
    const auto outcome = perform_repeatedly(client, stop,
                                            {[&] {
                                                 ++made;
                                                 return request;
                                             },
                                             {},
                                             {}},
                                            {5, 10s, 10s, 60s});
    CHECK(outcome.what == http_outcome::how::not_sent);
    CHECK(made == 1);
}

namespace {

/// An object under conditions whose answers can be lost.
struct object_server {
    std::atomic<int> lose_next{0};
    std::atomic<bool> apply_lost{true};
    std::string tag;
    std::string write_id;
    int writes = 0;
    scripted_server server{[this](const received& request) { return answer(request); }};

    scripted_answer answer(const received& request) {
        if (request.method == "HEAD")
            return tag.empty() ? scripted_answer{404, "", {}}
                               : scripted_answer{200, "", {{"etag", tag}, {"id", write_id}}};
        const bool lost = lose_next > 0;
        if (lost) --lose_next;
        if (!lost || apply_lost) {
            if (!tag.empty()) return scripted_answer{412, "", {}, lost, 0};
            tag = "t" + std::to_string(++writes);
            write_id = request.header("id");
        }
        return scripted_answer{200, "", {{"etag", tag}}, lost, 0};
    }
};

conditional_put put_if_absent(object_server& object, http_client& client, const std::string& id) {
    conditional_put put;
    put.write_id = id;
    put.call.make = [&object, id] {
        auto request = put_of(object.server.url(), "x");
        request.headers = {{"id", id}};
        return request;
    };
    put.lost_race = [](const http_outcome& outcome) { return outcome.is(412); };
    put.look = [&object, &client]() -> std::optional<seen_object> {
        http_request request;
        request.method = "HEAD";
        request.url = object.server.url();
        const auto outcome = client.perform(request);
        if (!outcome.is(200)) return std::nullopt;
        return seen_object{std::string(outcome.answer.header("etag")),
                           std::string(outcome.answer.header("id"))};
    };
    return put;
}

} // namespace

TEST_CASE("a conditional write whose answer was lost is found, not made again") {
    object_server object;
    http_client client;
    stop_signal stop;
    std::string tag;
    object.lose_next = 1;
    CHECK_FALSE(perform_conditional_put(client, stop, put_if_absent(object, client, "me"), tag, quick));
    CHECK(tag == "t1");
    CHECK(object.writes == 1);
    int puts = 0;
    for (const auto& one : object.server.requests())
        puts += one.method == "PUT" ? 1 : 0;
    CHECK(puts == 1);
}

TEST_CASE("a conditional write that was lost before it was made is made once") {
    object_server object;
    http_client client;
    stop_signal stop;
    std::string tag;
    object.lose_next = 2;
    object.apply_lost = false;
    const auto outcome =
        perform_conditional_put(client, stop, put_if_absent(object, client, "me"), tag, quick);
    REQUIRE(outcome);
    CHECK(outcome->is(200));
    CHECK(object.writes == 1);
}

TEST_CASE("a conditional write that lost to another is a conflict with the other's tag") {
    object_server object;
    http_client client;
    stop_signal stop;
    std::string tag;
    CHECK(perform_conditional_put(client, stop, put_if_absent(object, client, "other"), tag, quick));
    const auto mine = put_if_absent(object, client, "me");
    try {
        (void)perform_conditional_put(client, stop, mine, tag, quick);
        FAIL("no conflict");
    } catch (const plugin::tag_conflict& lost) {
        CHECK(lost.tag() == "t1");
    }
    CHECK(object.writes == 1);
}

TEST_CASE("a conflict behind a lost answer may be one with the write itself: the outcome is unknown") {
    stop_signal stop;
    std::string tag;
    const auto status_of = [&](http_client& client, const conditional_put& put) {
        try {
            (void)perform_conditional_put(client, stop, put, tag, quick);
        } catch (const plugin::failure& why) {
            CHECK(std::string(why.what()).find("not known") != std::string::npos);
            return why.status();
        }
        return static_cast<mf_status>(MF_OK);
    };
    object_server object;
    http_client client;
    CHECK(perform_conditional_put(client, stop, put_if_absent(object, client, "other"), tag, quick));
    SUBCASE("a connection that is used again breaks: libcurl repeats by itself") {
        object.lose_next = 1;
    }
    SUBCASE("and the one after it breaks too") {
        object.lose_next = 2;
    }
    CHECK(status_of(client, put_if_absent(object, client, "me")) == MF_UNAVAILABLE);
    CHECK(object.writes == 1);
}

TEST_CASE("what a reused connection lost is repeated by libcurl, and told") {
    std::atomic<bool> lose{false};
    scripted_server server([&](const received&) {
        scripted_answer made{200, "x", {}};
        made.lose = lose.exchange(false);
        return made;
    });
    http_client client;
    CHECK_FALSE(client.perform(put_of(server.url(), "1")).resent);
    lose = true;
    const auto outcome = client.perform(put_of(server.url(), "2"));
    CHECK(outcome.is(200));
    CHECK(outcome.resent);
    CHECK(may_have_acted(outcome));
    CHECK_FALSE(client.perform(put_of(server.url(), "3")).resent);
    CHECK(server.requests().size() == 4);
}

namespace {

/// An object that is removed by the first DELETE, whose answer can be lost.
struct removable {
    std::atomic<int> lose_next{0};
    std::atomic<int> status{204};
    scripted_server server{[this](const received&) {
        const auto now = status.exchange(status == 204 ? 404 : status.load());
        const bool lost = lose_next > 0;
        if (lost) --lose_next;
        return scripted_answer{now, "", {}, lost, 0};
    }};

    bool remove(bool conditional) {
        http_client client;
        stop_signal stop;
        removal wanted;
        wanted.conditional = conditional;
        wanted.call.make = [this] {
            http_request request;
            request.method = "DELETE";
            request.url = server.url();
            return request;
        };
        wanted.removed = [](const http_outcome& outcome) { return outcome.is(204); };
        wanted.missing = [](const http_outcome& outcome) { return outcome.is(404); };
        wanted.failed = [](const http_outcome&) { return plugin::failure(MF_DENIED, "refused"); };
        return perform_removal(client, stop, wanted, quick);
    }
};

mf_status status_of_removal(removable& object, bool conditional) {
    try {
        (void)object.remove(conditional);
    } catch (const plugin::failure& why) {
        return why.status();
    }
    return MF_OK;
}

} // namespace

TEST_CASE("a removal whose answer was lost took place; under a condition nobody can know") {
    removable object;
    CHECK(object.remove(false));
    CHECK_FALSE(object.remove(false));
    object.status = 204;
    object.lose_next = 1;
    CHECK(object.remove(false));
    object.status = 204;
    object.lose_next = 1;
    CHECK(status_of_removal(object, true) == MF_UNAVAILABLE);
    object.status = 412;
    CHECK(status_of_removal(object, true) == MF_CONFLICT);
    object.lose_next = 1;
    CHECK(status_of_removal(object, true) == MF_UNAVAILABLE);
    object.status = 403;
    CHECK(status_of_removal(object, true) == MF_DENIED);
}

namespace {

struct token {
    std::string text;
    std::optional<wall_clock::time_point> expires;
};

} // namespace

TEST_CASE("a value is renewed before it expires; a failed renewal leaves the old one in use") {
    int fetches = 0;
    auto life = std::chrono::seconds(3600);
    bool fail = false;
    refreshed<token> value([&] {
        ++fetches;
        if (fail) throw std::runtime_error("no token");
        return token{std::to_string(fetches), wall_clock::now() + life};
    });
    CHECK(value.get().text == "1");
    CHECK(value.get().text == "1");
    value.drop();
    life = std::chrono::seconds(120); // within the last five minutes: renewed by the next call
    CHECK(value.get().text == "2");
    CHECK(value.get().text == "3");
    fail = true;
    CHECK(value.get().text == "3");
    CHECK(value.get().text == "3");
    CHECK(fetches == 4); // not with every call
    value.drop();
    CHECK_THROWS(value.get());
}

TEST_CASE("a value without an end is fetched once") {
    int fetches = 0;
    refreshed<token> value([&] {
        ++fetches;
        return token{"x", std::nullopt};
    });
    for (int i = 0; i < 3; ++i)
        CHECK(value.get().text == "x");
    CHECK(fetches == 1);
}

TEST_SUITE_END();

} // namespace mockfleet::common
