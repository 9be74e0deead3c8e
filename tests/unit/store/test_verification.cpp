// Verification: verdicts, the exact failure texts, and what happens when evidence was evicted.
#include "store/sequence_verification.hpp"
#include "store/verification.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::matcher;

namespace {

struct verifier : fixture {
    using fixture::fixture;
    store::verification_options options;

    /// The failure text; "" when it holds.
    std::string verify(model::request_matcher wanted, model::verification_times times = {1, 1}) {
        model::verification asked;
        asked.request = std::move(wanted);
        asked.times = times;
        const auto outcome = store::verify(log, live, asked, options);
        return outcome ? outcome->value_or("") : "error: " + outcome.error().message;
    }
    std::string verify_id(std::string id, model::verification_times times = {1, 1}) {
        model::verification asked;
        asked.expectation_id = std::move(id);
        asked.times = times;
        const auto outcome = store::verify(log, live, asked, options);
        return outcome ? outcome->value_or("") : "error: " + outcome.error().message;
    }
    std::string sequence(std::initializer_list<std::string> paths) {
        model::verification_sequence asked;
        for (const auto& path : paths)
            asked.requests.push_back(matcher(path));
        return run(asked);
    }
    std::string sequence_of_ids(std::vector<std::string> ids) {
        model::verification_sequence asked;
        asked.by_id = true;
        asked.expectation_ids = std::move(ids);
        return run(asked);
    }

private:
    std::string run(const model::verification_sequence& asked) {
        const auto outcome = store::verify_sequence(log, live, asked, options);
        return outcome ? outcome->value_or("") : "error: " + outcome.error().message;
    }
};

/// Up to the first line break after it.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

constexpr std::string_view get_a = R"({
  "keepAlive" : true,
  "method" : "GET",
  "path" : "/a",
  "protocol" : "HTTP_1_1",
  "secure" : false
})";

} // namespace

TEST_CASE("counts decide") {
    verifier at;
    at.receive("GET", "/a");
    at.receive("GET", "/a");
    at.receive("POST", "/b");
    CHECK(at.verify(matcher("/a"), {2, 2}).empty());
    CHECK(at.verify(matcher("/a"), {1, {}}).empty());
    CHECK(at.verify(matcher("/a"), {{}, 2}).empty());
    CHECK(at.verify(matcher("/a"), {{}, {}}).empty());
    CHECK(at.verify(matcher("/[ab]"), {3, 3}).empty());
    CHECK(at.verify(matcher("/[ab]", "POST"), {1, 1}).empty());
    CHECK(at.verify(matcher("/c"), {0, 0}).empty());
    CHECK(at.verify({}, {3, 3}).empty());
    CHECK_FALSE(at.verify(matcher("/a"), {3, {}}).empty());
    CHECK_FALSE(at.verify(matcher("/a"), {{}, 1}).empty());
}

TEST_CASE("the wording of times") {
    verifier at;
    at.receive("GET", "/a");
    const auto line = [&](model::verification_times times) {
        return first_line(at.verify(matcher("/zz"), times));
    };
    CHECK(line({1, 1}) == "Request not found exactly once, expected:<{");
    CHECK(line({2, 2}) == "Request not found exactly 2 times, expected:<{");
    CHECK(line({1, {}}) == "Request not found at least once, expected:<{");
    CHECK(line({3, {}}) == "Request not found at least 3 times, expected:<{");
    CHECK(line({1, 2}) == "Request not found between 1 and 2 times, expected:<{");
    CHECK(line({3, 2}) == "Request not found between 3 and 2 times, expected:<{");
    const auto found = [&](model::verification_times times) {
        return first_line(at.verify(matcher("/a"), times));
    };
    CHECK(found({{}, 0}) == "Request found 1 time but should have been found at most 0 times, expected:<{");
    CHECK(found({0, 0}) == "Request found 1 time but should have been found exactly 0 times, expected:<{");
    at.receive("GET", "/a");
    CHECK(found({{}, 1}) == "Request found 2 times but should have been found at most once, expected:<{");
}

TEST_CASE("nothing recorded") {
    verifier at;
    CHECK(at.verify(matcher("/absent")) ==
          "Request not found exactly once, expected:<{\n  \"path\" : \"/absent\"\n}> but was:<[]>");
    CHECK(at.verify({}, {2, {}}) == "Request not found at least 2 times, expected:<{ }> but was:<[]>");
    CHECK(at.sequence({"/a", "/b"}) ==
          "Request sequence not found, expected:<[ {\n  \"path\" : \"/a\"\n}, {\n  \"path\" : \"/b\"\n} ]> "
          "but was:<[]>\n\nverification summary:\n  step 1 of 2 not found in 0 recorded requests\n");
}

