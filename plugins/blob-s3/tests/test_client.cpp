// The requests of the store, seen by a small server; what it makes of expired tokens, throttling and races.
#include "client.hpp"

#include "common/tests/scripted_server.hpp"
#include "common/tests/store_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>

namespace mockfleet::s3 {

namespace {

using common::testing::if_any;
using common::testing::quick;
using common::testing::received;
using common::testing::scripted_answer;
using common::testing::scripted_server;
using namespace std::chrono_literals;

settings at(const scripted_server& server) {
    settings made;
    made.bucket = "docs";
    made.region = "us-east-1";
    made.key_prefix = "ns";
    made.access_key = "id";
    made.secret_key = "secret";
    made.own_endpoint = true;
    made.at = *common::parse_endpoint(server.url());
    made.base = "/docs/";
    return made;
}

std::string error_of(const std::string& code) {
    return "<Error><Code>" + code + "</Code></Error>";
}

} // namespace

TEST_SUITE_BEGIN("s3 client");

TEST_CASE("a put carries the hash, metadata and the encoded name; a get gives them back") {
    scripted_server server([](const received& request) {
        if (request.method == "PUT") return scripted_answer{200, "", {{"ETag", "\"1\""}}};
        return scripted_answer{
            200,
            "data",
            {{"ETag", "\"1\""}, {"X-Amz-Meta-Source", "test"}, {"x-amz-meta-mockfleetwrite", "w"}}};
    });
    client store(at(server), quick);
    const mf_pair pair{plugin::slice("source"), plugin::slice("test")};
    CHECK(store.put("a b/\xC3\xBC", "data", {&pair, 1}, if_any) == "\"1\"");
    const auto put = server.requests().front();
    CHECK(put.target == "/docs/ns/a%20b/%C3%BC");
    CHECK(put.body == "data");
    CHECK(put.header("x-amz-meta-source") == "test");
    CHECK(put.header("x-amz-content-sha256") ==
          "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7");
    CHECK(put.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=id/"));
    CHECK(put.header("authorization")
              .find("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
                    "x-amz-meta-source,") != std::string::npos);
    const auto found = store.get("a b/\xC3\xBC");
    REQUIRE(found);
    CHECK(found->data == "data");
    CHECK(found->metadata == std::vector<std::pair<std::string, std::string>>{{"source", "test"}});
}

TEST_CASE("throttling and server errors are waited out; a refusal is not") {
    std::atomic<int> count{0};
    scripted_server server([&](const received&) {
        switch (count++) {
        case 0:
            return scripted_answer{503, error_of("SlowDown"), {}};
        case 1:
            return scripted_answer{400, error_of("RequestTimeout"), {}};
        case 2:
            return scripted_answer{200, "x", {{"ETag", "\"1\""}}};
        default:
            return scripted_answer{403, error_of("AccessDenied"), {}};
        }
    });
    client store(at(server), quick);
    CHECK(store.get("a")->data == "x");
    CHECK_THROWS_AS((void)store.get("a"), plugin::failure);
    CHECK(count == 4);
}

TEST_CASE("an expired token is renewed and the call made again, once") {
    std::atomic<int> count{0};
    scripted_server server([&](const received&) {
        ++count;
        return scripted_answer{400, error_of("ExpiredToken"), {}};
    });
    client store(at(server), quick);
    try {
        (void)store.get("a");
        FAIL("no failure");
    } catch (const plugin::failure& why) {
        CHECK(why.status() == MF_DENIED);
        CHECK(std::string(why.what()).find("renew the credentials of blobStoreAccessKeyId") !=
              std::string::npos);
    }
    CHECK(count == 2);
}

TEST_CASE("a missing bucket is no missing key") {
    scripted_server server([](const received& request) {
        return scripted_answer{
            404, error_of(request.target.ends_with("key") ? "NoSuchKey" : "NoSuchBucket"), {}};
    });
    client store(at(server), quick);
    CHECK_FALSE(store.get("key"));
    CHECK_THROWS_AS((void)store.get("other"), plugin::failure);
    CHECK_THROWS_AS(store.probe(), plugin::failure);
}

TEST_CASE("lists go on until a page has a key, and skip the prefix itself") {
    scripted_server server([](const received& request) {
        const std::string head = "<ListBucketResult><EncodingType>url</EncodingType>";
        if (request.target.find("start-after=") == std::string::npos)
            return scripted_answer{200,
                                   head +
                                       "<IsTruncated>true</IsTruncated><Contents><Key>ns%2F</Key></Contents>"
                                       "</ListBucketResult>",
                                   {}};
        return scripted_answer{200,
                               head +
                                   "<IsTruncated>false</IsTruncated><Contents><Key>ns%2Fa+b</Key></Contents>"
                                   "</ListBucketResult>",
                               {}};
    });
    client store(at(server), quick);
    const auto page = store.list("", "", 1);
    CHECK(page.keys == std::vector<std::string>{"a b"});
    CHECK_FALSE(page.more);
    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].target == "/docs?encoding-type=url&list-type=2&max-keys=1&prefix=ns%2F");
    CHECK(requests[1].target ==
          "/docs?encoding-type=url&list-type=2&max-keys=1&prefix=ns%2F&start-after=ns%2F");
}

TEST_CASE("the bucket is created in its region when that is asked for") {
    bool exists = false;
    scripted_server server([&](const received& request) {
        if (request.method == "PUT") {
            exists = true;
            return scripted_answer{200, "", {}};
        }
        if (!exists) return scripted_answer{404, error_of("NoSuchBucket"), {}};
        return scripted_answer{200, "<ListBucketResult/>", {}};
    });
    auto used = at(server);
    used.region = "eu-west-1";
    client refusing(used, quick);
    try {
        refusing.probe();
        FAIL("no failure");
    } catch (const plugin::failure& why) {
        CHECK(why.status() == MF_INVALID);
    }
    used.create_if_missing = true;
    client creating(used, quick);
    creating.probe();
    REQUIRE(server.requests().size() == 4);
    CHECK(server.requests()[2].target == "/docs");
    CHECK(server.requests()[2].body.find("<LocationConstraint>eu-west-1</LocationConstraint>") !=
          std::string::npos);
}

TEST_CASE("keys that cannot be, and conditions that do not exist") {
    scripted_server server([](const received&) { return scripted_answer{500, "", {}}; });
    client store(at(server), quick);
    for (const auto& key : {std::string(), std::string("//"), std::string(1022, 'x')})
        CHECK_THROWS_AS((void)store.get(key), plugin::failure);
    CHECK_THROWS_AS((void)store.put("a", "", {}, {MF_IF_VERSION, 0, {}}), plugin::failure);
    CHECK_THROWS_AS((void)store.remove("a", {MF_IF_ABSENT, 0, {}}), plugin::failure);
    CHECK(server.requests().empty());
}

TEST_CASE("a stop ends what runs and what comes") {
    scripted_server server([](const received&) { return scripted_answer{503, "", {}}; });
    client store(at(server), {5, 60s, 60s, 600s});
    std::thread waiting([&] { CHECK_THROWS_AS((void)store.get("a"), plugin::failure); });
    while (server.requests().empty())
        std::this_thread::yield();
    store.stop();
    waiting.join();
    CHECK_THROWS_AS((void)store.get("a"), plugin::failure);
}

TEST_SUITE_END();

} // namespace mockfleet::s3
