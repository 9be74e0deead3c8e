// The order of the sources, and the simple ones.
#include "credentials.hpp"

#include "common/json_text.hpp"
#include "common/surroundings.hpp"

namespace mockfleet::s3 {

using common::environment;

common::http_outcome credential_context::ask(const common::http_request& request, int attempts) const {
    common::http_request limited = request;
    limited.most = std::chrono::seconds(10);
    limited.most_answer = 1UL << 20U;
    common::retry_limits limits;
    limits.most_attempts = attempts;
    return common::perform_repeatedly(http, stop, {[&] { return limited; }, {}, {}}, limits);
}

std::optional<credentials> from_environment() {
    credentials made;
    made.keys = {environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                 environment("AWS_SESSION_TOKEN")};
    made.source = "the environment (AWS_ACCESS_KEY_ID)";
    if (made.keys.id.empty() && made.keys.secret.empty()) return std::nullopt;
    if (made.keys.id.empty() || made.keys.secret.empty())
        throw plugin::failure(MF_DENIED,
                              "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together, and only one of "
                              "them is set: set both or neither");
    return made;
}

std::optional<credentials> read_json_credentials(const std::string& text, const char* token_name,
                                                 const std::string& source) {
    const auto answer = common::json_text::parse(text);
    if (!answer) return std::nullopt;
    const auto id = answer->text("/AccessKeyId");
    const auto secret = answer->text("/SecretAccessKey");
    if (!id || !secret || id->empty() || secret->empty()) return std::nullopt;
    credentials made;
    made.keys = {*id, *secret, answer->text(std::string("/") + token_name).value_or("")};
    made.source = source;
    if (const auto expires = answer->text("/Expiration")) {
        made.expires = common::parse_timestamp(*expires);
        if (!made.expires) return std::nullopt;
    }
    return made;
}

credential_chain::credential_chain(const settings& used, common::http_client& http, common::stop_signal& stop)
    : given_{used.access_key, used.secret_key, {}}, context_{http, stop, used.region},
      current_([this] { return fetch(); }) {
    const auto region = environment("AWS_REGION");
    if (!region.empty()) context_.region = region;
}

credentials credential_chain::fetch() {
    if (!given_.id.empty()) return {given_, std::nullopt, "blobStoreAccessKeyId"};
    if (auto found = from_environment()) return *std::move(found);
    if (auto found = from_web_identity(context_)) return *std::move(found);
    if (auto found = from_profile(context_)) return *std::move(found);
    if (auto found = from_container(context_)) return *std::move(found);
    if (auto found = from_instance(context_)) return *std::move(found);
    throw plugin::failure(
        MF_DENIED, "no credentials for S3: neither blobStoreAccessKeyId, AWS_ACCESS_KEY_ID, "
                   "AWS_WEB_IDENTITY_TOKEN_FILE, a profile of ~/.aws, a container's credentials nor an "
                   "instance's role were found; set one of them");
}

} // namespace mockfleet::s3
