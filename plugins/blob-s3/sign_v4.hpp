// AWS Signature Version 4 in the Authorization header.
#pragma once

#include "common/http_client.hpp"
#include "common/timestamps.hpp"
#include "common/url.hpp"

#include <string>
#include <string_view>

namespace mockfleet::s3 {

struct access_keys {
    std::string id;
    std::string secret;
    std::string session_token; ///< empty when they are not temporary
};

struct signed_scope {
    std::string region;
    std::string service; ///< s3, sts
    common::time_point when;
};

/// The parts of a request that are signed.
struct signable {
    std::string method;
    std::string path; ///< encoded as it is sent, at least "/"
    common::query_pairs query;
    common::http_headers headers; ///< all are signed; Host must be one of them
    std::string payload_hash;     ///< hexadecimal SHA-256 of the body
};

[[nodiscard]] std::string canonical_request(const signable& request);
[[nodiscard]] std::string string_to_sign(const signable& request, const signed_scope& scope);
[[nodiscard]] std::string signature(const signable& request, const signed_scope& scope,
                                    std::string_view secret);

/// The value of the Authorization header.
[[nodiscard]] std::string authorization(const signable& request, const signed_scope& scope,
                                        const access_keys& keys);

/// Adds x-amz-date, x-amz-content-sha256 (for s3), x-amz-security-token and Authorization.
void sign(signable& request, const signed_scope& scope, const access_keys& keys);

} // namespace mockfleet::s3
