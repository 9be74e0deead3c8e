// Tokens of identities, their services played byte for byte, and their use and renewal by the store.
#include "client.hpp"
#include "identity.hpp"

#include "common/tests/environment_guard.hpp"
#include "common/tests/scratch_folder.hpp"
#include "common/tests/scripted_server.hpp"
#include "common/tests/store_fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace mockfleet::azure {

namespace {

using common::testing::environment_guard;
using common::testing::has;
using common::testing::received;
using common::testing::scratch_folder;
using common::testing::scripted_answer;
using common::testing::scripted_server;
using namespace std::chrono_literals;

struct bare_surroundings {
    environment_guard guard{{{"AZURE_FEDERATED_TOKEN_FILE", nullptr},
                             {"AZURE_CLIENT_ID", nullptr},
                             {"AZURE_TENANT_ID", nullptr},
                             {"AZURE_AUTHORITY_HOST", nullptr},
                             {"IDENTITY_ENDPOINT", nullptr},
                             {"IDENTITY_HEADER", nullptr},
                             {"AZURE_POD_IDENTITY_AUTHORITY_HOST", nullptr}}};
    common::http_client http;
    common::stop_signal stop;

    access_token found() { return identity(http, stop).get(); }
    std::string why_none() {
        try {
            (void)found();
        } catch (const plugin::failure& why) {
            CHECK(std::string(why.what()).find('\n') == std::string::npos);
            return why.what();
        }
        return {};
    }
};

} // namespace

TEST_SUITE_BEGIN("azure identity");

TEST_CASE("workload identity: the documented form, with the file's token") {
    bare_surroundings here;
    const scratch_folder folder;
    const auto file = folder.file("token", "h.p.s\n");
    bool refuse = false;
    scripted_server login([&](const received&) {
        return refuse
                   ? scripted_answer{401,
                                     R"({"error":"invalid_client","error_description":"AADSTS700213: no match\r\nTrace"})",
                                     {}}
                   : scripted_answer{
                         200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"TOKEN"})", {}};
    });
    const auto authority = login.url() + "/";
    const environment_guard set{{{"AZURE_FEDERATED_TOKEN_FILE", file.c_str()},
                                 {"AZURE_CLIENT_ID", "client"},
                                 {"AZURE_TENANT_ID", "tenant"},
                                 {"AZURE_AUTHORITY_HOST", authority.c_str()}}};
    const auto token = here.found();
    CHECK(token.text == "TOKEN");
    REQUIRE(token.expires);
    CHECK(*token.expires > std::chrono::system_clock::now() + 3500s);
    const auto request = login.requests().front();
    CHECK(request.method == "POST");
    CHECK(request.target == "/tenant/oauth2/v2.0/token");
    CHECK(request.header("content-type") == "application/x-www-form-urlencoded");
    CHECK(request.body ==
          "client_id=client&scope=https%3A%2F%2Fstorage.azure.com%2F.default&client_assertion_type="
          "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=h.p.s&"
          "grant_type=client_credentials");
    refuse = true;
    CHECK(has(here.why_none(), "AADSTS700213: no match; check AZURE_CLIENT_ID"));
    const environment_guard gone{{{"AZURE_FEDERATED_TOKEN_FILE", "/no/such"}}};
    CHECK(has(here.why_none(), "must be readable"));
}

TEST_CASE("managed identity of a machine, with numbers as texts; past every proxy") {
    bare_surroundings here;
    scripted_server metadata([](const received& request) {
        if (request.header("metadata") != "true") return scripted_answer{400, "", {}};
        return scripted_answer{200, R"({"access_token":"MT","expires_in":"86399","resource":"r"})", {}};
    });
    const auto url = metadata.url();
    const environment_guard set{{{"AZURE_POD_IDENTITY_AUTHORITY_HOST", url.c_str()},
                                 {"AZURE_CLIENT_ID", "user-assigned"},
                                 {"http_proxy", "http://127.0.0.1:1"}}};
    const auto token = here.found();
    CHECK(token.text == "MT");
    CHECK(*token.expires > std::chrono::system_clock::now() + 86000s);
    CHECK(
        metadata.requests().front().target ==
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F&"
        "client_id=user-assigned");
}

TEST_CASE("managed identity of an app service, with its end as a point in time") {
    bare_surroundings here;
    scripted_server service([](const received& request) {
        if (request.header("x-identity-header") != "secret") return scripted_answer{401, "", {}};
        return scripted_answer{200, R"({"access_token":"AT","expires_on":"4102444800"})", {}};
    });
    const auto url = service.url() + "/msi/token";
    const environment_guard set{{{"IDENTITY_ENDPOINT", url.c_str()}, {"IDENTITY_HEADER", "secret"}}};
    const auto token = here.found();
    CHECK(token.text == "AT");
    CHECK(token.expires == common::parse_timestamp("2100-01-01T00:00:00Z"));
    CHECK(service.requests().front().target ==
          "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com%2F");
}

TEST_CASE("the store shows the token, and renews it once when it is refused") {
    bare_surroundings here;
    int tokens = 0;
    scripted_server metadata([&](const received&) {
        return scripted_answer{
            200, R"({"access_token":"T)" + std::to_string(++tokens) + R"(","expires_in":"3600"})", {}};
    });
    scripted_server storage([](const received& request) {
        if (request.header("authorization") != "Bearer T2") return scripted_answer{401, "", {}};
        return scripted_answer{200, "data", {{"ETag", "\"1\""}}};
    });
    const auto url = metadata.url();
    const environment_guard set{{{"AZURE_POD_IDENTITY_AUTHORITY_HOST", url.c_str()}}};
    settings used;
    used.container = "docs";
    used.at = *common::parse_endpoint(storage.url());
    client store(used, common::testing::quick);
    CHECK(store.get("a")->data == "data");
    CHECK(tokens == 2);
    CHECK(storage.requests().back().header("x-ms-version") == "2020-10-02");
    CHECK(storage.requests().back().target == "/docs/a");
}

TEST_CASE("a shared access signature stands behind the query") {
    scripted_server storage([](const received&) {
        return scripted_answer{200, "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>", {}};
    });
    settings used;
    used.container = "docs";
    used.sas = "sv=2020&sig=a%3D";
    used.at = *common::parse_endpoint(storage.url());
    client store(used);
    CHECK(store.list("p", "", 5).keys.empty());
    CHECK(storage.requests().front().target ==
          "/docs?restype=container&comp=list&maxresults=5&prefix=p&sv=2020&sig=a%3D");
    CHECK(storage.requests().front().header("authorization").empty());
}

TEST_SUITE_END();

} // namespace mockfleet::azure
