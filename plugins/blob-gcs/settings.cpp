// Checks.
#include "settings.hpp"

#include <algorithm>

namespace mockfleet::gcs {

namespace {

using common::refuse;

bool is_bucket(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

} // namespace

settings parse_settings(const plugin::config& given) {
    settings made;
    common::read_store_settings(made, given);
    made.bucket = given.text("blobStoreBucket");
    made.project = given.text("blobStoreProjectId");
    if (made.bucket.empty()) refuse("blobStoreType=gcs requires blobStoreBucket to be configured");
    if (!is_bucket(made.bucket))
        refuse("blobStoreBucket is '" + made.bucket +
               "'; it is the bucket's name alone, of lower-case letters, digits, '.', '-' and '_'");
    const std::string url(given.text("blobStoreEndpoint"));
    made.emulator = !url.empty();
    const auto parsed = common::parse_endpoint(made.emulator ? url : "https://storage.googleapis.com");
    if (!parsed) refuse("blobStoreEndpoint is '" + url + "'; http(s)://host[:port] is wanted");
    made.at = *parsed;
    if (made.emulator && made.project.empty()) made.project = "test-project";
    return made;
}

} // namespace mockfleet::gcs
