// Against Azurite: MOCKFLEET_AZURE_PORT on loopback with MOCKFLEET_AZURE_CONTAINER; see blob_servers.py.
#include "client.hpp"

#include "common/tests/live_cases.hpp"

#include "common/surroundings.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <ctime>
#include <vector>

namespace mockfleet::azure {

namespace {

using common::environment;
namespace testing = common::testing;

/// What a start with these settings comes to.
constexpr auto refusal_of = testing::start_of<client, settings>;

/// The emulator's published account.
settings given(const std::string& prefix, std::uint16_t port, const std::string& more = {}) {
    const auto connection =
        "UseDevelopmentStorage=true;BlobEndpoint=http://127.0.0.1:" + std::to_string(port) +
        "/devstoreaccount1;" + more;
    const auto container = environment("MOCKFLEET_AZURE_CONTAINER");
    const std::vector<mf_pair> pairs{{plugin::slice("blobStoreContainer"), plugin::slice(container)},
                                     {plugin::slice("blobStoreConnectionString"), plugin::slice(connection)},
                                     {plugin::slice("blobStoreKeyPrefix"), plugin::slice(prefix)},
                                     {plugin::slice("blobStoreProbe"), plugin::slice("true")}};
    return parse_settings(plugin::config(pairs));
}

testing::live_service<client> service() {
    return {static_cast<std::uint16_t>(std::stoi(environment("MOCKFLEET_AZURE_PORT"))),
            [](const std::string& prefix, std::uint16_t port) {
                return std::make_unique<client>(given(prefix, port));
            },
            true};
}

/// A service signature for the container, as the provider documents it for the version 2020-10-02.
std::string signature_for(const settings& used, const std::string& permissions, std::chrono::hours from_now) {
    const auto end = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + from_now);
    std::array<char, 32> ends{};
    std::tm parts{};
    gmtime_r(&end, &parts);
    std::strftime(ends.data(), ends.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    const auto text = permissions + "\n\n" + ends.data() + "\n/blob/" + used.key.account + "/" +
                      used.container + "\n\n\n\n2020-10-02\nc\n\n\n\n\n\n";
    const auto signature = common::base64(common::view_of(common::hmac_sha256(used.key.key, text)));
    return common::encode_query(
        {{"sv", "2020-10-02"}, {"sr", "c"}, {"sp", permissions}, {"se", ends.data()}, {"sig", signature}});
}

settings with_signature(const std::string& permissions, std::chrono::hours from_now) {
    auto used = given("", service().port);
    used.sas = signature_for(used, permissions, from_now);
    used.key.key.clear();
    return used;
}

} // namespace

TEST_SUITE_BEGIN("azure live");

TEST_CASE("a wrong key, container and port are found at start, each with its remedy") {
    const auto port = service().port;
    auto used = given("", port);
    used.create_if_missing = true;
    CHECK(refusal_of(used) == "none");
    CHECK(refusal_of(used) == "none");
    used.key.key[0] = static_cast<char>(used.key.key[0] ^ 1);
    auto why = refusal_of(used);
    CHECK_MESSAGE(why.find("check AccountName and AccountKey") != std::string::npos, why);
    used = given("", port);
    used.container = "not-there";
    why = refusal_of(used);
    CHECK_MESSAGE(why.find("container 'not-there' does not exist") != std::string::npos, why);
    why = refusal_of(given("", 1));
    CHECK_MESSAGE(why.find("cannot be reached") != std::string::npos, why);
}

TEST_CASE("a shared access signature works; altered, expired or too narrow it does not") {
    client store(with_signature("racwdl", std::chrono::hours(1)));
    store.probe();
    CHECK_FALSE(store.put("sas", "1", {}, testing::if_any).empty());
    CHECK(store.get("sas")->data == "1");
    CHECK(store.remove("sas", testing::if_any));
    auto altered = with_signature("racwdl", std::chrono::hours(1));
    altered.sas.back() = altered.sas.back() == 'D' ? 'E' : 'D';
    CHECK(refusal_of(altered).starts_with(std::to_string(MF_DENIED)));
    const auto expired = refusal_of(with_signature("racwdl", std::chrono::hours(-1)));
    CHECK_MESSAGE(expired.find("expired at") != std::string::npos, expired);
    client reading(with_signature("rl", std::chrono::hours(1)));
    reading.probe();
    try {
        (void)reading.put("sas", "1", {}, testing::if_any);
        FAIL("written with a signature for reading");
    } catch (const plugin::failure& why) {
        CHECK_MESSAGE(std::string(why.what()).find("allows 'rl'") != std::string::npos, why.what());
    }
}

TEST_CASE("TLS: a certificate is trusted when its authority is named, and only then") {
    const auto port = environment("MOCKFLEET_AZURE_TLS_PORT");
    auto used = given("", service().port);
    used.create_if_missing = true;
    used.at = *common::parse_endpoint("https://127.0.0.1:" + port + "/devstoreaccount1");
    const auto why = refusal_of(used);
    CHECK_MESSAGE(why.starts_with(std::to_string(MF_DENIED)), why);
    CHECK_MESSAGE(why.find("is not trusted") != std::string::npos, why);
    used.ca_file = environment("MOCKFLEET_AZURE_CA");
    CHECK(refusal_of(used) == "none");
    used.at = *common::parse_endpoint("https://localhost:" + port + "/devstoreaccount1");
    CHECK(refusal_of(used).find("is not trusted") != std::string::npos);
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

} // namespace mockfleet::azure
