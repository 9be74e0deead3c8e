// Status, reason and message of the JSON API.
#include "error.hpp"

#include "common/failure_text.hpp"
#include "common/json_text.hpp"

namespace mockfleet::gcs {

namespace {

using common::http_outcome;

struct told {
    std::string reason;
    std::string message;
};

told read(const http_outcome& outcome) {
    const auto answer = common::json_text::parse(outcome.answer.body);
    if (!answer) return {};
    return {answer->text("/error/errors/0/reason").value_or(""), answer->text("/error/message").value_or("")};
}

struct verdict {
    mf_status status;
    std::string remedy;
};

verdict judge(const http_outcome& outcome, const told& said, const settings& used,
              const std::string& credentials) {
    const int status = outcome.answer.status;
    const auto bucket = "bucket " + common::in_quotes(used.bucket);
    if (is_missing_bucket(outcome)) return {MF_UNAVAILABLE, missing_bucket_remedy(used)};
    if (status == 401)
        return {MF_DENIED, "the access token is expired or not valid: check the credentials (" + credentials +
                               ") and this machine's clock (NTP)"};
    if (status == 429 || said.reason == "rateLimitExceeded" || said.reason == "userRateLimitExceeded")
        return {MF_UNAVAILABLE,
                "the service throttles: too many requests to " + bucket + "; it is tried again later"};
    if (said.reason == "quotaExceeded" || status == 507 || status == 413)
        return {MF_EXHAUSTED, "the quota is used up: raise it, or free some room"};
    if (said.reason == "accountDisabled" || said.reason == "projectNotFound")
        return {MF_DENIED, "the project's billing or account is disabled: enable it, or use another project"};
    if (status == 403)
        return {MF_DENIED,
                credentials + " may not do this to " + bucket +
                    ": give it the role Storage Object User of the bucket, or use other credentials"};
    if (status >= 500 || status == 408 || status == 409)
        return {MF_UNAVAILABLE, "the service is not available now; it is tried again later"};
    if (status == 400) return {MF_INVALID, "the request was refused as invalid"};
    if (status >= 300 && status < 400)
        return {MF_UNAVAILABLE, "the service redirects to '" +
                                    std::string(outcome.answer.header("location")) +
                                    "': correct blobStoreEndpoint"};
    return {MF_INTERNAL, "check that " + used.at.origin() + " is Google Cloud Storage"};
}

} // namespace

std::string missing_bucket_remedy(const settings& used) {
    return "bucket " + common::in_quotes(used.bucket) + " does not exist at " + used.at.origin() +
           ": create it, correct blobStoreBucket, or set blobStoreCreateIfMissing=true";
}

bool is_missing_bucket(const http_outcome& outcome) {
    return outcome.is(404) && read(outcome).message.find("bucket does not exist") != std::string::npos;
}

plugin::failure failure_of(const http_outcome& outcome, const std::string& doing, const settings& used,
                           const std::string& credentials) {
    if (!outcome.answered())
        return common::failure_without_answer(outcome,
                                              "Google Cloud Storage " + doing + ": " + used.at.origin(),
                                              "blobStoreEndpoint", "blobStoreEndpoint");
    const auto said = read(outcome);
    const auto [status, remedy] = judge(outcome, said, used, credentials);
    auto text =
        "Google Cloud Storage " + doing + ": " + remedy + " (status " + std::to_string(outcome.answer.status);
    if (!said.reason.empty()) text += ", " + said.reason;
    if (!said.message.empty()) text += ": " + said.message;
    return {status, common::one_line(text) + ")"};
}

} // namespace mockfleet::gcs
