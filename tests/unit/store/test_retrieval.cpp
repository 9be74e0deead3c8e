// Retrieve: what each type shows, how filters work, and the layouts of the log.
#include "store/log_text.hpp"
#include "store/retrieval.hpp"
#include "store_fixture.hpp"
#include "json/reader.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::matcher;
using kind = store::retrieval::kind;
using layout = store::retrieval::layout;

namespace {

struct retriever : fixture {
    retriever() {
        setenv("TZ", "UTC", 1);
        tzset();
    }
    std::string get(const store::retrieval& asked) {
        const auto outcome = store::retrieve(log, live, asked);
        return outcome ? *outcome : "error: " + outcome.error().message;
    }
    std::string get(kind what, layout form = layout::json) {
        return get(store::retrieval{what, form, {}, {}, {}});
    }
    std::string get(kind what, model::request_matcher filter, layout form = layout::json) {
        return get(store::retrieval{what, form, std::move(filter), {}, {}});
    }
};

json::value parsed(const std::string& text) {
    auto document = json::read_tolerant(text);
    REQUIRE(document.has_value());
    return *document;
}

std::vector<std::string> members(const json::value& document) {
    std::vector<std::string> names;
    for (const auto& one : document.as_object())
        names.push_back(one.name);
    return names;
}

std::vector<std::string> types(const std::string& text) {
    std::vector<std::string> found;
    const auto document = parsed(text);
    for (const auto& one : document.as_array())
        found.push_back(one.find("type")->as_string());
    return found;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("nothing to retrieve") {
    retriever at;
    for (const auto what :
         {kind::requests, kind::request_responses, kind::recorded_expectations, kind::active_expectations})
        CHECK(at.get(what) == "[]");
    at.log.set_level(base::log::level::off);
    at.log.clear();
    CHECK(at.get(kind::logs) == "\n");
    CHECK(at.get(kind::logs, layout::log_entries) == "[]");
    CHECK(at.get(kind::requests, layout::log_entries) == "[]");
}

TEST_CASE("requests in the reduced shape, oldest first") {
    retriever at;
    at.receive("GET", "/a");
    at.receive(tests::sample{"POST", "/b", "x=1&x=2", {{"Host", "h"}, {"host", "i"}}, "text"});
    CHECK(at.get(kind::requests) == R"([ {
  "keepAlive" : true,
  "method" : "GET",
  "path" : "/a",
  "protocol" : "HTTP_1_1",
  "secure" : false
}, )" + at.get(kind::requests, matcher("/b")).substr(2));
    const auto filtered = parsed(at.get(kind::requests, matcher("/b")));
    REQUIRE(filtered.as_array().size() == 1);
    CHECK(filtered.as_array()[0].find("body")->as_string() == "text");
    CHECK(at.get(kind::requests, matcher("/zz")) == "[]");
    CHECK(parsed(at.get(kind::requests, model::request_matcher())).as_array().size() == 2);
}

TEST_CASE("pairs of requests and responses") {
    retriever at;
    at.put(expectation("a", "/a"));
    auto broken = expectation("e", "/e");
    broken.response.reset();
    broken.error.emplace();
    broken.error->drop_connection = true;
    at.put(broken);
    at.receive("GET", "/a");
    at.receive("GET", "/none");
    at.receive("GET", "/e");
    const auto all = parsed(at.get(kind::request_responses)).as_array();
    REQUIRE(all.size() == 3);
    CHECK(members(all[0]) == texts{"httpRequest", "httpResponse", "timestamp"});
    CHECK(all[0].find("timestamp")->as_string() == store::timestamp_text(at.now));
    CHECK(all[0].find("httpResponse")->find("body")->as_string() == "ok");
    CHECK(all[0].find("httpRequest")->find("remoteAddress")->as_string() == "127.0.0.1:50000");
    CHECK(all[1].find("httpResponse")->find("reasonPhrase")->as_string() == "Not Found");
    CHECK(members(all[2]) == texts{"httpRequest", "timestamp"});
    SUBCASE("automatic answers are kept only when the level admits them") {
        at.log.clear();
        at.log.set_level(base::log::level::warn);
        at.receive("GET", "/none");
        at.receive("GET", "/a");
        CHECK(parsed(at.get(kind::request_responses)).as_array().size() == 1);
        CHECK(parsed(at.get(kind::requests)).as_array().size() == 2);
    }
}

TEST_CASE("active expectations in match order, as they are now") {
    retriever at;
    auto limited = expectation("limited", "/a");
    limited.times.remaining = 2;
    at.put(limited);
    auto high = expectation("high", "/b");
    high.priority = 10;
    at.put(high);
    at.receive("GET", "/a");
    const auto all = parsed(at.get(kind::active_expectations)).as_array();
    REQUIRE(all.size() == 2);
    CHECK(all[0].find("id")->as_string() == "high");
    CHECK(all[1].find("times")->find("remainingTimes")->number_text() == "1");
    CHECK(parsed(at.get(kind::active_expectations, matcher("/b"))).as_array().size() == 1);
    store::retrieval by_id{kind::active_expectations, layout::json, {}, "limited", {}};
    CHECK(parsed(at.get(by_id)).as_array().size() == 1);
    at.receive("GET", "/a");
    CHECK(at.get(by_id) == "[]");
    by_id.expectation_id = "zz";
    CHECK(at.get(by_id) == "error: No expectation found with id zz");
}

TEST_CASE("an expectation's id stands for its matcher") {
    retriever at;
    at.put(expectation("a", "/a"));
    at.receive("GET", "/a");
    at.receive("GET", "/b");
    CHECK(parsed(at.get(store::retrieval{kind::requests, layout::json, {}, "a", {}})).as_array().size() == 1);
    CHECK(at.get(store::retrieval{kind::requests, layout::json, {}, "zz", {}}) ==
          "error: No expectation found with id zz");
}

TEST_CASE("the log as text") {
    retriever at;
    at.put(expectation("a", "/a"));
    at.receive("GET", "/a");
    at.receive("GET", "/no");
    at.log.record(
        store::note{store::entry_type::info, base::log::level::info, "just words", {}, nullptr, {}});
    const auto text = at.get(kind::logs);
    const auto stamp = store::timestamp_text(at.now);
    CHECK(
        text.find(stamp + " - received request:\n\n  {\n    \"method\" : \"GET\",\n    \"path\" : \"/a\",") !=
        std::string::npos);
    CHECK(
        text.find(" matched expectation:\n\n  {\n    \"httpRequest\" : {\n      \"path\" : \"/a\"\n    },") !=
        std::string::npos);
    CHECK(text.find("returning response:\n\n  {\n    \"statusCode\" : 200,\n    \"body\" : \"ok\"\n  }\n\n "
                    "for request:\n\n  {") != std::string::npos);
    CHECK(text.find("\n\n from expectation:\n\n  a\n\n------------------------------------\n" + stamp +
                    " - received request:") != std::string::npos);
    CHECK(text.find("no expectation for:\n\n  {") != std::string::npos);
    CHECK(text.find("\n\n returning response:\n\n  {\n    \"statusCode\" : 404,\n    \"reasonPhrase\" : "
                    "\"Not Found\"\n  }\n\n---") != std::string::npos);
    CHECK(text.find("creating expectation:\n\n  {") != std::string::npos);
    CHECK(text.find("  }\n\n with id:\n\n  a\n\n----") != std::string::npos);
    CHECK(text.ends_with(" - just words\n"));
    // The next one shows the last.
    CHECK(at.get(kind::logs).ends_with(" - retrieved logs that match:\n\n  { }\n\n"));
}

TEST_CASE("the log as entries") {
    retriever at;
    at.put(expectation("a", "/a"));
    at.receive("GET", "/a");
    at.receive("GET", "/no");
    const auto text = at.get(kind::logs, layout::log_entries);
    CHECK(text.starts_with("[\n  {\n    \"logLevel\" : \"INFO\","));
    const auto all = parsed(text).as_array();
    // Notes are written by another clock than the exchanges of this test.
    const json::value* matched = nullptr;
    const json::value* answered = nullptr;
    const json::value* received = nullptr;
    for (const auto& one : all) {
        const auto& type = one.find("type")->as_string();
        if (type == "EXPECTATION_MATCHED") matched = &one;
        if (type == "EXPECTATION_RESPONSE") answered = &one;
        if (type == "RECEIVED_REQUEST" && received == nullptr) received = &one;
    }
    REQUIRE(matched != nullptr);
    REQUIRE(answered != nullptr);
    REQUIRE(received != nullptr);
    CHECK(members(*received) == texts{"logLevel", "epochTime", "timestamp", "type", "correlationId", "port",
                                      "httpRequest", "messageFormat", "message", "arguments"});
    CHECK(received->find("epochTime")->number_text() == std::to_string(at.now / 1'000'000));
    CHECK(received->find("port")->number_text() == "1080");
    CHECK(received->find("arguments")->as_array() == json::array{"GET /a"});
    CHECK(received->find("message")->as_array() == json::array{"received request:", "", "   GET /a"});
    CHECK(*received->find("correlationId") == *matched->find("correlationId"));
    CHECK(matched->find("expectation")->find("id")->as_string() == "a");
    CHECK(members(*answered) == texts{"logLevel", "epochTime", "timestamp", "type", "correlationId", "port",
                                      "httpRequest", "httpResponse", "expectationId", "messageFormat",
                                      "message", "arguments"});
    CHECK(answered->find("message")->as_array() ==
          json::array{"returning response:", "", "   200", "", " for request:", "", "   GET /a", "",
                      " for action:", "", "   {", "      \"statusCode\" : 200,", "      \"body\" : \"ok\"",
                      "   }", "", " from expectation:", "", "   a"});
    CHECK(answered->find("arguments")->as_array()[0] == json::value("200"));

    SUBCASE("correlation picks the entries of one exchange") {
        store::retrieval one{kind::logs,
                             layout::log_entries,
                             matcher("/zz"),
                             {},
                             received->find("correlationId")->as_string()};
        CHECK(types(at.get(one)) == texts{"RECEIVED_REQUEST", "EXPECTATION_MATCHED", "EXPECTATION_RESPONSE"});
        one.correlation_id = "zz";
        CHECK(at.get(one) == "[]");
    }
    SUBCASE("requests and pairs as entries") {
        CHECK(types(at.get(kind::requests, layout::log_entries)) ==
              texts{"RECEIVED_REQUEST", "RECEIVED_REQUEST"});
        CHECK(types(at.get(kind::request_responses, layout::log_entries)) ==
              texts{"EXPECTATION_RESPONSE", "NO_MATCH_RESPONSE"});
        CHECK(types(at.get(kind::requests, matcher("/no"), layout::log_entries)) ==
              texts{"RECEIVED_REQUEST"});
    }
}

TEST_CASE("filters of logs look at what an entry is about") {
    retriever at;
    at.log.record(
        store::note{store::entry_type::info, base::log::level::info, "about nothing", {}, nullptr, {}});
    at.put({expectation("a", "/a"), expectation("b", "/b")});
    at.receive("GET", "/a");
    at.receive("GET", "/b");
    static_cast<void>(at.get(kind::requests, matcher("/b")));
    const auto shown = types(at.get(kind::logs, matcher("/a"), layout::log_entries));
    CHECK(std::count(shown.begin(), shown.end(), "CREATED_EXPECTATION") == 1);
    CHECK(std::count(shown.begin(), shown.end(), "RECEIVED_REQUEST") == 1);
    CHECK(std::count(shown.begin(), shown.end(), "RETRIEVED") == 0);
    CHECK(std::count(shown.begin(), shown.end(), "INFO") == 1);
}

TEST_CASE("entries of errors and notes with documents") {
    retriever at;
    auto broken = expectation("e", "/e");
    broken.response.reset();
    broken.error.emplace();
    broken.error->drop_connection = true;
    at.put(broken);
    at.receive("GET", "/e");
    const auto all = parsed(at.get(kind::request_responses, layout::log_entries)).as_array();
    REQUIRE(all.size() == 1);
    CHECK(all[0].find("httpError")->find("dropConnection")->as_bool());
    CHECK(all[0].find("messageFormat")->as_string() ==
          "returning error:{}for request:{}for action:{}from expectation:{}");

    store::note made;
    made.format = "document:{}and then";
    made.arguments = {{store::note_argument::kind::json, "{\n  \"a\" : [ 1 ]\n}"}};
    at.log.record(made);
    const auto entries = parsed(at.get(kind::logs, layout::log_entries)).as_array();
    const auto& last = entries.back();
    CHECK(last.find("arguments")->as_array()[0].find("a")->is_array());
    CHECK(last.find("message")->as_array() ==
          json::array{"document:", "", "   {", "      \"a\" : [ 1 ]", "   }", "", " and then"});
}

TEST_CASE("only the newest entries are shown") {
    retriever at;
    at.log.set_limits({3, 1 << 20});
    for (int i = 0; i < 10; ++i)
        at.receive("GET", "/" + std::to_string(i));
    const auto all = parsed(at.get(kind::requests)).as_array();
    REQUIRE(all.size() == 3);
    CHECK(all[0].find("path")->as_string() == "/7");
}

TEST_CASE("local time") {
    setenv("TZ", "UTC", 1);
    tzset();
    CHECK(store::timestamp_text(0) == "1970-01-01 00:00:00.000");
    CHECK(store::timestamp_text(1'780'000'000'123'999'999) == "2026-05-28 20:26:40.123");
    setenv("TZ", "UTC-2", 1);
    tzset();
    CHECK(store::timestamp_text(0) == "1970-01-01 02:00:00.000");
}