TEST_CASE("one recorded request, which differs") {
    verifier at;
    at.receive("GET", "/a");
    const auto text = at.verify(matcher("/absent"));
    CHECK(text == "Request not found exactly once, expected:<{\n  \"path\" : \"/absent\"\n}> but was:<" +
                      std::string(get_a) +
                      ">\n\nclosest match diff:\n  path:\n"
                      "      string or regex match failed expected:      /absent     found:      /a \n"
                      "\n\nverification summary:\n  expected exactly once but matched 0 times among 1 "
                      "recorded request\n"
                      "  closest non-matching requests (fewest differing fields first):\n    1. GET /a "
                      "differs in: path\n");
    SUBCASE("without details") {
        at.options.detailed = false;
        CHECK(at.verify(matcher("/absent")) == text.substr(0, text.find(">\n\nclosest") + 1));
    }
}

TEST_CASE("several requests are an array, one request stands alone") {
    verifier at;
    at.receive("GET", "/a");
    CHECK(at.verify(matcher("/a"), {2, 2}).ends_with("but was:<" + std::string(get_a) + ">"));
    at.receive("GET", "/a");
    const auto both = at.verify(matcher("/a"), {3, 3});
    CHECK(both.ends_with("but was:<[ " + std::string(get_a) + ", " + std::string(get_a) + " ]>"));
}

TEST_CASE("the closest requests are listed: fewest differing fields, then the newest, three of them") {
    verifier at;
    for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{{"GET", "/d2"},
                                                                                       {"POST", "/b"},
                                                                                       {"POST", "/c"},
                                                                                       {"GET", "/x"},
                                                                                       {"DELETE", "/b"},
                                                                                       {"PATCH", "/x"}})
        at.receive(method, path);
    at.options.maximum_requests = 6;
    CHECK(at.verify(matcher("/x", "POST")) ==
          "Request not found exactly once, expected:<{\n  \"method\" : \"POST\",\n  \"path\" : \"/x\"\n}> "
          "but was found 0 times among 6 "
          "total requests\n\nclosest match diff:\n  method:\n"
          "      string or regex match failed expected:      POST     found:      GET \n"
          "\n\nverification summary:\n  expected exactly once but matched 0 times among 6 recorded requests\n"
          "  closest non-matching requests (fewest differing fields first):\n"
          "    1. PATCH /x differs in: method\n    2. GET /x differs in: method\n    3. POST /c differs in: "
          "path\n");
    SUBCASE("no first difference when something matched") {
        CHECK(at.verify(matcher("/x"), {3, {}}) ==
              "Request not found at least 3 times, expected:<{\n  \"path\" : \"/x\"\n}> but was found 2 "
              "times among 6 total requests\n\n"
              "verification summary:\n  expected at least 3 times but matched 2 times among 6 recorded "
              "requests\n"
              "  closest non-matching requests (fewest differing fields first):\n"
              "    1. DELETE /b differs in: path\n    2. POST /c differs in: path\n    3. POST /b differs "
              "in: path\n");
    }
    SUBCASE("nothing to say about a negated field") {
        CHECK(at.verify(matcher("!/x"), {9, {}}) ==
              "Request not found at least 9 times, expected:<{\n  \"path\" : \"/x\"\n}> but was found 4 "
              "times among 6 total requests");
        const auto text = at.verify(matcher("/zz", "!.*"));
        CHECK(text.find("closest match diff") == std::string::npos);
        CHECK(text.find("3. DELETE /b differs in: path\n") == std::string::npos);
        CHECK(text.find("1. PATCH /x differs in: path\n") != std::string::npos);
    }
    SUBCASE("a long reason is cut") {
        const auto text = at.verify(matcher(std::string(600, 'y')));
        const auto begin = text.find("      string or regex");
        const auto line = text.substr(begin, text.find('\n', begin) - begin);
        CHECK(line.ends_with("yyy...[truncated]"));
        CHECK(line.size() == 4 + 500 + std::string_view("...[truncated]").size());
    }
    SUBCASE("the verification's own limit comes first") {
        model::verification asked;
        asked.request = matcher("/zz");
        asked.maximum_requests_in_failure = 7;
        const auto outcome = store::verify(at.log, at.live, asked, at.options);
        CHECK((*outcome)->find("but was:<[ {") != std::string::npos);
    }
}

