// The token requests that Microsoft documents.
#include "identity.hpp"

#include "common/json_text.hpp"
#include "common/surroundings.hpp"
#include "common/url.hpp"

#include <mockfleet/plugin.hpp>

#include <charconv>
#include <chrono>

namespace mockfleet::azure {

namespace {

using common::environment;
using common::http_outcome;
using common::http_request;

constexpr auto resource = "https://storage.azure.com/";

[[noreturn]] void fail(const http_outcome& outcome, const std::string& source, const std::string& remedy) {
    auto why = outcome.problem;
    if (outcome.answered()) {
        why = "status " + std::to_string(outcome.answer.status);
        if (const auto answer = common::json_text::parse(outcome.answer.body)) {
            const auto said =
                answer->text("/error_description").value_or(answer->text("/error").value_or(""));
            if (!said.empty())
                why += ", " + said.substr(0, std::min<std::size_t>(said.find_first_of("\r\n"), 200));
        }
    }
    throw plugin::failure(common::is_passing(outcome) ? MF_UNAVAILABLE : MF_DENIED,
                          "no access token for Azure from " + source + ": " + why + "; " + remedy);
}

access_token read_token(const http_outcome& outcome, const std::string& source, const std::string& remedy) {
    if (!outcome.is(200)) fail(outcome, source, remedy);
    const auto answer = common::json_text::parse(outcome.answer.body);
    const auto text = answer ? answer->text("/access_token") : std::nullopt;
    if (!text || text->empty() || text->find_first_of("\r\n") != std::string::npos)
        fail(outcome, source, "the answer has no access_token");
    // A number, or, of managed identities, a text; the app service tells the end instead of the time left.
    const auto seconds = [&](const char* member) -> std::int64_t {
        if (const auto number = answer->number(member)) return *number;
        const auto digits = answer->text(member).value_or("");
        std::int64_t parsed = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
        return parsed;
    };
    access_token made{*text, std::nullopt, source};
    const auto now = std::chrono::system_clock::now();
    if (const auto left = seconds("/expires_in"); left > 0)
        made.expires = now + std::chrono::seconds(left);
    else if (const auto end = seconds("/expires_on"); end > 0)
        made.expires = common::time_point(std::chrono::seconds(end));
    else
        made.expires = now + std::chrono::minutes(10);
    return made;
}

common::endpoint endpoint_of(const std::string& variable, const std::string& url) {
    const auto parsed = common::parse_endpoint(url);
    if (!parsed) throw plugin::failure(MF_INVALID, variable + " is '" + url + "'; http(s)://host is wanted");
    return *parsed;
}

} // namespace

identity::identity(common::http_client& http, common::stop_signal& stop)
    : http_(http), stop_(stop), current_([this] { return fetch(); }) {}

http_outcome identity::ask(http_request request, int attempts) {
    request.most = std::chrono::seconds(10);
    request.most_answer = 1UL << 20U;
    common::retry_limits limits;
    limits.most_attempts = attempts;
    return common::perform_repeatedly(http_, stop_, {[&] { return request; }, {}, {}}, limits);
}

access_token identity::fetch() {
    if (!environment("AZURE_FEDERATED_TOKEN_FILE").empty()) return from_workload();
    if (!environment("IDENTITY_ENDPOINT").empty()) return from_app_service();
    return from_machine();
}

access_token identity::from_workload() {
    const auto file = environment("AZURE_FEDERATED_TOKEN_FILE");
    const auto client = environment("AZURE_CLIENT_ID");
    const auto tenant = environment("AZURE_TENANT_ID");
    const auto source = "the workload identity with the token in " + file;
    const auto token = common::read_file(file);
    if (!token || client.empty() || tenant.empty())
        throw plugin::failure(MF_DENIED, "no access token for Azure from " + source +
                                             ": the file must be readable, and AZURE_CLIENT_ID and "
                                             "AZURE_TENANT_ID be set");
    auto authority = environment("AZURE_AUTHORITY_HOST");
    if (authority.empty()) authority = "https://login.microsoftonline.com/";
    const auto at = endpoint_of("AZURE_AUTHORITY_HOST", authority);
    const auto form = common::encode_query(
        {{"client_id", client},
         {"scope", std::string(resource) + ".default"},
         {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
         {"client_assertion", common::trimmed(*token)},
         {"grant_type", "client_credentials"}});
    http_request request;
    request.method = "POST";
    request.url = at.origin() + at.path + "/" + common::percent_encode(tenant) + "/oauth2/v2.0/token";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = {form};
    return read_token(
        ask(request, 3), source,
        "check AZURE_CLIENT_ID, AZURE_TENANT_ID and the federated credential of the application");
}

access_token identity::from_app_service() {
    const auto at = endpoint_of("IDENTITY_ENDPOINT", environment("IDENTITY_ENDPOINT"));
    common::query_pairs query{{"api-version", "2019-08-01"}, {"resource", resource}};
    if (const auto client = environment("AZURE_CLIENT_ID"); !client.empty())
        query.emplace_back("client_id", client);
    http_request request;
    request.direct = true;
    request.url = at.origin() + at.path + "?" + common::encode_query(query);
    request.headers = {{"X-IDENTITY-HEADER", common::trimmed(environment("IDENTITY_HEADER"))}};
    return read_token(ask(request, 3), "the identity of the app service",
                      "check that the app has an identity, or set blobStoreConnectionString");
}

access_token identity::from_machine() {
    auto url = environment("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    if (url.empty()) url = "http://169.254.169.254";
    const auto at = endpoint_of("AZURE_POD_IDENTITY_AUTHORITY_HOST", url);
    common::query_pairs query{{"api-version", "2018-02-01"}, {"resource", resource}};
    if (const auto client = environment("AZURE_CLIENT_ID"); !client.empty())
        query.emplace_back("client_id", client);
    http_request request;
    request.direct = true;
    request.connect_timeout = std::chrono::seconds(1);
    request.url = at.origin() + at.path + "/metadata/identity/oauth2/token?" + common::encode_query(query);
    request.headers = {{"Metadata", "true"}};
    return read_token(ask(request, 3), "the machine's managed identity",
                      "set blobStoreConnectionString, or give the machine or workload an identity");
}

} // namespace mockfleet::azure
