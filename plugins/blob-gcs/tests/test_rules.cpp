// Settings, refusals, and the requests of the store seen by a small server.
#include "client.hpp"
#include "error.hpp"
#include "settings.hpp"

#include "common/tests/scripted_server.hpp"
#include "common/tests/store_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

namespace mockfleet::gcs {

namespace {

using common::testing::given;
using common::testing::has;
using common::testing::if_any;
using common::testing::if_tag;
using common::testing::quick;
using common::testing::received;
using common::testing::scripted_answer;
using common::testing::scripted_server;

settings parse(const given& values) {
    return common::testing::parsed(parse_settings, values);
}

std::string refusal_of(const given& values) {
    return common::testing::refusal_of(parse_settings, values);
}

settings at(const scripted_server& server) {
    return parse({{"blobStoreBucket", "docs"},
                  {"blobStoreEndpoint", server.url()},
                  {"blobStoreKeyPrefix", "ns"},
                  {"blobStoreProbe", "true"}});
}

std::string error_of(const std::string& reason, const std::string& message) {
    return R"({"error":{"code":1,"message":")" + message + R"(","errors":[{"reason":")" + reason + R"("}]}})";
}

} // namespace

TEST_SUITE_BEGIN("gcs rules");

TEST_CASE("settings") {
    const auto plain = parse({{"blobStoreBucket", "docs"}});
    CHECK(plain.at.origin() == "https://storage.googleapis.com");
    CHECK_FALSE(plain.emulator);
    const auto emulator = parse({{"blobStoreBucket", "docs"}, {"blobStoreEndpoint", "http://h:4443"}});
    CHECK(emulator.emulator);
    CHECK(emulator.project == "test-project");
    CHECK(refusal_of({}) == "blobStoreType=gcs requires blobStoreBucket to be configured");
    CHECK(has(refusal_of({{"blobStoreBucket", "gs://docs"}}), "blobStoreBucket is 'gs://docs'"));
    CHECK(has(refusal_of({{"blobStoreBucket", "docs"}, {"blobStoreEndpoint", "h"}}), "blobStoreEndpoint"));
    CHECK(has(refusal_of({{"blobStoreBucket", "docs"}, {"blobStoreCaFile", "/no/such"}}), "cannot be read"));
}

TEST_CASE("each refusal has its status and its remedy") {
    struct expected {
        int status;
        std::string body;
        mf_status means;
        const char* remedy;
    };
    const auto used = parse({{"blobStoreBucket", "docs"}});
    for (const auto& one :
         {expected{404, error_of("notFound", "The specified bucket does not exist."), MF_UNAVAILABLE,
                   "blobStoreCreateIfMissing=true"},
          expected{401, error_of("authError", "Invalid Credentials"), MF_DENIED, "this machine's clock"},
          expected{403, error_of("forbidden", "x"), MF_DENIED, "the user of a file may not do this"},
          expected{403, error_of("rateLimitExceeded", "x"), MF_UNAVAILABLE, "throttles"},
          expected{429, "", MF_UNAVAILABLE, "throttles"},
          expected{403, error_of("quotaExceeded", "x"), MF_EXHAUSTED, "quota"},
          expected{403, error_of("accountDisabled", "x"), MF_DENIED, "billing"},
          expected{503, "", MF_UNAVAILABLE, "not available now"},
          expected{400, error_of("invalid", "x"), MF_INVALID, "refused as invalid"},
          expected{404, "<html>", MF_INTERNAL, "is Google Cloud Storage"}}) {
        const common::http_outcome outcome{
            common::http_outcome::how::answered, {one.status, {}, one.body}, {}};
        const auto made = failure_of(outcome, "put of 'a'", used, "the user of a file");
        CHECK_MESSAGE(made.status() == one.means, made.what());
        CHECK_MESSAGE(has(made.what(), one.remedy), made.what());
    }
}

TEST_CASE("a put is one request with metadata and data, under the generation's condition") {
    scripted_server server(
        [](const received&) { return scripted_answer{200, R"({"generation":"17"})", {}}; });
    client store(at(server), quick);
    const mf_pair pair{plugin::slice("na\"me"), plugin::slice("\xC3\xBC \n")};
    CHECK(store.put("a/b c", "data", {&pair, 1}, {MF_IF_ABSENT, 0, {}}) == "17");
    const auto request = server.requests().front();
    CHECK(request.method == "POST");
    CHECK(request.target == "/upload/storage/v1/b/docs/o?uploadType=multipart&ifGenerationMatch=0");
    CHECK(request.header("authorization").empty());
    const auto type = request.header("content-type");
    REQUIRE(type.starts_with("multipart/related; boundary="));
    const auto boundary = type.substr(type.find('=') + 1);
    CHECK(request.body.starts_with(
        "--" + boundary + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" +
        R"({"name":"ns/a/b c","contentType":"application/octet-stream","metadata":)" + R"({"na\"me":")" +
        "\xC3\xBC" + R"( \u000a","mockfleetwrite":")"));
    CHECK(request.body.ends_with("\r\n--" + boundary +
                                 "\r\nContent-Type: application/octet-stream\r\n\r\ndata\r\n--" + boundary +
                                 "--\r\n"));
    CHECK(store.put("a", "x", {}, {MF_IF_TAG, 0, plugin::slice("17")}) == "17");
    CHECK(has(server.requests().back().target, "ifGenerationMatch=17"));
}

TEST_CASE("a get reads the data of the generation whose metadata it has") {
    std::atomic<int> generation{1};
    scripted_server server([&](const received& request) {
        const auto now = std::to_string(generation);
        if (request.target.find("alt=media") == std::string::npos)
            return scripted_answer{200,
                                   R"({"generation":")" + now + R"(","metadata":{"v":")" + now +
                                       R"(","mockfleetwrite":"w"}})",
                                   {}};
        // Replaced between the two requests, once.
        if (generation == 1) {
            generation = 2;
            return scripted_answer{404, "No such object", {}};
        }
        return scripted_answer{200, "data" + now, {}};
    });
    client store(at(server), quick);
    const auto found = store.get("a b");
    REQUIRE(found);
    CHECK(found->data == "data2");
    CHECK(found->tag == "2");
    CHECK(found->metadata == std::vector<std::pair<std::string, std::string>>{{"v", "2"}});
    CHECK(server.requests().back().target == "/storage/v1/b/docs/o/ns%2Fa%20b?alt=media&generation=2");
}

