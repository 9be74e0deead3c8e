// Where the keys come from, as Amazon's own clients look for them, and their renewal before they expire.
#pragma once

#include "settings.hpp"
#include "sign_v4.hpp"

#include "common/http_client.hpp"
#include "common/refreshed.hpp"
#include "common/retry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mockfleet::s3 {

struct credentials {
    access_keys keys;
    std::optional<common::time_point> expires;
    std::string source; ///< for people: "the environment"
};

/// What the sources need.
struct credential_context {
    common::http_client& http;
    common::stop_signal& stop;
    std::string region; ///< of the token service

    /// A request to a service for credentials; short time-outs, few repetitions.
    [[nodiscard]] common::http_outcome ask(const common::http_request& request, int attempts = 3) const;
};

// Each source: nullopt when nothing of it is set up. plugin::failure (MF_DENIED, or MF_UNAVAILABLE when
// asking again may help) when something is, and does not work.

[[nodiscard]] std::optional<credentials> from_environment();
[[nodiscard]] std::optional<credentials> from_web_identity(const credential_context& context);
[[nodiscard]] std::optional<credentials> from_container(const credential_context& context);
[[nodiscard]] std::optional<credentials> from_instance(const credential_context& context);
[[nodiscard]] std::optional<credentials> from_profile(const credential_context& context);

/// AssumeRoleWithWebIdentity with the token in a file.
[[nodiscard]] credentials assume_with_token(const credential_context& context, const std::string& role,
                                            const std::string& token_file, const std::string& session);
/// AssumeRole with other credentials.
[[nodiscard]] credentials assume_with_keys(const credential_context& context, const credentials& with,
                                           const std::string& role, const std::string& session,
                                           const std::string& external_id);

/// AccessKeyId, SecretAccessKey, `token_name`, Expiration of a JSON answer; nullopt when they are not there.
[[nodiscard]] std::optional<credentials>
read_json_credentials(const std::string& text, const char* token_name, const std::string& source);

/// Static ones of the settings, or the first source that is set up.
class credential_chain {
public:
    credential_chain(const settings& used, common::http_client& http, common::stop_signal& stop);

    [[nodiscard]] credentials get() { return current_.get(); }
    void drop() { current_.drop(); }

private:
    credentials fetch();

    access_keys given_;
    credential_context context_;
    common::refreshed<credentials> current_;
};

} // namespace mockfleet::s3
