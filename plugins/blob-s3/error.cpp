// The table of refusals.
#include "error.hpp"

#include "common/failure_text.hpp"
#include "common/xml.hpp"

#include <algorithm>
#include <array>

namespace mockfleet::s3 {

namespace {

using common::http_outcome;

enum class cause {
    no_bucket,
    unknown_key,
    wrong_secret,
    expired,
    clock,
    denied,
    region,
    throttled,
    unsupported,
    invalid,
    no_room,
    busy,
    other,
};

struct known_code {
    std::string_view code;
    cause means;
};
constexpr std::array known_codes{
    known_code{"NoSuchBucket", cause::no_bucket},
    known_code{"InvalidAccessKeyId", cause::unknown_key},
    known_code{"SignatureDoesNotMatch", cause::wrong_secret},
    known_code{"ExpiredToken", cause::expired},
    known_code{"ExpiredTokenException", cause::expired},
    known_code{"TokenRefreshRequired", cause::expired},
    known_code{"InvalidToken", cause::expired},
    known_code{"RequestTimeTooSkewed", cause::clock},
    known_code{"RequestExpired", cause::clock},
    known_code{"AccessDenied", cause::denied},
    known_code{"AllAccessDisabled", cause::denied},
    known_code{"AccountProblem", cause::denied},
    known_code{"PermanentRedirect", cause::region},
    known_code{"TemporaryRedirect", cause::region},
    known_code{"AuthorizationHeaderMalformed", cause::region},
    known_code{"IllegalLocationConstraintException", cause::region},
    known_code{"SlowDown", cause::throttled},
    known_code{"RequestLimitExceeded", cause::throttled},
    known_code{"TooManyRequests", cause::throttled},
    known_code{"Throttling", cause::throttled},
    known_code{"ServiceUnavailable", cause::busy},
    known_code{"InternalError", cause::busy},
    known_code{"RequestTimeout", cause::busy},
    known_code{"ConditionalRequestConflict", cause::busy},
    known_code{"OperationAborted", cause::busy},
    known_code{"NotImplemented", cause::unsupported},
    known_code{"XMinioStorageFull", cause::no_room},
    known_code{"QuotaExceeded", cause::no_room},
};

cause cause_of(const refusal& why, int status) {
    const auto* known = std::find_if(known_codes.begin(), known_codes.end(),
                                     [&](const known_code& one) { return one.code == why.code; });
    if (known != known_codes.end()) return known->means;
    if (status == 301 || status == 307) return cause::region;
    if (status == 401 || status == 403) return cause::denied;
    if (status == 429) return cause::throttled;
    if (status == 501) return cause::unsupported;
    if (status == 507) return cause::no_room;
    if (status >= 500 || status == 408 || status == 409) return cause::busy;
    return status == 400 || status == 413 || status == 414 ? cause::invalid : cause::other;
}

mf_status status_of(cause why) {
    switch (why) {
    case cause::unknown_key:
    case cause::wrong_secret:
    case cause::expired:
    case cause::clock:
    case cause::denied:
        return MF_DENIED;
    case cause::throttled:
    case cause::busy:
    case cause::no_bucket:
        return MF_UNAVAILABLE;
    case cause::unsupported:
        return MF_UNSUPPORTED;
    case cause::region: // nothing but another setting helps
    case cause::invalid:
        return MF_INVALID;
    case cause::no_room:
        return MF_EXHAUSTED;
    case cause::other:
        break;
    }
    return MF_INTERNAL;
}

std::string remedy(cause why, const refusal& told, const common::http_response& answer, const settings& used,
                   const std::string& credentials) {
    const auto bucket = "bucket '" + used.bucket + "'";
    switch (why) {
    case cause::no_bucket:
        return bucket + " does not exist at " + used.at.origin() +
               ": create it, correct blobStoreBucket, or set blobStoreCreateIfMissing=true";
    case cause::unknown_key:
        return "the access key is not known there: check the credentials of " + credentials;
    case cause::wrong_secret:
        return "the secret key does not belong to the access key: check the credentials of " + credentials;
    case cause::expired:
        return "the session token is expired or not valid: renew the credentials of " + credentials;
    case cause::clock:
        return common::clock_remedy(common::clock_offset(answer));
    case cause::denied:
        return "the credentials of " + credentials + " may not do this to " + bucket +
               ": allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject, or use others";
    case cause::region:
        if (told.region.empty())
            return bucket + " is in another region than " + used.region + ": correct blobStoreRegion";
        return bucket + " is in the region " + told.region + ", not " + used.region +
               ": set blobStoreRegion=" + told.region;
    case cause::throttled:
        return "the service throttles: too many requests to " + bucket + "; it is tried again later";
    case cause::unsupported:
        return "the service at " + used.at.origin() + " does not offer this";
    case cause::invalid:
        return "the request was refused as invalid";
    case cause::no_room:
        return "the service has no room left: free some, or raise the quota";
    case cause::busy:
        return "the service is not available now; it is tried again later";
    case cause::other:
        break;
    }
    return "check that blobStoreEndpoint is an S3 service";
}

} // namespace

refusal read_refusal(const common::http_response& answer) {
    refusal made;
    if (const auto document = common::read_xml(answer.body); document) {
        // Of STS it stands one level lower.
        const auto* inner = document->name == "Error" ? &*document : document->child("Error");
        if (inner != nullptr) {
            made.code = inner->text_of("Code");
            made.message = inner->text_of("Message");
            made.region = inner->text_of("Region");
        }
    }
    if (const auto region = answer.header("x-amz-bucket-region"); !region.empty()) made.region = region;
    return made;
}

plugin::failure failure_of(const http_outcome& outcome, const std::string& doing, const settings& used,
                           const std::string& credentials) {
    if (!outcome.answered())
        return common::failure_without_answer(outcome, "S3 " + doing + ": " + used.at.origin(),
                                              "blobStoreEndpoint", "blobStoreEndpoint and blobStoreRegion");
    const auto told = read_refusal(outcome.answer);
    auto why = cause_of(told, outcome.answer.status);
    // Some services answer a wrong region in the words of a wrong header.
    if (told.code == "AuthorizationHeaderMalformed" && (told.region.empty() || told.region == used.region))
        why = cause::denied;
    std::string text = "S3 " + doing + ": " + remedy(why, told, outcome.answer, used, credentials) +
                       " (status " + std::to_string(outcome.answer.status);
    if (!told.code.empty()) text += ", " + told.code;
    if (!told.message.empty()) text += ": " + told.message;
    return {status_of(why), common::one_line(text) + ")"};
}

} // namespace mockfleet::s3