TEST_CASE("a generation that is no longer the object's is a conflict with the one that won") {
    scripted_server server([](const received& request) {
        if (request.method == "GET") return scripted_answer{200, R"({"generation":"18"})", {}};
        return scripted_answer{412, error_of("conditionNotMet", "x"), {}};
    });
    client store(at(server), quick);
    const auto winner_of = [&](auto call) {
        try {
            (void)call();
        } catch (const plugin::tag_conflict& lost) {
            return lost.tag();
        }
        return std::string("none");
    };
    CHECK(winner_of([&] { return store.put("a", "x", {}, if_tag("17")); }) == "18");
    CHECK(server.requests().size() == 2);
    CHECK(winner_of([&] { return store.put("a", "x", {}, if_tag("no number")); }) == "18");
    CHECK(winner_of([&] { return store.remove("a", if_tag("17")); }) == "18");
    CHECK(server.requests().size() == 4);
    // Replaced between the look and the removal: the service decides.
    CHECK(winner_of([&] { return store.remove("a", if_tag("18")); }).empty());
    CHECK(server.requests().back().target == "/storage/v1/b/docs/o/ns%2Fa?ifGenerationMatch=18");
}

TEST_CASE("an object that is replaced with every look is told as such") {
    scripted_server server([](const received& request) {
        if (request.target.find("alt=media") == std::string::npos)
            return scripted_answer{200, R"({"generation":"1"})", {}};
        return scripted_answer{404, "", {}};
    });
    client store(at(server), quick);
    const auto why = common::testing::failure_text_of([&] { (void)store.get("a"); });
    CHECK_MESSAGE(has(why, "replaced all the time"), why);
}

TEST_CASE("lists begin behind a key and go on by the service's mark") {
    scripted_server server([](const received& request) {
        if (request.target.find("pageToken=t") != std::string::npos)
            return scripted_answer{200, R"({"items":[{"name":"ns/d"}]})", {}};
        return scripted_answer{
            200, R"({"items":[{"name":"ns/"},{"name":"ns/b"},{"name":"ns/c"}],"nextPageToken":"t"})", {}};
    });
    client store(at(server), quick);
    const auto page = store.list("", "b", 5);
    CHECK(page.keys == std::vector<std::string>{"c", "d"});
    CHECK_FALSE(page.more);
    CHECK(server.requests().front().target ==
          "/storage/v1/b/docs/"
          "o?fields=items%28name%29%2CnextPageToken&maxResults=6&prefix=ns%2F&startOffset=ns%2Fb");
    CHECK(store.list("", "", 2).more);
}

TEST_CASE("what cannot be kept is refused before anything is sent") {
    scripted_server server([](const received&) { return scripted_answer{500, "", {}}; });
    client store(at(server), quick);
    for (const auto& key : {std::string(), std::string("a\nb"), std::string("\xff"), std::string(1022, 'x')})
        CHECK_THROWS_AS((void)store.get(key), plugin::failure);
    const mf_pair bad{plugin::slice("a"), plugin::slice("\xff")};
    CHECK_THROWS_AS((void)store.put("a", "", {&bad, 1}, if_any), plugin::failure);
    const mf_pair own{plugin::slice("mockfleetwrite"), plugin::slice("x")};
    CHECK_THROWS_AS((void)store.put("a", "", {&own, 1}, if_any), plugin::failure);
    CHECK_THROWS_AS((void)store.remove("a", {MF_IF_ABSENT, 0, {}}), plugin::failure);
    CHECK(server.requests().empty());
}

TEST_CASE("a missing bucket is found at start, or created in the project") {
    bool exists = false;
    scripted_server server([&](const received& request) {
        if (request.method == "POST") exists = true;
        return exists ? scripted_answer{200, "{}", {}} : scripted_answer{404, "Not Found", {}};
    });
    auto used = at(server);
    client refusing(used, quick);
    CHECK_THROWS_AS(refusing.probe(), plugin::failure);
    used.create_if_missing = true;
    client creating(used, quick);
    creating.probe();
    CHECK(server.requests()[2].target == "/storage/v1/b?project=test-project");
    CHECK(server.requests()[2].body == R"({"name":"docs"})");
}

TEST_SUITE_END();

} // namespace mockfleet::gcs
