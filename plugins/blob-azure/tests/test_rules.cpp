// Signature, settings, metadata, refusals and lists.
#include "error.hpp"
#include "list_page.hpp"
#include "metadata.hpp"
#include "settings.hpp"
#include "shared_key.hpp"

#include "common/tests/store_fixture.hpp"
#include "common/timestamps.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace mockfleet::azure {

namespace {

using common::testing::given;
using common::testing::has;

settings parse(const given& values) {
    return common::testing::parsed(parse_settings, values);
}

std::string refusal_of(const given& values) {
    return common::testing::refusal_of(parse_settings, values);
}

settings with(const std::string& connection) {
    return parse({{"blobStoreContainer", "docs"}, {"blobStoreConnectionString", connection}});
}

std::string refused_connection(const std::string& connection) {
    return refusal_of({{"blobStoreContainer", "docs"}, {"blobStoreConnectionString", connection}});
}

common::http_outcome answered(int status, const std::string& code, const std::string& date = {}) {
    common::http_outcome made;
    made.what = common::http_outcome::how::answered;
    made.answer.status = status;
    if (!code.empty()) made.answer.headers["X-Ms-Error-Code"] = code;
    if (!date.empty()) made.answer.headers["Date"] = date;
    return made;
}

} // namespace

TEST_SUITE_BEGIN("azure rules");

