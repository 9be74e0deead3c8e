// Every kind of application default credentials, with its services played byte for byte by small servers.
#include "client.hpp"
#include "token.hpp"

#include "common/digest.hpp"
#include "common/tests/environment_guard.hpp"
#include "common/tests/scratch_folder.hpp"
#include "common/tests/scripted_server.hpp"
#include "common/tests/store_fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace mockfleet::gcs {

namespace {

using common::testing::environment_guard;
using common::testing::has;
using common::testing::received;
using common::testing::scratch_folder;
using common::testing::scripted_answer;
using common::testing::scripted_server;
using namespace std::chrono_literals;

struct bare_surroundings {
    scratch_folder folder;
    std::string home = folder.path();
    environment_guard guard{{{"HOME", home.c_str()},
                             {"GOOGLE_APPLICATION_CREDENTIALS", nullptr},
                             {"GOOGLE_CLOUD_PROJECT", nullptr},
                             {"CLOUDSDK_CONFIG", nullptr},
                             {"GCE_METADATA_HOST", "127.0.0.1:1"}}};
    common::http_client http;
    common::stop_signal stop;

    access_token found() { return token_source(http, stop).get(); }
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

/// A key made for the test, with the half that verifies.
struct key_pair {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    std::string pem;

    key_pair() {
        BIO* out = BIO_new(BIO_s_mem());
        PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
        char* bytes = nullptr;
        const auto size = BIO_get_mem_data(out, &bytes);
        pem.assign(bytes, static_cast<std::size_t>(size));
        BIO_free(out);
    }
    ~key_pair() { EVP_PKEY_free(key); }
    key_pair(const key_pair&) = delete;
    key_pair& operator=(const key_pair&) = delete;

    [[nodiscard]] bool verifies(const std::string& text, const std::string& signature) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        const bool good =
            EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
            EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                             text.size()) == 1;
        EVP_MD_CTX_free(context);
        return good;
    }
};

std::string from_base64url(std::string text) {
    for (auto& c : text) {
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    while (text.size() % 4 != 0)
        text += '=';
    return common::decode_base64(text).value_or("");
}

constexpr auto token_answer = R"({"access_token":"TOKEN","expires_in":3599,"token_type":"Bearer"})";

} // namespace

TEST_SUITE_BEGIN("gcs tokens");

TEST_CASE("the assertion has the documented header and claims, and a signature that verifies") {
    const key_pair key;
    const auto when = std::chrono::system_clock::from_time_t(1328550785);
    const auto made = service_account_assertion("761326798069@developer.gserviceaccount.com", "kid1", key.pem,
                                                "https://oauth2.googleapis.com/token", when);
    REQUIRE(made);
    const auto first = made->find('.');
    const auto second = made->rfind('.');
    CHECK(from_base64url(made->substr(0, first)) == R"({"alg":"RS256","typ":"JWT","kid":"kid1"})");
    CHECK(from_base64url(made->substr(first + 1, second - first - 1)) ==
          R"({"iss":"761326798069@developer.gserviceaccount.com",)"
          R"("scope":"https://www.googleapis.com/auth/devstorage.read_write",)"
          R"("aud":"https://oauth2.googleapis.com/token","exp":1328554385,"iat":1328550785})");
    CHECK(key.verifies(made->substr(0, second), from_base64url(made->substr(second + 1))));
    CHECK_FALSE(service_account_assertion("a", "", "no key", "b", when));
    // Published: the first part of the example without a key's id.
    const auto plain = service_account_assertion("a", "", key.pem, "b", when);
    REQUIRE(plain);
    CHECK(plain->starts_with("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."));
}

TEST_CASE("service account: its assertion is exchanged at the file's address") {
    bare_surroundings here;
    const key_pair key;
    bool refuse = false;
    scripted_server oauth([&](const received&) {
        return refuse
                   ? scripted_answer{400,
                                     R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})",
                                     {}}
                   : scripted_answer{200, token_answer, {}};
    });
    const auto file = here.folder.file(
        "key.json", R"({"type":"service_account","project_id":"proj","client_email":"a@b",)"
                    R"("private_key_id":"k","private_key":)" +
                        common::json_string(key.pem) + R"(,"token_uri":")" + oauth.url() + "/token\"}");
    const environment_guard set{{{"GOOGLE_APPLICATION_CREDENTIALS", file.c_str()}}};
    const auto token = here.found();
    CHECK(token.text == "TOKEN");
    CHECK(token.project == "proj");
    REQUIRE(token.expires);
    CHECK(*token.expires > std::chrono::system_clock::now() + 3500s);
    const auto request = oauth.requests().front();
    CHECK(request.target == "/token");
    CHECK(request.header("content-type") == "application/x-www-form-urlencoded");
    const std::string start = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    REQUIRE(request.body.starts_with(start));
    const auto assertion = request.body.substr(start.size());
    CHECK(key.verifies(assertion.substr(0, assertion.rfind('.')),
                       from_base64url(assertion.substr(assertion.rfind('.') + 1))));
    refuse = true;
    CHECK(has(here.why_none(), "invalid_grant: Invalid JWT Signature.; check that the key was not deleted"));
}

