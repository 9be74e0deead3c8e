// Checks.
#include "settings.hpp"

#include "common/surroundings.hpp"

#include <algorithm>

namespace mockfleet::gcs {

namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw plugin::failure(MF_INVALID, what);
}

bool is_bucket(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

} // namespace

settings parse_settings(const plugin::config& given) {
    settings made;
    made.bucket = given.text("blobStoreBucket");
    made.project = given.text("blobStoreProjectId");
    made.key_prefix = given.text("blobStoreKeyPrefix");
    made.ca_file = given.text("blobStoreCaFile");
    made.probe = given.flag("blobStoreProbe");
    made.create_if_missing = given.flag("blobStoreCreateIfMissing");
    if (made.bucket.empty()) refuse("blobStoreType=gcs requires blobStoreBucket to be configured");
    if (!is_bucket(made.bucket))
        refuse("blobStoreBucket is '" + made.bucket +
               "'; it is the bucket's name alone, of lower-case letters, digits, '.', '-' and '_'");
    if (!made.ca_file.empty() && !common::read_file(made.ca_file))
        refuse("blobStoreCaFile is '" + made.ca_file + "', which cannot be read");
    const std::string url(given.text("blobStoreEndpoint"));
    made.emulator = !url.empty();
    const auto parsed = common::parse_endpoint(made.emulator ? url : "https://storage.googleapis.com");
    if (!parsed) refuse("blobStoreEndpoint is '" + url + "'; http(s)://host[:port] is wanted");
    made.at = *parsed;
    if (made.emulator && made.project.empty()) made.project = "test-project";
    return made;
}

} // namespace mockfleet::gcs