TEST_CASE("fields are named and ordered as the original does") {
    verifier at;
    at.receive("GET", "/a");
    model::request_matcher wanted = matcher("/a", "POST");
    wanted.headers.entries.push_back({model::parse_prefixed("h"), {model::parse_prefixed("v")}, {}});
    wanted.query.entries.push_back({model::parse_prefixed("q"), {model::parse_prefixed("v")}, {}});
    wanted.cookies.entries.push_back({model::parse_prefixed("c"), model::parse_prefixed("v")});
    wanted.body.emplace();
    wanted.body->text = "x";
    wanted.secure = true;
    wanted.keep_alive = false;
    wanted.version = model::protocol::http_2;
    CHECK(at.verify(wanted).find("1. GET /a differs in: method, queryParameters, cookies, headers, body, "
                                 "secure, protocol, keep-alive\n") != std::string::npos);
}

TEST_CASE("by expectation id") {
    verifier at;
    at.put({expectation("a", "/a"), expectation("b", "/b")});
    at.receive("GET", "/a");
    at.receive("GET", "/none");
    CHECK(at.verify_id("a").empty());
    CHECK(at.verify_id("b", {0, 0}).empty());
    CHECK(at.verify_id("zz") == "error: No expectation found with id zz");
    CHECK(at.verify_id("a", {2, {}}) ==
          "Request not found at least 2 times, expected:<{\n  \"path\" : \"/a\"\n}> but was:<" +
              std::string(get_a) + ">");
    at.options.maximum_requests = 1;
    CHECK(at.verify_id("a", {2, {}}).ends_with("> but was found 1 time among 1 total requests"));
    SUBCASE("also when the expectation is gone or was replaced") {
        at.put(expectation("a", "/new"));
        at.receive("GET", "/new");
        CHECK(at.verify_id("a", {2, 2}).empty());
        REQUIRE(tests::run(at.live.clear_id("a")).has_value());
        CHECK(at.verify_id("a", {2, 2}).empty());
        REQUIRE(tests::run(at.live.clear_all()).has_value());
        CHECK(at.verify_id("a", {2, 2}) == "error: No expectation found with id a");
    }
}

TEST_CASE("cleared requests do not count") {
    verifier at;
    at.receive("GET", "/a");
    at.receive("GET", "/b");
    at.log.clear_matching(matcher("/a"));
    CHECK(at.verify(matcher("/a"), {0, 0}).empty());
    CHECK(at.verify({}, {1, 1}).empty());
    at.log.clear();
    CHECK(at.verify({}, {0, 0}).empty());
}

TEST_CASE("sequences") {
    verifier at;
    at.receive("GET", "/d2");
    at.receive("POST", "/two");
    at.receive("GET", "/three");
    CHECK(at.sequence({"/d2", "/three"}).empty());
    CHECK(at.sequence({"/d2", "/two", "/three"}).empty());
    CHECK(at.sequence({"/t.*", "/t.*"}).empty());
    CHECK(at.sequence({}) == "No expectations, requests or responses specified in verification sequence");
    at.options.maximum_requests = 3;
    const auto tail = [](const std::string& text) { return text.substr(text.find("]>") + 2); };
    CHECK(tail(at.sequence({"/d2", "/b"})) ==
          " but was not found, found 3 other requests\n\nclosest match diff:\n  path:\n"
          "      string or regex match failed expected:      /b     found:      /d2 \n"
          "\n\nverification summary:\n  step 2 of 2 not found in the 2 recorded requests after step 1 "
          "matched recorded request 1 of 3\n"
          "  closest non-matching requests for step 2 (fewest differing fields first):\n"
          "    1. GET /three differs in: path\n    2. POST /two differs in: path\n");
    CHECK(tail(at.sequence({"/two", "/d2"})) ==
          " but was not found, found 3 other requests\n\nverification summary:\n"
          "  step 2 of 2 not found in the 1 recorded request after step 1 matched recorded request 2 of 3\n"
          "  1 recorded request matched step 2 but came before step 1's match\n"
          "  closest non-matching requests for step 2 (fewest differing fields first):\n    1. GET /three "
          "differs in: path\n");
    CHECK(
        tail(at.sequence({"/three", "/three"})) ==
        " but was not found, found 3 other requests\n\nverification summary:\n"
        "  step 2 of 2 not found in the 0 recorded requests after step 1 matched recorded request 3 of 3\n");
    at.options.detailed = false;
    CHECK(tail(at.sequence({"/two", "/d2"})) == " but was not found, found 3 other requests");
}

