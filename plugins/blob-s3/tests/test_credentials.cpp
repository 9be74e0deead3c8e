// Every source of keys, with its services played byte for byte by small servers.
#include "credentials.hpp"

#include "common/tests/environment_guard.hpp"
#include "common/tests/scratch_folder.hpp"
#include "common/tests/scripted_server.hpp"
#include "common/tests/store_fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace mockfleet::s3 {

namespace {

using common::testing::environment_guard;
using common::testing::has;
using common::testing::received;
using common::testing::scratch_folder;
using common::testing::scripted_answer;
using common::testing::scripted_server;

/// Nothing of the machine that the tests run on.
struct bare_surroundings {
    scratch_folder folder;
    std::string home = folder.path();
    environment_guard guard{{{"HOME", home.c_str()},
                             {"AWS_ACCESS_KEY_ID", nullptr},
                             {"AWS_SECRET_ACCESS_KEY", nullptr},
                             {"AWS_SESSION_TOKEN", nullptr},
                             {"AWS_PROFILE", nullptr},
                             {"AWS_CONFIG_FILE", nullptr},
                             {"AWS_SHARED_CREDENTIALS_FILE", nullptr},
                             {"AWS_WEB_IDENTITY_TOKEN_FILE", nullptr},
                             {"AWS_ROLE_ARN", nullptr},
                             {"AWS_ROLE_SESSION_NAME", nullptr},
                             {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", nullptr},
                             {"AWS_CONTAINER_CREDENTIALS_FULL_URI", nullptr},
                             {"AWS_CONTAINER_AUTHORIZATION_TOKEN", nullptr},
                             {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", nullptr},
                             {"AWS_EC2_METADATA_DISABLED", "true"},
                             {"AWS_EC2_METADATA_SERVICE_ENDPOINT", nullptr},
                             {"AWS_ENDPOINT_URL_STS", nullptr},
                             {"AWS_REGION", nullptr}}};
    common::http_client http;
    common::stop_signal stop;
};

settings in_region() {
    settings made;
    made.region = "eu-west-1";
    return made;
}

std::string why_none(bare_surroundings& here) {
    credential_chain chain(in_region(), here.http, here.stop);
    try {
        (void)chain.get();
    } catch (const plugin::failure& why) {
        CHECK(std::string(why.what()).find('\n') == std::string::npos);
        return why.what();
    }
    return {};
}

credentials found_by(bare_surroundings& here) {
    credential_chain chain(in_region(), here.http, here.stop);
    return chain.get();
}

constexpr auto container_answer =
    R"({"RoleArn":"r","AccessKeyId":"CID","SecretAccessKey":"CSECRET","Token":"CTOKEN","Expiration":"2099-01-01T00:00:00Z"})";

std::string assumed(const std::string& action) {
    return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
           "Result><Credentials><SessionToken>STOKEN</SessionToken><SecretAccessKey>SSECRET</SecretAccessKey>"
           "<Expiration>2099-11-09T13:34:41Z</Expiration><AccessKeyId>SID</AccessKeyId></Credentials></" +
           action + "Result></" + action + "Response>";
}

} // namespace

TEST_SUITE_BEGIN("s3 credentials");

TEST_CASE("nothing set up: one line that names every place") {
    bare_surroundings here;
    const auto why = why_none(here);
    CHECK(has(why, "blobStoreAccessKeyId"));
    CHECK(has(why, "AWS_WEB_IDENTITY_TOKEN_FILE"));
}

TEST_CASE("settings come before the environment, that before files") {
    bare_surroundings here;
    const auto file =
        here.folder.file("credentials", "[default]\naws_access_key_id=FID\naws_secret_access_key=FS\n");
    const environment_guard shared{{{"AWS_SHARED_CREDENTIALS_FILE", file.c_str()}}};
    CHECK(found_by(here).keys.id == "FID");
    const environment_guard set{
        {{"AWS_ACCESS_KEY_ID", "EID"}, {"AWS_SECRET_ACCESS_KEY", "ES"}, {"AWS_SESSION_TOKEN", "ET"}}};
    CHECK(found_by(here).keys.id == "EID");
    CHECK(found_by(here).keys.session_token == "ET");
    auto used = in_region();
    used.access_key = "SID";
    used.secret_key = "SS";
    credential_chain chain(used, here.http, here.stop);
    CHECK(chain.get().keys.id == "SID");
    CHECK(chain.get().keys.session_token.empty());
    const environment_guard half{{{"AWS_SECRET_ACCESS_KEY", nullptr}}};
    CHECK(has(why_none(here), "belong together"));
}

TEST_CASE("profiles: named, missing, by a process, by SSO") {
    bare_surroundings here;
    std::filesystem::create_directory(here.home + "/.aws");
    (void)here.folder.file(
        ".aws/config",
        "[default]\nregion=x\n[profile proc]\ncredential_process = echo '{\"Version\":1,"
        "\"AccessKeyId\":\"PID\",\"SecretAccessKey\":\"PS\",\"SessionToken\":\"PT\","
        "\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n[profile bad]\ncredential_process = exit 4\n"
        "[profile odd]\ncredential_process = echo no\n[profile sso]\nsso_session = s\n");
    (void)here.folder.file(
        ".aws/credentials",
        "[named]\naws_access_key_id=NID\naws_secret_access_key=NS\naws_session_token=NT\n");
    const environment_guard named{{{"AWS_PROFILE", "named"}}};
    CHECK(found_by(here).keys.session_token == "NT");
    const environment_guard process{{{"AWS_PROFILE", "proc"}}};
    const auto made = found_by(here);
    CHECK(made.keys.id == "PID");
    CHECK(made.keys.session_token == "PT");
    CHECK(made.expires == common::parse_timestamp("2099-01-01T00:00:00Z"));
    const environment_guard bad{{{"AWS_PROFILE", "bad"}}};
    CHECK(has(why_none(here), "exit status 4; run it by hand"));
    const environment_guard odd{{{"AWS_PROFILE", "odd"}}};
    CHECK(has(why_none(here), "printed no JSON"));
    const environment_guard sso{{{"AWS_PROFILE", "sso"}}};
    CHECK(has(why_none(here), "SSO"));
    const environment_guard missing{{{"AWS_PROFILE", "nobody"}}};
    CHECK(has(why_none(here), "AWS_PROFILE names it"));
}

TEST_CASE("web identity: the request that Amazon documents, the file read anew, a refusal") {
    bare_surroundings here;
    bool refuse = false;
    scripted_server sts([&](const received&) {
        if (refuse)
            return scripted_answer{400,
                                   "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>bad"
                                   "</Message></Error></ErrorResponse>",
                                   {}};
        return scripted_answer{200, assumed("AssumeRoleWithWebIdentity"), {}};
    });
    const auto file = here.folder.file("token", "header.payload+/=.sig\n");
    const auto url = sts.url();
    const environment_guard set{{{"AWS_WEB_IDENTITY_TOKEN_FILE", file.c_str()},
                                 {"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/docs"},
                                 {"AWS_ROLE_SESSION_NAME", "pod-1"},
                                 {"AWS_ENDPOINT_URL_STS", url.c_str()}}};
    const auto made = found_by(here);
    CHECK(made.keys.id == "SID");
    CHECK(made.keys.secret == "SSECRET");
    CHECK(made.keys.session_token == "STOKEN");
    CHECK(made.expires == common::parse_timestamp("2099-11-09T13:34:41Z"));
    REQUIRE(sts.requests().size() == 1);
    const auto request = sts.requests().front();
    CHECK(request.method == "POST");
    CHECK(request.target == "/");
    CHECK(request.header("authorization").empty());
    CHECK(request.body ==
          "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3A"
          "role%2Fdocs&RoleSessionName=pod-1&WebIdentityToken=header.payload%2B%2F%3D.sig");
    refuse = true;
    CHECK(has(why_none(here), "InvalidIdentityToken: bad; check AWS_ROLE_ARN"));
    const environment_guard gone{{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token"}}};
    CHECK(has(why_none(here), "cannot be read"));
}

TEST_CASE("a role with the keys of another profile is asked for with their signature") {
    bare_surroundings here;
    scripted_server sts([](const received&) { return scripted_answer{200, assumed("AssumeRole"), {}}; });
    const auto file = here.folder.file(
        "config", "[profile role]\nrole_arn = arn:r\nsource_profile = keys\nexternal_id = e\n"
                  "[profile keys]\naws_access_key_id=KID\naws_secret_access_key=KS\n"
                  "[profile circle]\nrole_arn = arn:c\nsource_profile = circle2\n"
                  "[profile circle2]\nrole_arn = arn:c\nsource_profile = circle\n");
    const auto url = sts.url();
    const environment_guard set{
        {{"AWS_CONFIG_FILE", file.c_str()}, {"AWS_PROFILE", "role"}, {"AWS_ENDPOINT_URL_STS", url.c_str()}}};
    CHECK(found_by(here).keys.id == "SID");
    const auto request = sts.requests().front();
    CHECK(request.body ==
          "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=mockfleet&ExternalId=e");
    CHECK(request.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=KID/"));
    CHECK(has(request.header("authorization"), "/eu-west-1/sts/aws4_request,SignedHeaders=content-type;host;"
                                               "x-amz-date,Signature="));
    const environment_guard circle{{{"AWS_PROFILE", "circle"}}};
    CHECK(has(why_none(here), "circle"));
}

TEST_CASE("container: an agent of this machine with its token; nowhere else in plain text") {
    bare_surroundings here;
    scripted_server agent([](const received& request) {
        if (request.header("authorization") != "file-token") return scripted_answer{403, "", {}};
        return scripted_answer{200, container_answer, {}};
    });
    const auto url = agent.url() + "/v1/credentials?x=1";
    const auto file = here.folder.file("token", "file-token\n");
    const environment_guard set{{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url.c_str()},
                                 {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.c_str()},
                                 // A proxy must not see the token.
                                 {"http_proxy", "http://127.0.0.1:1"}}};
    const auto made = found_by(here);
    CHECK(made.keys.id == "CID");
    CHECK(made.keys.session_token == "CTOKEN");
    CHECK(made.expires == common::parse_timestamp("2099-01-01T00:00:00Z"));
    CHECK(agent.requests().front().method == "GET");
    CHECK(agent.requests().front().target == "/v1/credentials?x=1");
    const environment_guard wrong{{{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", nullptr},
                                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "other"}}};
    CHECK(has(why_none(here), "status 403"));
    const environment_guard elsewhere{{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.1.2.3/x"}}};
    CHECK(has(why_none(here), "plain text"));
}

TEST_CASE("instance: the session token of IMDSv2 first, then the role, then its keys") {
    bare_surroundings here;
    bool has_role = true;
    scripted_server metadata([&](const received& request) {
        if (request.target == "/latest/api/token")
            return request.method == "PUT" &&
                           request.header("x-aws-ec2-metadata-token-ttl-seconds") == "21600"
                       ? scripted_answer{200, "imds-token", {}}
                       : scripted_answer{400, "", {}};
        if (request.header("x-aws-ec2-metadata-token") != "imds-token") return scripted_answer{401, "", {}};
        const std::string folder = "/latest/meta-data/iam/security-credentials/";
        if (!has_role) return scripted_answer{404, "", {}};
        if (request.target == folder) return scripted_answer{200, "docs-role\n", {}};
        if (request.target == folder + "docs-role")
            return scripted_answer{
                200,
                R"({"Code":"Success","LastUpdated":"2012-04-26T16:39:16Z","Type":"AWS-HMAC",)"
                R"("AccessKeyId":"IID","SecretAccessKey":"IS","Token":"IT",)"
                R"("Expiration":"2099-05-17T15:09:54Z"})",
                {}};
        return scripted_answer{404, "", {}};
    });
    const auto url = metadata.url();
    const environment_guard set{
        {{"AWS_EC2_METADATA_DISABLED", nullptr}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", url.c_str()}}};
    const auto made = found_by(here);
    CHECK(made.keys.id == "IID");
    CHECK(made.keys.session_token == "IT");
    CHECK(made.expires == common::parse_timestamp("2099-05-17T15:09:54Z"));
    CHECK(metadata.requests().size() == 3);
    has_role = false;
    CHECK(has(why_none(here), "check that the instance has a role"));
    const environment_guard off{{{"AWS_EC2_METADATA_DISABLED", "TRUE"}}};
    CHECK(has(why_none(here), "no credentials for S3: neither"));
}

TEST_SUITE_END();

} // namespace mockfleet::s3
