// Against a service that runs: MOCKFLEET_GCS_PORT on loopback with MOCKFLEET_GCS_BUCKET, and
// MOCKFLEET_GCS_GUARDED_BUCKET where it has one; see blob_servers.py.
#include "client.hpp"

#include "common/surroundings.hpp"
#include "common/tests/environment_guard.hpp"
#include "common/tests/live_cases.hpp"
#include "common/tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace mockfleet::gcs {

namespace {

using common::environment;
namespace testing = common::testing;

/// What a start with these settings comes to.
constexpr auto refusal_of = testing::start_of<client, settings>;

settings given(const std::string& prefix, std::uint16_t port) {
    settings made;
    made.bucket = environment("MOCKFLEET_GCS_BUCKET");
    made.project = "test-project";
    made.key_prefix = prefix;
    made.emulator = true;
    made.at = *common::parse_endpoint("http://127.0.0.1:" + std::to_string(port));
    return made;
}

testing::live_service<client> service() {
    return {static_cast<std::uint16_t>(std::stoi(environment("MOCKFLEET_GCS_PORT"))),
            [](const std::string& prefix, std::uint16_t port) {
                return std::make_unique<client>(given(prefix, port));
            },
            true};
}

} // namespace

TEST_SUITE_BEGIN("gcs live");

TEST_CASE("a wrong bucket and port are found at start, each with its remedy") {
    auto used = given("", service().port);
    used.create_if_missing = true;
    CHECK(refusal_of(used) == "none");
    CHECK(refusal_of(used) == "none");
    used = given("", service().port);
    used.bucket = "not-there";
    auto why = refusal_of(used);
    CHECK_MESSAGE(why.find("bucket 'not-there' does not exist") != std::string::npos, why);
    why = refusal_of(given("", 1));
    CHECK_MESSAGE(why.find("cannot be reached") != std::string::npos, why);
}

TEST_CASE("a bucket that wants a token: one is found, and renewed when the service no longer takes it") {
    auto used = given("", service().port);
    used.bucket = environment("MOCKFLEET_GCS_GUARDED_BUCKET");
    if (used.bucket.empty()) return; // not with this service
    const testing::scratch_folder folder;
    const auto home = folder.path();
    const auto metadata = "127.0.0.1:" + std::to_string(service().port);
    const testing::environment_guard set{{{"HOME", home.c_str()},
                                          {"CLOUDSDK_CONFIG", nullptr},
                                          {"GOOGLE_APPLICATION_CREDENTIALS", nullptr},
                                          {"GCE_METADATA_HOST", metadata.c_str()}}};
    const auto why = refusal_of(used);
    CHECK_MESSAGE(why.starts_with(std::to_string(MF_DENIED)), why);
    used.emulator = false;
    client store(used);
    store.probe();
    for (int i = 0; i < 30; ++i) {
        const auto tag = store.put("a", std::to_string(i), {}, testing::if_any);
        CHECK(store.get("a")->tag == tag);
    }
    CHECK(store.remove("a", testing::if_any));
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

} // namespace mockfleet::gcs