TEST_CASE("sequences by expectation id") {
    verifier at;
    at.put({expectation("a", "/a"), expectation("b", "/b")});
    at.receive("GET", "/a");
    at.receive("GET", "/none");
    at.receive("GET", "/b");
    CHECK(at.sequence_of_ids({"a", "b"}).empty());
    CHECK(at.sequence_of_ids({"a", "zz"}) == "error: No expectation found with id zz");
    // Only what the named expectations answered is looked at.
    at.options.maximum_requests = 1;
    CHECK(
        at.sequence_of_ids({"b", "b"}) ==
        "Request sequence not found, expected:<[ {\n  \"path\" : \"/b\"\n}, {\n  \"path\" : \"/b\"\n} ]> "
        "but was not found, found 1 other requests\n\nverification summary:\n"
        "  step 2 of 2 not found in the 0 recorded requests after step 1 matched recorded request 1 of 1\n");
}

namespace {

/// Answers with several statuses, and a request that nothing answers.
struct answering : verifier {
    answering() {
        auto made = expectation("a", "/a", "made");
        made.response->status_code = 201;
        auto absent = expectation("b", "/b", "absent");
        absent.response->status_code = 404;
        put({made, absent});
        for (const auto* path : {"/a", "/b", "/none", "/a"})
            receive("GET", path);
        options.maximum_requests = 1;
    }
    static model::response_matcher status(int code) {
        model::response_matcher made;
        made.status_code = code;
        return made;
    }
    std::string responses(int code, model::verification_times times = {1, {}}, std::string path = {},
                          std::string id = {}) {
        model::verification asked;
        if (!path.empty()) asked.request = matcher(std::move(path));
        if (!id.empty()) asked.expectation_id = std::move(id);
        asked.response = status(code);
        asked.times = times;
        return outcome_of(store::verify(log, live, asked, options));
    }
    std::string answered(std::string path, model::disposition by, model::verification_times times = {1, {}}) {
        model::verification asked;
        asked.request = matcher(std::move(path));
        asked.disposition = by;
        asked.times = times;
        return outcome_of(store::verify(log, live, asked, options));
    }
    std::string ordered(std::vector<int> codes, std::vector<std::string> paths = {},
                        std::vector<std::string> ids = {}) {
        model::verification_sequence asked;
        for (const auto code : codes)
            asked.responses.push_back(status(code));
        for (auto& path : paths)
            asked.requests.push_back(matcher(std::move(path)));
        asked.by_id = !ids.empty();
        asked.expectation_ids = std::move(ids);
        return outcome_of(store::verify_sequence(log, live, asked, options));
    }
    static std::string outcome_of(const base::result<std::optional<std::string>>& outcome) {
        return outcome ? outcome->value_or("") : "error: " + outcome.error().message;
    }
};

} // namespace

TEST_CASE("responses are counted") {
    answering at;
    CHECK(at.responses(201, {2, 2}).empty());
    CHECK(at.responses(404, {1, 1}).empty()); // the automatic one is none
    CHECK(at.responses(404, {0, 0}, "/a").empty());
    CHECK(at.responses(404, {0, 0}, "/none").empty());
    CHECK(at.responses(201, {2, 2}, "/a").empty());
    CHECK(at.responses(201, {2, 2}, {}, "a").empty());
    CHECK(at.responses(201, {0, 0}, {}, "b").empty());
    CHECK(at.responses(201, {1, 1}, {}, "zz") == "error: No expectation found with id zz");
    CHECK(
        at.responses(404, {5, {}}) ==
        "Response not found at least 5 times, expected:<{\n  \"statusCode\" : 404\n}> but was found 1 time "
        "among 3 recorded responses\n\nverification summary:\n  expected at least 5 times but matched 1 "
        "time among 3 recorded responses\n  closest non-matching responses (fewest differing fields "
        "first):\n    1. GET /a returned 201 differs in: response status\n    2. GET /a returned 201 differs "
        "in: response status\n");
    CHECK(
        at.responses(404, {1, {}}, "/a") ==
        "Response not found at least once, expected:<{\n  \"statusCode\" : 404\n}> but was found 0 times "
        "among 2 recorded responses\n\nclosest match diff:\n  operation:\n      statusCode match failed "
        "expected:      404     found:      201 \n\n\nverification summary:\n  expected at least once but "
        "matched 0 times among 2 recorded responses\n  closest non-matching responses (fewest differing "
        "fields first):\n    1. GET /a returned 201 differs in: response status\n    2. GET /a returned 201 "
        "differs in: response status\n");
    CHECK(at.responses(201, {1, 1}) ==
          "Response found 2 times but should have been found exactly once, expected:<{\n  \"statusCode\" : "
          "201\n}> but was found 2 times among 3 recorded responses");
    at.options.maximum_requests = 10;
    CHECK(at.responses(500, {1, {}}, "/b")
              .starts_with("Response not found at least once, expected:<{\n  \"statusCode\" : 500\n}> but "
                           "was:<{\n  \"statusCode\" : 404,\n  \"body\" : \"absent\"\n}>"));
}

