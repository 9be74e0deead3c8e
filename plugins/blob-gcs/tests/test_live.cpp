// Against fake-gcs-server: MOCKFLEET_GCS_PORT on loopback with MOCKFLEET_GCS_BUCKET; see blob_servers.py.
#include "client.hpp"

#include "common/surroundings.hpp"
#include "common/tests/live_cases.hpp"

#include <doctest/doctest.h>

namespace mockfleet::gcs {

namespace {

using common::environment;
namespace testing = common::testing;

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

std::string refusal_of(const settings& used) {
    client store(used);
    try {
        store.probe();
    } catch (const plugin::failure& why) {
        return std::to_string(why.status()) + " " + why.what();
    }
    return "none";
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
