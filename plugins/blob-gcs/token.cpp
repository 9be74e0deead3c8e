// The token requests that Google documents.
#include "token.hpp"

#include "common/digest.hpp"
#include "common/surroundings.hpp"
#include "common/url.hpp"

#include <mockfleet/plugin.hpp>

#include <algorithm>
#include <chrono>

namespace mockfleet::gcs {

namespace {

using common::environment;
using common::http_outcome;
using common::http_request;
using common::json_text;

constexpr auto storage_scope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr auto platform_scope = "https://www.googleapis.com/auth/cloud-platform";
constexpr auto token_service = "https://oauth2.googleapis.com/token";

[[noreturn]] void refuse(const std::string& source, const std::string& why) {
    throw plugin::failure(MF_DENIED, "no access token for Google from " + source + ": " + why);
}

[[noreturn]] void fail(const http_outcome& outcome, const std::string& source, const std::string& remedy) {
    auto why = outcome.problem;
    if (outcome.answered()) {
        why = "status " + std::to_string(outcome.answer.status);
        if (const auto answer = json_text::parse(outcome.answer.body)) {
            const auto code = answer->text("/error").value_or(answer->text("/error/status").value_or(""));
            const auto said =
                answer->text("/error_description").value_or(answer->text("/error/message").value_or(""));
            if (!code.empty()) why += ", " + code;
            if (!said.empty())
                why += ": " + said.substr(0, std::min<std::size_t>(said.find_first_of("\r\n"), 200));
        }
    }
    throw plugin::failure(common::is_passing(outcome) ? MF_UNAVAILABLE : MF_DENIED,
                          "no access token for Google from " + source + ": " + why + "; " + remedy);
}

access_token read_token(const http_outcome& outcome, const std::string& source, const std::string& remedy) {
    if (!outcome.is(200)) fail(outcome, source, remedy);
    const auto answer = json_text::parse(outcome.answer.body);
    const auto text = answer ? answer->text("/access_token") : std::nullopt;
    if (!text || text->empty() || text->find_first_of("\r\n") != std::string::npos)
        fail(outcome, source, "the answer has no access_token");
    access_token made;
    made.text = *text;
    made.source = source;
    made.expires =
        std::chrono::system_clock::now() + std::chrono::seconds(answer->number("/expires_in").value_or(600));
    return made;
}

/// Tokens and secrets travel there.
void need_safe(const std::string& url, const std::string& source) {
    const auto at = common::parse_endpoint(url.substr(0, url.find_first_of("?#")));
    if (!at || (at->scheme != "https" && !at->is_loopback()))
        refuse(source, "'" + url + "' is no https address");
}

} // namespace

std::optional<std::string> service_account_assertion(const std::string& email, const std::string& key_id,
                                                     const std::string& key_pem, const std::string& audience,
                                                     common::time_point now) {
    const auto issued = std::chrono::system_clock::to_time_t(now);
    auto header = std::string(R"({"alg":"RS256","typ":"JWT")");
    if (!key_id.empty()) header += ",\"kid\":" + common::json_string(key_id);
    header += "}";
    const auto claims =
        "{\"iss\":" + common::json_string(email) + ",\"scope\":" + common::json_string(storage_scope) +
        ",\"aud\":" + common::json_string(audience) + ",\"exp\":" + std::to_string(issued + 3600) +
        ",\"iat\":" + std::to_string(issued) + "}";
    const auto text = common::base64url(header) + "." + common::base64url(claims);
    const auto signature = common::sign_rs256(key_pem, text);
    if (!signature) return std::nullopt;
    return text + "." + common::base64url(*signature);
}

token_source::token_source(common::http_client& http, common::stop_signal& stop)
    : http_(http), stop_(stop), current_([this] { return fetch(); }) {}

http_outcome token_source::ask(http_request request, int attempts) {
    request.most = std::chrono::seconds(10);
    request.most_answer = 1UL << 20U;
    common::retry_limits limits;
    limits.most_attempts = attempts;
    return common::perform_repeatedly(http_, stop_, {[&] { return request; }, {}, {}}, limits);
}

http_outcome token_source::post_form(const std::string& url, const std::string& form) {
    http_request request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = {form};
    return ask(request);
}

access_token token_source::fetch() {
    if (const auto path = environment("GOOGLE_APPLICATION_CREDENTIALS"); !path.empty()) {
        const auto text = common::read_file(path);
        if (!text)
            refuse("GOOGLE_APPLICATION_CREDENTIALS",
                   "'" + path + "' cannot be read; name a file of credentials that the server may read");
        return from_file(path, *text);
    }
    auto folder = environment("CLOUDSDK_CONFIG");
    if (const auto home = environment("HOME"); folder.empty() && !home.empty())
        folder = home + "/.config/gcloud";
    const auto path = folder + "/application_default_credentials.json";
    if (const auto text = common::read_file(path)) return from_file(path, *text);
    return from_metadata_server();
}

access_token token_source::from_file(const std::string& path, const std::string& text) {
    const auto file = json_text::parse(text);
    if (!file) refuse(path, "the file is no JSON");
    const auto type = file->text("/type").value_or("");
    auto made = type == "service_account"   ? from_service_account(*file, path)
                : type == "authorized_user" ? from_user(*file, path)
                : type == "external_account"
                    ? from_federation(*file, path)
                    : (refuse(path, "its type is '" + type +
                                        "'; service_account, authorized_user or external_account is wanted"),
                       access_token());
    made.project = file->text("/project_id").value_or(environment("GOOGLE_CLOUD_PROJECT"));
    made.quota_project = file->text("/quota_project_id").value_or("");
    return made;
}

access_token token_source::from_service_account(const json_text& file, const std::string& path) {
    const auto email = file.text("/client_email").value_or("");
    const auto source = "the service account " + email + " of " + path;
    const auto url = file.text("/token_uri").value_or(token_service);
    need_safe(url, source);
    const auto assertion = service_account_assertion(email, file.text("/private_key_id").value_or(""),
                                                     file.text("/private_key").value_or(""), url,
                                                     std::chrono::system_clock::now());
    if (email.empty() || !assertion) refuse(source, "the file has no client_email, or no RSA private_key");
    const auto form = common::encode_query(
        {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", *assertion}});
    return read_token(post_form(url, form), source,
                      "check that the key was not deleted, and this machine's clock (NTP)");
}

access_token token_source::from_user(const json_text& file, const std::string& path) {
    const auto source = "the user of " + path;
    const auto url = file.text("/token_uri").value_or(token_service);
    need_safe(url, source);
    const auto form = common::encode_query({{"client_id", file.text("/client_id").value_or("")},
                                            {"client_secret", file.text("/client_secret").value_or("")},
                                            {"refresh_token", file.text("/refresh_token").value_or("")},
                                            {"grant_type", "refresh_token"}});
    return read_token(post_form(url, form), source, "sign in again: gcloud auth application-default login");
}

std::string token_source::subject_token(const json_text& file, const std::string& source) {
    std::string text;
    for (const char* other : {"environment_id", "executable", "certificate"}) {
        if (file.has(std::string("/credential_source/") + other))
            refuse(source, std::string("its credential_source has '") + other +
                               "', which this store does not know; use one with file or url");
    }
    if (const auto path = file.text("/credential_source/file")) {
        const auto read = common::read_file(*path);
        if (!read) refuse(source, "credential_source '" + *path + "' cannot be read");
        text = *read;
    } else if (const auto url = file.text("/credential_source/url")) {
        http_request request;
        request.direct = true;
        request.url = *url;
        for (const auto& [name, value] : file.texts("/credential_source/headers")) {
            if ((name + value).find_first_of("\r\n") == std::string::npos)
                request.headers.emplace_back(name, value);
        }
        const auto outcome = ask(request);
        if (!outcome.is(200)) fail(outcome, source, "check credential_source '" + *url + "'");
        text = outcome.answer.body;
    } else {
        refuse(source, "its credential_source has neither file nor url");
    }
    if (file.text("/credential_source/format/type").value_or("text") != "json") return common::trimmed(text);
    const auto member = file.text("/credential_source/format/subject_token_field_name").value_or("");
    const auto parsed = json_text::parse(text);
    const auto token = parsed ? parsed->text("/" + member) : std::nullopt;
    if (!token) refuse(source, "credential_source has no member '" + member + "'");
    return *token;
}

access_token token_source::from_federation(const json_text& file, const std::string& path) {
    const auto source = "the workload identity of " + path;
    const auto url = file.text("/token_url").value_or("https://sts.googleapis.com/v1/token");
    const auto impersonate = file.text("/service_account_impersonation_url").value_or("");
    need_safe(url, source);
    if (!impersonate.empty()) need_safe(impersonate, source);
    const auto form =
        common::encode_query({{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                              {"audience", file.text("/audience").value_or("")},
                              {"scope", impersonate.empty() ? storage_scope : platform_scope},
                              {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                              {"subject_token_type", file.text("/subject_token_type").value_or("")},
                              {"subject_token", subject_token(file, source)}});
    const auto token =
        read_token(post_form(url, form), source, "check the pool's provider and the audience of the file");
    return impersonate.empty() ? token : impersonated(token, impersonate);
}

access_token token_source::impersonated(const access_token& with, const std::string& url) {
    const auto source = with.source + " as a service account";
    const auto body = "{\"scope\":[" + common::json_string(storage_scope) + "],\"lifetime\":\"3600s\"}";
    http_request request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + with.text}};
    request.body = {body};
    const auto outcome = ask(request);
    const std::string remedy = "give the workload the role Workload Identity User of the service account";
    if (!outcome.is(200)) fail(outcome, source, remedy);
    const auto answer = json_text::parse(outcome.answer.body);
    const auto text = answer ? answer->text("/accessToken") : std::nullopt;
    if (!text || text->empty() || text->find_first_of("\r\n") != std::string::npos)
        fail(outcome, source, "the answer has no accessToken");
    access_token made;
    made.text = *text;
    made.source = source;
    made.expires = common::parse_timestamp(answer->text("/expireTime").value_or(""));
    if (!made.expires) made.expires = std::chrono::system_clock::now() + std::chrono::minutes(10);
    return made;
}

access_token token_source::from_metadata_server() {
    auto host = environment("GCE_METADATA_HOST");
    if (host.empty()) host = "metadata.google.internal";
    const auto source = "the metadata server " + host;
    http_request request;
    request.direct = true;
    request.connect_timeout = std::chrono::seconds(2);
    request.url = "http://" + host + "/computeMetadata/v1/instance/service-accounts/default/token?" +
                  common::encode_query({{"scopes", storage_scope}});
    request.headers = {{"Metadata-Flavor", "Google"}};
    const auto outcome = ask(request);
    if (!outcome.answered())
        refuse(source,
               "nobody answers there (" + outcome.problem +
                   "); set GOOGLE_APPLICATION_CREDENTIALS to a file with credentials, or run on Google "
                   "Cloud with a service account");
    if (outcome.answer.header("metadata-flavor") != "Google") refuse(source, "the answer is not Google's");
    auto made = read_token(outcome, source, "check that the machine or pod has a service account");
    made.project = environment("GOOGLE_CLOUD_PROJECT");
    return made;
}

} // namespace mockfleet::gcs