TEST_CASE("published: the string to sign of container metadata") {
    const signable request{"GET",
                           "/mycontainer",
                           {{"restype", "container"}, {"comp", "metadata"}, {"timeout", "20"}},
                           {{"x-ms-version", "2015-02-21"}, {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}},
                           0};
    CHECK(string_to_sign(request, "myaccount") ==
          "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
          "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
    CHECK(authorization(request, {"myaccount", "key"}).starts_with("SharedKey myaccount:"));
}

TEST_CASE("length, type and conditions have their lines; metadata is sorted as the service does") {
    const signable request{"PUT",
                           "/acct/c/a%20b",
                           {},
                           {{"Content-Type", "text/plain"},
                            {"If-None-Match", "*"},
                            {"x-ms-meta-a1", "1"},
                            {"x-ms-meta-a_0031", "2"},
                            {"X-Ms-Date", "d"}},
                           11};
    CHECK(string_to_sign(request, "acct") ==
          "PUT\n\n\n11\n\ntext/plain\n\n\n\n*\n\n\nx-ms-date:d\nx-ms-meta-a_0031:2\nx-ms-meta-a1:1\n/acct/"
          "acct/c/a%20b");
}

TEST_CASE("connection strings: key, signature, emulator, own endpoint") {
    const auto key = with(
        "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a2V5;EndpointSuffix=core.windows.net");
    CHECK(key.at.origin() == "https://acct.blob.core.windows.net");
    CHECK(key.key.key == "key");
    CHECK_FALSE(key.by_identity());
    const auto sas = with("BlobEndpoint=https://x.example/base/;SharedAccessSignature=?sv=1&sig=a%3D");
    CHECK(sas.sas == "sv=1&sig=a%3D");
    CHECK(sas.at.path == "/base");
    const auto emulator = with(" usedevelopmentstorage=true ; ");
    CHECK(emulator.at.origin() + emulator.at.path == "http://127.0.0.1:10000/devstoreaccount1");
    CHECK(emulator.key.key.size() == 64);
    const auto identity =
        parse({{"blobStoreContainer", "docs"}, {"blobStoreEndpoint", "https://acct.blob.core.windows.net"}});
    CHECK(identity.by_identity());
}

TEST_CASE("settings that cannot work are one line without secrets") {
    CHECK(refusal_of({}) == "blobStoreType=azure requires blobStoreContainer to be configured");
    CHECK(has(refusal_of({{"blobStoreContainer", "docs"}}), "requires blobStoreConnectionString"));
    CHECK(has(refusal_of({{"blobStoreContainer", "Docs"}}), "blobStoreContainer is 'Docs'"));
    for (const auto* bad : {"x", "AccountName=a", "AccountKey=a2V5", "AccountName=a;AccountKey=geheim!",
                            "SharedAccessSignature=geheim", "AccountName=a b;AccountKey=a2V5",
                            "SharedAccessSignature=a b;AccountName=x", "=geheim"}) {
        const auto why = refused_connection(bad);
        CHECK_MESSAGE(has(why, "blobStoreConnectionString"), bad);
        CHECK_FALSE(has(why, "geheim"));
    }
    CHECK(has(refusal_of({{"blobStoreContainer", "docs"}, {"blobStoreEndpoint", "http://example.com"}}),
              "plain text"));
}

TEST_CASE("metadata names are escaped by UTF-16 units and come back") {
    CHECK(escape_name("simple") == "simple");
    CHECK(escape_name("x-custom_type") == "x_002dcustom_005ftype");
    CHECK(escape_name("1a1") == "_0031a1");
    CHECK(escape_name("\xE4\xB8\xAD") == "_4e2d");
    CHECK(escape_name("\xF0\x9F\x98\x80") == "_d83d_de00");
    CHECK(escape_name("Up") == "_0055p");
    CHECK_FALSE(escape_name(""));
    CHECK_FALSE(escape_name("\xff"));
    for (const auto* name : {"caf\xC3\xA9", "a b", "Upper", "\xF0\x9F\x98\x80x", "_", "a_0031", "mockfleet"})
        CHECK(unescape_name(*escape_name(name)) == name);
    // What others wrote.
    CHECK(unescape_name("Upper_x") == "Upper_x");
    CHECK(unescape_name("_d83dx") == "_d83dx");
    CHECK(unescape_name("a_00") == "a_00");
}

TEST_CASE("metadata values that headers cannot carry are refused") {
    for (const auto* value : {"", " x", "x ", "a\r\nb", "caf\xC3\xA9"}) {
        const mf_pair pair{plugin::slice("a"), plugin::slice(value)};
        CHECK_THROWS_AS((void)metadata_headers({&pair, 1}), plugin::failure);
    }
    const mf_pair own{plugin::slice("mockfleetwrite"), plugin::slice("x")};
    CHECK_THROWS_AS((void)metadata_headers({&own, 1}), plugin::failure);
    common::http_response answer;
    answer.headers = {{"X-Ms-Meta-Upper", "1"}, {"x-ms-meta-mockfleetwrite", "id"}, {"x-ms-metz", "2"}};
    CHECK(metadata_of(answer) == std::vector<std::pair<std::string, std::string>>{{"Upper", "1"}});
}

TEST_CASE("each refusal has its status and its remedy") {
    const auto key = with("AccountName=acct;AccountKey=a2V5");
    const auto expired =
        with("AccountName=acct;SharedAccessSignature=sv=1&se=2020-01-01T00%3A00%3A00Z&sp=rl&sig=x");
    const auto fresh =
        with("AccountName=acct;SharedAccessSignature=sv=1&se=2099-01-01T00%3A00%3A00Z&sp=rl&sig=x");
    const auto identity =
        parse({{"blobStoreContainer", "docs"}, {"blobStoreEndpoint", "https://acct.blob.core.windows.net"}});
    const auto late = common::http_date(std::chrono::system_clock::now() - std::chrono::minutes(20));
    struct expected {
        const settings* used;
        common::http_outcome outcome;
        mf_status means;
        const char* remedy;
    };
    for (const auto& one :
         {expected{&key, answered(404, "ContainerNotFound"), MF_UNAVAILABLE, "blobStoreCreateIfMissing=true"},
          expected{&key, answered(403, "AuthenticationFailed"), MF_DENIED,
                   "check AccountName and AccountKey"},
          expected{&key, answered(403, "AuthorizationFailure"), MF_DENIED, "firewall"},
          expected{&key, answered(403, "AuthenticationFailed", late), MF_DENIED, "set this machine's clock"},
          expected{&expired, answered(403, "AuthenticationFailed"), MF_DENIED,
                   "expired at 2020-01-01T00:00:00Z"},
          expected{&fresh, answered(403, "AuthenticationFailed"), MF_DENIED, "it may be altered"},
          expected{&fresh, answered(403, "AuthorizationPermissionMismatch"), MF_DENIED, "allows 'rl'"},
          expected{&identity, answered(403, "AuthorizationPermissionMismatch"), MF_DENIED,
                   "Storage Blob Data Contributor"},
          expected{&identity, answered(401, "InvalidAuthenticationInfo"), MF_DENIED, "check the identity"},
          expected{&key, answered(503, "ServerBusy"), MF_UNAVAILABLE, "throttles"},
          expected{&key, answered(500, "OperationTimedOut"), MF_UNAVAILABLE, "not available now"},
          expected{&key, answered(400, "InvalidMetadata"), MF_INVALID, "refused as invalid"},
          expected{&key, answered(404, ""), MF_INTERNAL, "is Azure Blob Storage"}}) {
        const auto made = failure_of(one.outcome, "put of 'a'", *one.used, "the machine");
        CHECK_MESSAGE(made.status() == one.means, made.what());
        CHECK_MESSAGE(has(made.what(), one.remedy), made.what());
    }
    const auto unreached =
        failure_of({common::http_outcome::how::not_sent, {}, "no such host"}, "probe", key, "");
    CHECK_MESSAGE(has(unreached.what(), "acct.blob.core.windows.net cannot be reached"), unreached.what());
}

TEST_CASE("pages of a list") {
    const auto page = read_list_page(
        "\xEF\xBB\xBF<?xml version=\"1.0\"?><EnumerationResults><Prefix>a</Prefix><Blobs>"
        "<Blob><Name>a&amp;b</Name><Properties/></Blob><BlobPrefix><Name>x/</Name></BlobPrefix>"
        "</Blobs><NextMarker>m</NextMarker></EnumerationResults>");
    REQUIRE(page);
    CHECK(page->names == std::vector<std::string>{"a&b"});
    CHECK(page->next == "m");
    CHECK(read_list_page("<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>")->next.empty());
    CHECK_FALSE(read_list_page("<EnumerationResults/>"));
    CHECK_FALSE(read_list_page("<html/>"));
}

TEST_SUITE_END();

} // namespace mockfleet::azure
