// Checks, and the choice between the bucket in the host's name and in the path.
#include "settings.hpp"

#include <algorithm>

namespace mockfleet::s3 {

namespace {

using common::refuse;

bool is_region(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// S3's own rules are stricter; other services allow more.
bool is_bucket(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_';
    });
}

} // namespace

settings parse_settings(const plugin::config& given) {
    settings made;
    common::read_store_settings(made, given);
    made.bucket = given.text("blobStoreBucket");
    made.region = given.text("blobStoreRegion");
    made.access_key = given.text("blobStoreAccessKeyId");
    made.secret_key = given.text("blobStoreSecretAccessKey");
    if (made.region.empty()) made.region = "us-east-1";
    if (made.bucket.empty()) refuse("blobStoreType=s3 requires blobStoreBucket to be configured");
    if (!is_bucket(made.bucket))
        refuse("blobStoreBucket is '" + made.bucket +
               "'; it is the bucket's name alone, of letters, digits, '.', '-' and '_'");
    if (!is_region(made.region))
        refuse("blobStoreRegion is '" + made.region + "'; a region such as eu-central-1 is wanted");
    if (made.access_key.empty() != made.secret_key.empty())
        refuse("blobStoreAccessKeyId and blobStoreSecretAccessKey belong together: set both, or neither for "
               "credentials of the environment");
    const std::string url(given.text("blobStoreEndpoint"));
    if (!url.empty()) {
        const auto parsed = common::parse_endpoint(url);
        if (!parsed) refuse("blobStoreEndpoint is '" + url + "'; http(s)://host[:port] is wanted");
        made.at = *parsed;
        made.own_endpoint = true;
    } else {
        const std::string suffix = made.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
        // A dot in the bucket's name would leave the certificate's one level of names.
        const bool in_path = made.bucket.find_first_of("._ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos;
        const auto host = (in_path ? std::string() : made.bucket + ".") + "s3." + made.region + suffix;
        made.at = *common::parse_endpoint("https://" + host);
        if (!in_path) {
            made.base = "/";
            return made;
        }
    }
    made.base = made.at.path + "/" + made.bucket + "/";
    return made;
}

} // namespace mockfleet::s3
