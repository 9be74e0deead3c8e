// The settings of the plugin, checked; the connection string taken apart.
#pragma once

#include "shared_key.hpp"

#include "common/store_settings.hpp"
#include "common/url.hpp"

#include <mockfleet/plugin.hpp>

#include <array>
#include <string>

namespace mockfleet::azure {

inline constexpr auto config_key_table = std::to_array<mf_config_key>({
    {"blobStoreContainer", "string", "", "The container; required."},
    {"blobStoreConnectionString", "secret", "",
     "Connection string of the storage account, with AccountKey or SharedAccessSignature; without it the "
     "workload's or machine's identity is used."},
    {"blobStoreEndpoint", "string", "",
     "https://ACCOUNT.blob.core.windows.net; needed without a connection string only."},
    {"blobStoreKeyPrefix", "string", "", "Prefix of all keys."},
    {"blobStoreProbe", "bool", "true", "Check container and credentials at start."},
    {"blobStoreCreateIfMissing", "bool", "false", "Create the container when it is missing."},
    {"blobStoreCaFile", "string", "", "PEM file of the authorities to trust instead of the system's."},
});

struct settings : common::store_settings {
    std::string container;
    common::endpoint at; ///< of the account
    account_key key;     ///< with SharedKey
    std::string sas;     ///< with a shared access signature: its query, without '?'
    [[nodiscard]] bool by_identity() const { return key.key.empty() && sas.empty(); }
};

/// Throws plugin::failure (MF_INVALID) with one line that says what to set, and repeats no secret.
[[nodiscard]] settings parse_settings(const plugin::config& given);

} // namespace mockfleet::azure
