// Keys from services: the token service (STS), a container's agent, an instance's metadata.
#include "credentials.hpp"

#include "common/digest.hpp"
#include "common/json_text.hpp"
#include "common/surroundings.hpp"
#include "common/xml.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace mockfleet::s3 {

namespace {

using common::environment;
using common::http_outcome;
using common::http_request;

[[noreturn]] void fail(const http_outcome& outcome, const std::string& source, const std::string& remedy) {
    const bool passing = common::is_passing(outcome);
    std::string why = outcome.problem;
    if (outcome.answered()) {
        why = "status " + std::to_string(outcome.answer.status);
        if (const auto document = common::read_xml(outcome.answer.body)) {
            const auto* error = document->name == "Error" ? &*document : document->child("Error");
            if (error != nullptr)
                why += ", " + std::string(error->text_of("Code")) + ": " +
                       std::string(error->text_of("Message"));
        }
    }
    throw plugin::failure(passing ? MF_UNAVAILABLE : MF_DENIED,
                          "no credentials for S3 from " + source + ": " + why + "; " + remedy);
}

common::endpoint token_service(const credential_context& context) {
    auto url = environment("AWS_ENDPOINT_URL_STS");
    if (url.empty())
        url = "https://sts." + context.region +
              (context.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
    const auto parsed = common::parse_endpoint(url);
    if (!parsed)
        throw plugin::failure(MF_INVALID,
                              "AWS_ENDPOINT_URL_STS is '" + url + "'; http(s)://host[:port] is wanted");
    return *parsed;
}

credentials read_assumed(const http_outcome& outcome, const std::string& action, const std::string& source) {
    const auto document = common::read_xml(outcome.answer.body);
    const auto* result = document ? document->child(action + "Result") : nullptr;
    const auto* found = result == nullptr ? nullptr : result->child("Credentials");
    if (found == nullptr) fail(outcome, source, "the answer has no credentials; check AWS_ENDPOINT_URL_STS");
    credentials made;
    made.keys = {std::string(found->text_of("AccessKeyId")), std::string(found->text_of("SecretAccessKey")),
                 std::string(found->text_of("SessionToken"))};
    made.expires = common::parse_timestamp(found->text_of("Expiration"));
    made.source = source;
    return made;
}

std::string session_or(const std::string& given) {
    return given.empty() ? "mockfleet" : given;
}

} // namespace

credentials assume_with_token(const credential_context& context, const std::string& role,
                              const std::string& token_file, const std::string& session) {
    const auto source = "the role " + role + " with the token in " + token_file;
    const auto token = common::read_file(token_file);
    if (!token)
        throw plugin::failure(MF_DENIED, "no credentials for S3 from " + source +
                                             ": the file cannot be read; check AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto at = token_service(context);
    const std::string action = "AssumeRoleWithWebIdentity";
    const auto form = common::encode_query({{"Action", action},
                                            {"Version", "2011-06-15"},
                                            {"RoleArn", role},
                                            {"RoleSessionName", session_or(session)},
                                            {"WebIdentityToken", common::trimmed(*token)}});
    http_request request;
    request.method = "POST";
    request.url = at.origin() + at.path + "/";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    request.body = {form};
    const auto outcome = context.ask(request);
    if (!outcome.is(200))
        fail(outcome, source, "check AWS_ROLE_ARN and that the role trusts the token's issuer");
    return read_assumed(outcome, action, source);
}

credentials assume_with_keys(const credential_context& context, const credentials& with,
                             const std::string& role, const std::string& session,
                             const std::string& external_id) {
    const auto source = "the role " + role + " with the keys of " + with.source;
    const auto at = token_service(context);
    const std::string action = "AssumeRole";
    common::query_pairs fields{{"Action", action},
                               {"Version", "2011-06-15"},
                               {"RoleArn", role},
                               {"RoleSessionName", session_or(session)}};
    if (!external_id.empty()) fields.emplace_back("ExternalId", external_id);
    const auto form = common::encode_query(fields);
    signable parts{
        "POST",
        at.path + "/",
        {},
        {{"Host", at.authority}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
        common::hex(common::view_of(common::sha256(form)))};
    sign(parts, {context.region, "sts", std::chrono::system_clock::now()}, with.keys);
    http_request request;
    request.method = "POST";
    request.url = at.origin() + at.path + "/";
    request.headers = parts.headers;
    request.body = {form};
    const auto outcome = context.ask(request);
    if (!outcome.is(200)) fail(outcome, source, "check role_arn and that the role trusts these keys");
    return read_assumed(outcome, action, source);
}

std::optional<credentials> from_web_identity(const credential_context& context) {
    const auto file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role = environment("AWS_ROLE_ARN");
    if (file.empty() && role.empty()) return std::nullopt;
    if (file.empty() || role.empty())
        throw plugin::failure(MF_DENIED,
                              "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN belong together, and only one of "
                              "them is set: set both or neither");
    return assume_with_token(context, role, file, environment("AWS_ROLE_SESSION_NAME"));
}

std::optional<credentials> from_container(const credential_context& context) {
    const auto relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const auto full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty()) return std::nullopt;
    http_request request;
    request.direct = true;
    request.url = relative.empty() ? full : "http://169.254.170.2" + relative;
    const auto at = common::parse_endpoint(request.url.substr(0, request.url.find_first_of("?#")));
    static constexpr std::array agents{"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    const bool known = at && (at->scheme == "https" || at->is_loopback() ||
                              std::find(agents.begin(), agents.end(), at->host) != agents.end());
    if (!known)
        throw plugin::failure(MF_DENIED,
                              "AWS_CONTAINER_CREDENTIALS_FULL_URI is '" + full +
                                  "'; https, or an agent on this machine, is wanted: the keys would "
                                  "travel in plain text");
    auto token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (const auto file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
        const auto read = common::read_file(file);
        if (!read)
            throw plugin::failure(MF_DENIED, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is '" + file +
                                                 "', which cannot be read");
        token = common::trimmed(*read);
    }
    if (token.find_first_of("\r\n") != std::string::npos)
        throw plugin::failure(MF_DENIED, "the container's authorization token has line breaks in it");
    if (!token.empty()) request.headers.emplace_back("Authorization", token);
    const std::string source = "the container's agent at " + request.url;
    const auto outcome = context.ask(request);
    if (!outcome.is(200)) fail(outcome, source, "check the role of the task or pod");
    auto found = read_json_credentials(outcome.answer.body, "Token", source);
    if (!found) fail(outcome, source, "the answer has no credentials");
    return found;
}

std::optional<credentials> from_instance(const credential_context& context) {
    if (common::lower_case(environment("AWS_EC2_METADATA_DISABLED")) == "true") return std::nullopt;
    auto url = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (url.empty()) url = "http://169.254.169.254";
    const auto at = common::parse_endpoint(url);
    if (!at)
        throw plugin::failure(MF_INVALID, "AWS_EC2_METADATA_SERVICE_ENDPOINT is '" + url +
                                              "'; http(s)://host[:port] is wanted");
    const auto base = at->origin() + at->path;
    http_request request;
    request.method = "PUT";
    request.direct = true;
    request.connect_timeout = std::chrono::seconds(1);
    request.url = base + "/latest/api/token";
    request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    // Elsewhere than on an instance nobody answers, so one attempt only.
    auto outcome = context.ask(request, 1);
    if (!outcome.answered()) return std::nullopt;
    const std::string source = "the instance's metadata at " + base;
    const std::string remedy = "check that the instance has a role and that its metadata service is on";
    if (!outcome.is(200)) fail(outcome, source, remedy);
    const auto token = common::trimmed(outcome.answer.body);
    request.method = "GET";
    request.headers = {{"x-aws-ec2-metadata-token", token}};
    request.url = base + "/latest/meta-data/iam/security-credentials/";
    outcome = context.ask(request);
    if (!outcome.is(200)) fail(outcome, source, remedy);
    const auto role = common::trimmed(outcome.answer.body.substr(0, outcome.answer.body.find('\n')));
    request.url += common::percent_encode(role);
    outcome = context.ask(request);
    if (!outcome.is(200)) fail(outcome, source, remedy);
    auto found = read_json_credentials(outcome.answer.body, "Token", "the instance's role " + role);
    if (!found) fail(outcome, source, remedy);
    return found;
}

} // namespace mockfleet::s3
