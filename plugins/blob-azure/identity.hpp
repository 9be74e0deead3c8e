// Access tokens of the workload's or the machine's identity.
#pragma once

#include "common/http_client.hpp"
#include "common/refreshed.hpp"
#include "common/retry.hpp"
#include "common/timestamps.hpp"

#include <optional>
#include <string>

namespace mockfleet::azure {

struct access_token {
    std::string text;
    std::optional<common::time_point> expires;
    std::string source; ///< for people
};

/// A federated token in a file (AZURE_FEDERATED_TOKEN_FILE), else the managed identity of the app service
/// (IDENTITY_ENDPOINT) or the machine. Renewed in time. Throws plugin::failure with one line.
class identity {
public:
    identity(common::http_client& http, common::stop_signal& stop);

    [[nodiscard]] access_token get() { return current_.get(); }
    void drop() { current_.drop(); }

private:
    access_token fetch();
    access_token from_workload();
    access_token from_app_service();
    access_token from_machine();
    common::http_outcome ask(common::http_request request, int attempts);

    common::http_client& http_;
    common::stop_signal& stop_;
    common::refreshed<access_token> current_;
};

} // namespace mockfleet::azure