TEST_CASE("who answered") {
    answering at;
    using model::disposition;
    CHECK(at.answered("/a", disposition::mocked, {2, 2}).empty());
    CHECK(at.answered("/.*", disposition::mocked, {3, 3}).empty());
    CHECK(at.answered("/.*", disposition::forwarded, {0, 0}).empty());
    CHECK(at.answered("/a", disposition::forwarded) ==
          "Request not found at least once, expected:<{\n  \"path\" : \"/a\"\n}> but was found 0 times among "
          "4 total requests\n\nverification summary:\n  expected at least once but matched 0 times among 4 "
          "recorded requests\n  2 recorded requests matched but were mocked, not forwarded\n  closest "
          "non-matching requests (fewest differing fields first):\n    1. GET /none differs in: path\n    2. "
          "GET /b differs in: path\n");
    CHECK(at.answered("/none", disposition::mocked).find("matched but") == std::string::npos);
}

TEST_CASE("sequences of responses") {
    answering at;
    CHECK(at.ordered({201, 404}).empty());
    CHECK(at.ordered({201, 404, 201}).empty());
    CHECK(at.ordered({201, 404}, {"/a", "/b"}).empty());
    CHECK(at.ordered({201, 404}, {}, {"a", "b"}).empty());
    const auto tail = [](const std::string& text) { return text.substr(text.find("]>") + 2); };
    CHECK(tail(at.ordered({404, 404})) ==
          " but was not found, found 3 other responses\n\nverification summary:\n  step 2 of 2 not found in "
          "the 1 recorded response after step 1 matched recorded response 2 of 3\n  closest non-matching "
          "responses for step 2 (fewest differing fields first):\n    1. GET /a returned 201 differs in: "
          "response status\n");
    CHECK(
        tail(at.ordered({201, 405}, {"/a", "/b"})) ==
        " but was not found, found 3 other responses\n\nclosest match diff:\n  operation:\n      statusCode "
        "match failed expected:      405     found:      201 \n\n\nverification summary:\n  step 2 of 2 "
        "not found in the 2 recorded responses after step 1 matched recorded response 1 of 3\n  closest "
        "non-matching responses for step 2 (fewest differing fields first):\n    1. GET /b returned 404 "
        "differs in: response status\n    2. GET /a returned 201 differs in: path, response status\n");
    CHECK(at.ordered({201}, {"/a", "/b"}) ==
          "Request and response sequences must be the same length for a response-aware verification "
          "sequence, found 2 request(s) and 1 response(s)");
}

namespace {

/// Far more requests than the log holds; the first are certainly evicted, the last certainly kept.
struct overflowing : verifier {
    static constexpr int each = 1500;
    overflowing() {
        log.set_limits({10, 1 << 20});
        put(expectation("a", "/a"));
        receive("GET", "/first");
        for (int i = 0; i < each; ++i) {
            receive(tests::sample{"GET", "/a", "", {}, std::string(1000, 'x')});
            receive(tests::sample{"POST", "/b", "", {}, std::string(1000, 'x')});
        }
        receive("GET", "/last");
        REQUIRE(log.take().evicted().requests() > each);
    }
};

model::request_matcher with_body(const std::string& path, const std::string& body) {
    auto made = matcher(path);
    made.body.emplace();
    made.body->text = body;
    return made;
}

} // namespace