TEST_CASE("the user that gcloud signed in, found in its folder") {
    bare_surroundings here;
    scripted_server oauth([](const received&) { return scripted_answer{200, token_answer, {}}; });
    std::filesystem::create_directories(here.home + "/.config/gcloud");
    (void)here.folder.file(
        ".config/gcloud/application_default_credentials.json",
        R"({"type":"authorized_user","client_id":"id","client_secret":"s/","refresh_token":"1//r",)"
        R"("quota_project_id":"q","token_uri":")" +
            oauth.url() + "\"}");
    const auto token = here.found();
    CHECK(token.text == "TOKEN");
    CHECK(token.quota_project == "q");
    CHECK(oauth.requests().front().body ==
          "client_id=id&client_secret=s%2F&refresh_token=1%2F%2Fr&grant_type=refresh_token");
}

TEST_CASE("workload identity: a file's token is exchanged, and the account impersonated") {
    bare_surroundings here;
    scripted_server google([](const received& request) {
        if (request.target == "/v1/token")
            return scripted_answer{
                200,
                R"({"access_token":"FEDERATED","issued_token_type":"t","token_type":"Bearer","expires_in":3600})",
                {}};
        if (request.header("authorization") != "Bearer FEDERATED") return scripted_answer{401, "", {}};
        return scripted_answer{
            200, R"({"accessToken":"IMPERSONATED","expireTime":"2099-01-01T00:00:00Z"})", {}};
    });
    const auto subject = here.folder.file("subject", R"({"token":"SUBJECT"})");
    const auto config = [&](const std::string& more) {
        return R"({"type":"external_account","audience":"//iam.googleapis.com/p/x",)"
               R"("subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":")" +
               google.url() + R"(/v1/token",)" + more + "}";
    };
    const auto by_file = here.folder.file(
        "file.json", config(R"("credential_source":{"file":")" + subject +
                            R"(","format":{"type":"json","subject_token_field_name":"token"}},)" +
                            R"("service_account_impersonation_url":")" + google.url() +
                            R"(/v1/projects/-/serviceAccounts/a@b:generateAccessToken")"));
    const environment_guard set{{{"GOOGLE_APPLICATION_CREDENTIALS", by_file.c_str()}}};
    const auto token = here.found();
    CHECK(token.text == "IMPERSONATED");
    CHECK(token.expires == common::parse_timestamp("2099-01-01T00:00:00Z"));
    const auto requests = google.requests();
    REQUIRE(requests.size() == 2);
    CHECK(
        requests[0].body ==
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=%2F%2Fiam.googleapis."
        "com%2Fp%2Fx"
        "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&requested_token_type=urn%3Aietf%"
        "3Aparams%3A"
        "oauth%3Atoken-type%3Aaccess_token&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
        "&subject_token=SUBJECT");
    CHECK(requests[1].target == "/v1/projects/-/serviceAccounts/a@b:generateAccessToken");
    CHECK(requests[1].body ==
          R"({"scope":["https://www.googleapis.com/auth/devstorage.read_write"],"lifetime":"3600s"})");

    scripted_server source([](const received& request) {
        return request.header("x-id") == "me" ? scripted_answer{200, "TEXT-SUBJECT\n", {}}
                                              : scripted_answer{403, "", {}};
    });
    const auto by_url = here.folder.file("url.json", config(R"("credential_source":{"url":")" + source.url() +
                                                            R"(/token","headers":{"X-Id":"me"}})"));
    const environment_guard other{{{"GOOGLE_APPLICATION_CREDENTIALS", by_url.c_str()}}};
    CHECK(here.found().text == "FEDERATED");
    CHECK(has(google.requests().back().body, "subject_token=TEXT-SUBJECT"));
    const auto executable = here.folder.file("none.json", config(R"("credential_source":{"executable":{}})"));
    const environment_guard none{{{"GOOGLE_APPLICATION_CREDENTIALS", executable.c_str()}}};
    CHECK(has(here.why_none(), "has 'executable', which this store does not know"));
    // Its url is no place of tokens.
    const auto amazon = here.folder.file(
        "amazon.json",
        config(R"("credential_source":{"environment_id":"aws1","url":"http://127.0.0.1:1/"})"));
    const environment_guard aws{{{"GOOGLE_APPLICATION_CREDENTIALS", amazon.c_str()}}};
    CHECK(has(here.why_none(), "has 'environment_id'"));
    const auto neither = here.folder.file("neither.json", config(R"("credential_source":{})"));
    const environment_guard empty{{{"GOOGLE_APPLICATION_CREDENTIALS", neither.c_str()}}};
    CHECK(has(here.why_none(), "neither file nor url"));
}

TEST_CASE("metadata server: its header both ways") {
    bare_surroundings here;
    bool google = true;
    scripted_server metadata([&](const received& request) {
        if (request.header("metadata-flavor") != "Google") return scripted_answer{403, "", {}};
        scripted_answer made{200, token_answer, {}};
        if (google) made.headers["Metadata-Flavor"] = "Google";
        return made;
    });
    const auto host = "127.0.0.1:" + std::to_string(metadata.port());
    const environment_guard set{{{"GCE_METADATA_HOST", host.c_str()}, {"http_proxy", "http://127.0.0.1:1"}}};
    CHECK(here.found().text == "TOKEN");
    CHECK(metadata.requests().front().target == "/computeMetadata/v1/instance/service-accounts/default/"
                                                "token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2F"
                                                "devstorage.read_write");
    google = false;
    CHECK(has(here.why_none(), "not Google's"));
}

TEST_CASE("nothing set up, and files that cannot work") {
    bare_surroundings here;
    CHECK(has(here.why_none(), "set GOOGLE_APPLICATION_CREDENTIALS"));
    const auto check = [&](const std::string& content, const std::string& words) {
        const auto file = here.folder.file("bad.json", content);
        const environment_guard set{{{"GOOGLE_APPLICATION_CREDENTIALS", file.c_str()}}};
        const auto why = here.why_none();
        CHECK_MESSAGE(has(why, words), why);
    };
    check("x", "no JSON");
    check(R"({"type":"impersonated"})", "its type is 'impersonated'");
    check(R"({"type":"service_account","client_email":"a"})", "no RSA private_key");
    check(R"({"type":"service_account","client_email":"a","token_uri":"http://example.com/"})",
          "no https address");
    const environment_guard gone{{{"GOOGLE_APPLICATION_CREDENTIALS", "/no/such"}}};
    CHECK(has(here.why_none(), "cannot be read"));
}

TEST_CASE("the store shows the token, and renews it once when it is refused") {
    bare_surroundings here;
    int tokens = 0;
    scripted_server metadata([&](const received&) {
        return scripted_answer{200,
                               R"({"access_token":"T)" + std::to_string(++tokens) + R"(","expires_in":3600})",
                               {{"Metadata-Flavor", "Google"}, {"X", ""}}};
    });
    scripted_server storage([](const received& request) {
        if (request.header("authorization") != "Bearer T2") return scripted_answer{401, "", {}};
        return scripted_answer{200, R"({"items":[{"name":"a"}]})", {}};
    });
    const auto host = "127.0.0.1:" + std::to_string(metadata.port());
    const environment_guard set{{{"GCE_METADATA_HOST", host.c_str()}}};
    settings used;
    used.bucket = "docs";
    used.at = *common::parse_endpoint(storage.url());
    client store(used, common::testing::quick);
    CHECK(store.list("", "", 1).keys == std::vector<std::string>{"a"});
    CHECK(tokens == 2);
}

TEST_SUITE_END();

} // namespace mockfleet::gcs
