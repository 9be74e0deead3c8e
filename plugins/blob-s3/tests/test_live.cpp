// Against a real S3 service: MOCKFLEET_S3_PORT on loopback with MOCKFLEET_S3_BUCKET, _KEY, _SECRET; see
// blob_servers.py.
#include "client.hpp"

#include "common/tests/live_cases.hpp"

#include "common/surroundings.hpp"

#include <doctest/doctest.h>

namespace mockfleet::s3 {

namespace {

using common::environment;
namespace testing = common::testing;

/// What a start with these settings comes to.
constexpr auto refusal_of = testing::start_of<client, settings>;

settings given(const std::string& prefix, std::uint16_t port) {
    settings made;
    made.bucket = environment("MOCKFLEET_S3_BUCKET");
    made.region = "us-east-1";
    made.key_prefix = prefix;
    made.access_key = environment("MOCKFLEET_S3_KEY");
    made.secret_key = environment("MOCKFLEET_S3_SECRET");
    made.own_endpoint = true;
    made.at = *common::parse_endpoint("http://127.0.0.1:" + std::to_string(port));
    made.base = "/" + made.bucket + "/";
    return made;
}

testing::live_service<client> service() {
    return {static_cast<std::uint16_t>(std::stoi(environment("MOCKFLEET_S3_PORT"))),
            [](const std::string& prefix, std::uint16_t port) {
                return std::make_unique<client>(given(prefix, port));
            },
            environment("MOCKFLEET_S3_CONDITIONS") != "no"};
}

} // namespace

TEST_SUITE_BEGIN("s3 live");

TEST_CASE("a wrong secret, key, bucket and port are found at start, each with its remedy") {
    const auto port = service().port;
    auto used = given("", port);
    used.create_if_missing = true;
    CHECK(refusal_of(used) == "none");
    used = given("", port);
    CHECK(refusal_of(used) == "none");
    used.secret_key += "x";
    auto why = refusal_of(used);
    CHECK_MESSAGE(why.find("the secret key does not belong to the access key") != std::string::npos, why);
    used = given("", port);
    used.access_key = "NOBODY";
    why = refusal_of(used);
    CHECK_MESSAGE(why.starts_with(std::to_string(MF_DENIED)), why);
    used = given("", port);
    used.bucket = "not-there";
    used.base = "/not-there/";
    why = refusal_of(used);
    CHECK_MESSAGE(why.find("bucket 'not-there' does not exist") != std::string::npos, why);
    used.bucket = "made-" + common::random_id().substr(0, 12);
    used.base = "/" + used.bucket + "/";
    used.create_if_missing = true;
    CHECK(refusal_of(used) == "none");
    used.create_if_missing = false;
    CHECK(refusal_of(used) == "none");
    why = refusal_of(given("", 1));
    CHECK_MESSAGE(why.find("cannot be reached") != std::string::npos, why);
}

TEST_CASE("prefix shapes") {
    testing::check_prefix_shapes(service());
}

TEST_CASE("odd keys") {
    testing::check_odd_keys(service());
}

TEST_CASE("lost connections") {
    testing::check_lost_connections(service());
}

TEST_SUITE_END();

} // namespace mockfleet::s3