TEST_CASE("evicted requests count where method and path decide") {
    overflowing at;
    CHECK(at.verify(matcher("/a"), {1500, 1500}).empty());
    CHECK(at.verify(matcher("/b", "POST"), {1500, 1500}).empty());
    CHECK(at.verify(matcher("/b", "GET"), {0, 0}).empty());
    CHECK(at.verify(matcher("/first"), {1, 1}).empty());
    CHECK(at.verify(matcher("/never"), {0, 0}).empty());
    CHECK(at.verify({}, {3002, 3002}).empty());
    CHECK(at.verify_id("a", {1500, 1500}).empty());
    const auto text = at.verify(matcher("/first"), {2, {}});
    CHECK(first_line(text) == "Request not found at least 2 times, expected:<{");
    CHECK(text.find("but was found 1 time among 3002 total requests") != std::string::npos);
    CHECK(first_line(at.verify(matcher("/a"), {{}, 3})) ==
          "Request found 1500 times but should have been found at most 3 times, expected:<{");
}

TEST_CASE("where they do not decide, the answer is never false") {
    overflowing at;
    SUBCASE("it holds whatever was evicted") {
        CHECK(at.verify(with_body("/a", std::string(1000, 'x')), {1, {}}).empty());
        CHECK(at.verify(with_body("/last", ""), {{}, 1}).empty());
        CHECK(at.verify(with_body("/never", "x"), {0, 0}).empty());
    }
    SUBCASE("it fails whatever was evicted") {
        CHECK(first_line(at.verify(with_body("/never", "x"), {1, {}})) ==
              "Request not found at least once, expected:<{");
        CHECK(first_line(at.verify(with_body("/b", std::string(1000, 'x')), {{}, 0}))
                  .starts_with("Request found "));
        CHECK(first_line(at.verify(with_body("/a", "y"), {5000, {}})) ==
              "Request not found at least 5000 times, expected:<{");
    }
    SUBCASE("it cannot be told") {
        const auto text = at.verify(with_body("/a", "y"), {1, {}});
        CHECK(text.starts_with("Request could not be verified at least once because the event log is not "
                               "complete: 0 matches are recorded"));
        CHECK(text.find("maxLogEntries") != std::string::npos);
        CHECK(at.verify(with_body("/a", "y"), {0, 0})
                  .starts_with("Request could not be verified exactly 0 times"));
        CHECK(at.verify(with_body("/a", std::string(1000, 'x')), {1500, 1500})
                  .starts_with("Request could not be verified exactly 1500"));
    }
}

TEST_CASE("sequences over evicted requests") {
    overflowing at;
    CHECK(at.sequence({"/a", "/last"}).empty());
    CHECK(at.sequence({"/first", "/a"})
              .starts_with("Request sequence could not be verified because the event log is not complete"));
    CHECK(at.sequence({"/first", "/a", "/last"}).starts_with("Request sequence could not be verified"));
    CHECK(at.sequence({"/never", "/a"}).starts_with("Request sequence not found"));
    CHECK(at.sequence({"/last", "/first"}).starts_with("Request sequence not found"));
    CHECK(at.sequence({"/first", "/never"}).starts_with("Request sequence not found"));
}

TEST_CASE("verifications leave entries in the log") {
    verifier at;
    at.receive("GET", "/a");
    static_cast<void>(at.verify(matcher("/a")));
    static_cast<void>(at.verify(matcher("/b")));
    std::vector<std::string> types;
    store::recorded_note read;
    const auto snapshot = at.log.take();
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        if (!snapshot.is_note(i)) continue;
        snapshot.read(i, read);
        types.emplace_back(store::to_text(read.type));
    }
    CHECK(types == std::vector<std::string>{"VERIFICATION", "VERIFICATION_PASSED", "VERIFICATION",
                                            "VERIFICATION_FAILED"});
}

TEST_CASE("what was evicted may have had any response") {
    overflowing at;
    model::verification asked;
    asked.request = matcher("/a");
    asked.response.emplace();
    asked.times = {1500, 1500};
    const auto responses = store::verify(at.log, at.live, asked, at.options);
    REQUIRE(responses.has_value());
    CHECK(responses->value_or("").starts_with(
        "Response could not be verified exactly 1500 times because the event log is not complete: "));
    asked.response.reset();
    asked.disposition = model::disposition::forwarded;
    asked.times = {1, {}};
    const auto forwarded = store::verify(at.log, at.live, asked, at.options);
    REQUIRE(forwarded.has_value());
    CHECK(forwarded->value_or("").starts_with(
        "Request could not be verified at least once because the event log is not complete: "));
    asked.times = {0, {}};
    CHECK_FALSE(store::verify(at.log, at.live, asked, at.options)->has_value());
}
