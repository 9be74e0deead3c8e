// The table of refusals.
#include "error.hpp"

#include "common/failure_text.hpp"
#include "common/timestamps.hpp"
#include "common/url.hpp"
#include "common/xml.hpp"

#include <algorithm>
#include <chrono>

namespace mockfleet::azure {

namespace {

using common::http_outcome;
using namespace std::chrono_literals;

struct verdict {
    mf_status status;
    std::string remedy;
};

/// The parameter of a shared access signature, decoded; empty when it is not there.
std::string sas_part(const settings& used, const std::string& name) {
    std::string_view rest = used.sas;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto part = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (part.starts_with(name + "=")) return common::percent_decode(part.substr(name.size() + 1));
    }
    return {};
}

std::string credentials_remedy(const settings& used, const std::string& identity) {
    if (used.by_identity()) return "check the identity that was used: " + identity;
    if (!used.sas.empty())
        return "check the SharedAccessSignature of blobStoreConnectionString: it may be altered, or made "
               "with a "
               "key that was replaced";
    return "check AccountName and AccountKey of blobStoreConnectionString";
}

/// A clock that is off, or a signature past its end, explain a failed authentication.
std::string authentication_remedy(const http_outcome& outcome, const settings& used,
                                  const std::string& identity) {
    const auto offset = common::clock_offset(outcome.answer);
    if (offset && (*offset > 4min || *offset < -4min)) return common::clock_remedy(offset);
    const auto ends = sas_part(used, "se");
    const auto end = common::parse_timestamp(ends);
    if (end && *end < std::chrono::system_clock::now())
        return "the SharedAccessSignature of blobStoreConnectionString expired at " + ends +
               ": make a new one";
    return credentials_remedy(used, identity);
}

std::string permission_remedy(const settings& used, const std::string& identity) {
    if (used.by_identity())
        return "give the identity the role Storage Blob Data Contributor (used: " + identity + ")";
    if (!used.sas.empty())
        return "the SharedAccessSignature allows '" + sas_part(used, "sp") +
               "': make one for the container with read, create, write, delete and list";
    return credentials_remedy(used, identity);
}

verdict judge(const http_outcome& outcome, const std::string& code, const settings& used,
              const std::string& identity) {
    const int status = outcome.answer.status;
    if (code == "ContainerNotFound")
        return {MF_UNAVAILABLE, "container '" + used.container + "' does not exist at " + used.at.origin() +
                                    used.at.path +
                                    ": create it, correct blobStoreContainer, or set "
                                    "blobStoreCreateIfMissing=true"};
    if (code == "ContainerBeingDeleted" || code == "ContainerDisabled")
        return {MF_UNAVAILABLE,
                "container '" + used.container + "' is being deleted; it is tried again later"};
    if (code == "AuthorizationPermissionMismatch" || code == "AuthorizationResourceTypeMismatch" ||
        code == "AuthorizationServiceMismatch" || code == "InsufficientAccountPermissions")
        return {MF_DENIED, permission_remedy(used, identity)};
    if (code == "AuthorizationProtocolMismatch")
        return {MF_DENIED, "use https: set DefaultEndpointsProtocol=https in blobStoreConnectionString"};
    if (code == "AuthorizationSourceIPMismatch" || code == "AuthorizationFailure")
        return {MF_DENIED, authentication_remedy(outcome, used, identity) +
                               ", and that the account's firewall lets this machine in"};
    if (code == "AccountIsDisabled" || code == "KeyBasedAuthenticationNotPermitted" ||
        code == "PublicAccessNotPermitted")
        return {MF_DENIED, "the account does not permit this way in: " + credentials_remedy(used, identity)};
    if (code == "SnapshotsPresent" || code == "LeaseIdMissing" || code == "BlobImmutableDueToPolicy")
        return {MF_DENIED, "the blob is protected (snapshots, a lease or a policy): remove that first"};
    if (status == 401 || status == 403) return {MF_DENIED, authentication_remedy(outcome, used, identity)};
    if (status == 429 || code == "ServerBusy" || code == "TooManyRequests")
        return {MF_UNAVAILABLE, "the service throttles: too many requests; it is tried again later"};
    if (status == 413 || status == 507) return {MF_EXHAUSTED, "the service has no room for it"};
    if (status >= 500 || status == 408 || status == 409)
        return {MF_UNAVAILABLE, "the service is not available now; it is tried again later"};
    if (status == 400 && !code.empty()) return {MF_INVALID, "the request was refused as invalid"};
    if (status >= 300 && status < 400)
        return {MF_UNAVAILABLE, "the service redirects to '" +
                                    common::without_query(outcome.answer.header("location")) +
                                    "': correct BlobEndpoint or AccountName"};
    return {MF_INTERNAL, "check that " + used.at.origin() + " is Azure Blob Storage"};
}

} // namespace

std::string code_of(const http_outcome& outcome) {
    if (!outcome.answered() || outcome.answer.status < 300) return {};
    std::string code(outcome.answer.header("x-ms-error-code"));
    if (!code.empty()) return code;
    const auto document = common::read_xml(outcome.answer.body);
    return document ? std::string(document->text_of("Code")) : std::string();
}

plugin::failure failure_of(const http_outcome& outcome, const std::string& doing, const settings& used,
                           const std::string& identity) {
    if (!outcome.answered())
        return common::failure_without_answer(outcome, "Azure " + doing + ": " + used.at.origin(),
                                              "the account's address", "AccountName or BlobEndpoint");
    const auto code = code_of(outcome);
    const auto [status, remedy] = judge(outcome, code, used, identity);
    auto text = "Azure " + doing + ": " + remedy + " (status " + std::to_string(outcome.answer.status);
    if (!code.empty()) text += ", " + code;
    return {status, common::one_line(text) + ")"};
}

} // namespace mockfleet::azure
