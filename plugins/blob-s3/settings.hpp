// The settings of the plugin, checked.
#pragma once

#include "common/store_settings.hpp"
#include "common/url.hpp"

#include <mockfleet/plugin.hpp>

#include <array>
#include <string>

namespace mockfleet::s3 {

inline constexpr auto config_key_table = std::to_array<mf_config_key>({
    {"blobStoreBucket", "string", "", "The bucket; required."},
    {"blobStoreRegion", "string", "us-east-1", "The bucket's region."},
    {"blobStoreEndpoint", "string", "",
     "http(s)://host[:port] of another service than Amazon's; the bucket then stands in the path."},
    {"blobStoreKeyPrefix", "string", "", "Prefix of all keys."},
    {"blobStoreAccessKeyId", "secret", "",
     "Access key; without it and the secret key, credentials come from environment, shared files, web "
     "identity, container or instance."},
    {"blobStoreSecretAccessKey", "secret", "", "Secret key of the access key."},
    {"blobStoreProbe", "bool", "true", "Check bucket and credentials at start."},
    {"blobStoreCreateIfMissing", "bool", "false", "Create the bucket when it is missing."},
    {"blobStoreCaFile", "string", "", "PEM file of the authorities to trust instead of the system's."},
});

struct settings : common::store_settings {
    std::string bucket;
    std::string region;
    std::string access_key; ///< with secret_key, or neither
    std::string secret_key;

    common::endpoint at; ///< where requests go
    std::string base;    ///< path before the key's, encoded: "/" or "/bucket/"
    bool own_endpoint = false;
};

/// Throws plugin::failure (MF_INVALID) with one line that says what to set.
[[nodiscard]] settings parse_settings(const plugin::config& given);

} // namespace mockfleet::s3
