// Access tokens by Google's application default credentials.
#pragma once

#include "common/http_client.hpp"
#include "common/json_text.hpp"
#include "common/refreshed.hpp"
#include "common/retry.hpp"
#include "common/timestamps.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::gcs {

struct access_token {
    std::string text;
    std::optional<common::time_point> expires;
    std::string source;        ///< for people
    std::string project;       ///< of the credentials; may be empty
    std::string quota_project; ///< to be charged; may be empty
};

/// The claims and signature that are exchanged for a token, as header.claims.signature; nullopt when the key
/// is no RSA key.
[[nodiscard]] std::optional<std::string>
service_account_assertion(const std::string& email, const std::string& key_id, const std::string& key_pem,
                          const std::string& audience, common::time_point now);

/// The file that GOOGLE_APPLICATION_CREDENTIALS names, else gcloud's own, else the metadata server. Renewed
/// in time. Throws plugin::failure with one line.
class token_source {
public:
    token_source(common::http_client& http, common::stop_signal& stop);

    [[nodiscard]] access_token get() { return current_.get(); }
    void drop() { current_.drop(); }

private:
    access_token fetch();
    access_token from_file(const std::string& path, const std::string& text);
    access_token from_service_account(const common::json_text& file, const std::string& path);
    access_token from_user(const common::json_text& file, const std::string& path);
    access_token from_federation(const common::json_text& file, const std::string& path);
    access_token impersonated(const access_token& with, const std::string& url);
    std::string subject_token(const common::json_text& file, const std::string& source);
    access_token from_metadata_server();
    common::http_outcome ask(common::http_request request, int attempts = 3);
    common::http_outcome post_form(const std::string& url, const std::string& form);

    common::http_client& http_;
    common::stop_signal& stop_;
    common::refreshed<access_token> current_;
};

} // namespace mockfleet::gcs
