// The settings of the plugin, checked.
#pragma once

#include "common/store_settings.hpp"
#include "common/url.hpp"

#include <mockfleet/plugin.hpp>

#include <array>
#include <string>

namespace mockfleet::gcs {

inline constexpr auto config_key_table = std::to_array<mf_config_key>({
    {"blobStoreBucket", "string", "", "The bucket; required."},
    {"blobStoreProjectId", "string", "",
     "The project that a bucket is created in; else that of the credentials."},
    {"blobStoreEndpoint", "string", "",
     "http(s)://host[:port] of an emulator: requests go there without credentials."},
    {"blobStoreKeyPrefix", "string", "", "Prefix of all keys."},
    {"blobStoreProbe", "bool", "true", "Check bucket and credentials at start."},
    {"blobStoreCreateIfMissing", "bool", "false", "Create the bucket when it is missing."},
    {"blobStoreCaFile", "string", "", "PEM file of the authorities to trust instead of the system's."},
});

struct settings : common::store_settings {
    std::string bucket;
    std::string project;
    bool emulator = false; ///< no credentials
    common::endpoint at;
};

/// Throws plugin::failure (MF_INVALID) with one line that says what to set.
[[nodiscard]] settings parse_settings(const plugin::config& given);

} // namespace mockfleet::gcs
