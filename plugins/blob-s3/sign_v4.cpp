// Canonical form, string to sign, signature.
#include "sign_v4.hpp"

#include "common/digest.hpp"

#include <algorithm>
#include <map>

namespace mockfleet::s3 {

namespace {

using common::hex;
using common::hmac_sha256;
using common::view_of;

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// Names in lower case and sorted; in values, runs of spaces are one and those at the ends are dropped.
std::map<std::string, std::string> canonical_headers(const signable& request) {
    std::map<std::string, std::string> made;
    for (const auto& [name, value] : request.headers) {
        auto lower = common::lower_case(name);
        std::string trimmed;
        for (const char c : value) {
            if (c == ' ' && (trimmed.empty() || trimmed.back() == ' ')) continue;
            trimmed += c;
        }
        if (!trimmed.empty() && trimmed.back() == ' ') trimmed.pop_back();
        made.insert_or_assign(std::move(lower), std::move(trimmed));
    }
    return made;
}

std::string signed_names(const signable& request) {
    std::string names;
    for (const auto& [name, value] : canonical_headers(request)) {
        if (!names.empty()) names += ';';
        names += name;
    }
    return names;
}

std::string canonical_query(const signable& request) {
    common::query_pairs encoded;
    for (const auto& [name, value] : request.query)
        encoded.emplace_back(common::percent_encode(name), common::percent_encode(value));
    std::sort(encoded.begin(), encoded.end());
    std::string made;
    for (const auto& [name, value] : encoded) {
        if (!made.empty()) made += '&';
        made += name + "=" + value;
    }
    return made;
}

std::string scope_text(const signed_scope& scope) {
    return common::basic_timestamp(scope.when).substr(0, 8) + "/" + scope.region + "/" + scope.service +
           "/aws4_request";
}

} // namespace

std::string canonical_request(const signable& request) {
    std::string made = request.method + "\n" + request.path + "\n" + canonical_query(request) + "\n";
    for (const auto& [name, value] : canonical_headers(request))
        made += name + ":" + value + "\n";
    return made + "\n" + signed_names(request) + "\n" + request.payload_hash;
}

std::string string_to_sign(const signable& request, const signed_scope& scope) {
    return std::string(algorithm) + "\n" + common::basic_timestamp(scope.when) + "\n" + scope_text(scope) +
           "\n" + hex(view_of(common::sha256(canonical_request(request))));
}

std::string signature(const signable& request, const signed_scope& scope, std::string_view secret) {
    const auto day = common::basic_timestamp(scope.when).substr(0, 8);
    auto key = hmac_sha256("AWS4" + std::string(secret), day);
    key = hmac_sha256(view_of(key), scope.region);
    key = hmac_sha256(view_of(key), scope.service);
    key = hmac_sha256(view_of(key), "aws4_request");
    return hex(view_of(hmac_sha256(view_of(key), string_to_sign(request, scope))));
}

std::string authorization(const signable& request, const signed_scope& scope, const access_keys& keys) {
    return std::string(algorithm) + " Credential=" + keys.id + "/" + scope_text(scope) +
           ",SignedHeaders=" + signed_names(request) + ",Signature=" + signature(request, scope, keys.secret);
}

void sign(signable& request, const signed_scope& scope, const access_keys& keys) {
    request.headers.emplace_back("x-amz-date", common::basic_timestamp(scope.when));
    if (scope.service == "s3") request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
    if (!keys.session_token.empty()) request.headers.emplace_back("x-amz-security-token", keys.session_token);
    auto value = authorization(request, scope, keys);
    request.headers.emplace_back("Authorization", std::move(value));
}

} // namespace mockfleet::s3
