// Checks; what a connection string may say.
#include "settings.hpp"

#include "common/digest.hpp"
#include "common/surroundings.hpp"
#include "common/url.hpp"

#include <algorithm>
#include <map>

namespace mockfleet::azure {

namespace {

using common::refuse;

constexpr auto emulator_account = "devstoreaccount1";
/// Published, and the same for every emulator.
constexpr auto emulator_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

bool is_container(const std::string& name) {
    if (name == "$root") return true;
    return name.size() >= 3 && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::map<std::string, std::string> parts_of(std::string_view text) {
    std::map<std::string, std::string> made;
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        const auto part = common::trimmed(std::string(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (part.empty()) continue;
        const auto equals = part.find('=');
        if (equals == std::string::npos || equals == 0)
            refuse("blobStoreConnectionString is malformed: it is a list of Name=Value, separated by ';'");
        made.insert_or_assign(common::lower_case(part.substr(0, equals)), part.substr(equals + 1));
    }
    return made;
}

void read_connection_string(settings& made, std::string_view text) {
    auto parts = parts_of(text);
    const auto part = [&](const char* name) -> std::string {
        const auto found = parts.find(name);
        return found == parts.end() ? std::string() : found->second;
    };
    if (common::lower_case(part("usedevelopmentstorage")) == "true") {
        parts.try_emplace("accountname", emulator_account);
        parts.try_emplace("accountkey", emulator_key);
        parts.try_emplace("blobendpoint", std::string("http://127.0.0.1:10000/") + emulator_account);
    }
    made.key.account = part("accountname");
    made.sas = part("sharedaccesssignature");
    if (made.sas.starts_with("?")) made.sas.erase(0, 1);
    const auto key = part("accountkey");
    if (!key.empty()) {
        const auto decoded = common::decode_base64(key);
        if (!decoded || decoded->empty())
            refuse("blobStoreConnectionString has an AccountKey that is no base64: copy it again from the "
                   "account's access keys");
        made.key.key = *decoded;
    }
    if (key.empty() && made.sas.empty())
        refuse(
            "blobStoreConnectionString has neither AccountKey nor SharedAccessSignature: add one, or leave "
            "it out and set blobStoreEndpoint to use an identity");
    if (!key.empty() && made.key.account.empty())
        refuse("blobStoreConnectionString has an AccountKey without an AccountName: add it");
    if (made.sas.find_first_of(" \r\n#") != std::string::npos)
        refuse("blobStoreConnectionString has a malformed SharedAccessSignature: copy it again");
    // A signature of the key rules, as in Microsoft's own clients.
    if (!key.empty()) made.sas.clear();
    auto url = part("blobendpoint");
    if (url.empty()) {
        if (made.key.account.empty())
            refuse("blobStoreConnectionString has neither BlobEndpoint nor AccountName: add one");
        const auto protocol = part("defaultendpointsprotocol");
        const auto suffix = part("endpointsuffix");
        url = (protocol.empty() ? "https" : protocol) + "://" + made.key.account + ".blob." +
              (suffix.empty() ? "core.windows.net" : suffix);
    }
    const auto parsed = common::parse_endpoint(url);
    if (!parsed)
        refuse("blobStoreConnectionString leads to '" + common::without_query(url) +
               "'; check BlobEndpoint, DefaultEndpointsProtocol and EndpointSuffix");
    made.at = *parsed;
}

} // namespace

settings parse_settings(const plugin::config& given) {
    settings made;
    common::read_store_settings(made, given);
    made.container = given.text("blobStoreContainer");
    const auto connection = given.text("blobStoreConnectionString");
    const std::string url(given.text("blobStoreEndpoint"));
    if (made.container.empty()) refuse("blobStoreType=azure requires blobStoreContainer to be configured");
    if (!is_container(made.container))
        refuse("blobStoreContainer is '" + made.container +
               "'; 3 to 63 lower-case letters, digits and '-' are wanted");
    if (connection.empty() && url.empty())
        refuse(
            "blobStoreType=azure requires blobStoreConnectionString to be configured (or blobStoreEndpoint, "
            "to use the identity of the workload or machine)");
    if (!connection.empty()) read_connection_string(made, connection);
    if (!url.empty()) {
        const auto parsed = common::parse_endpoint(url);
        if (!parsed)
            refuse("blobStoreEndpoint is '" + url + "'; https://ACCOUNT.blob.core.windows.net is wanted");
        if (made.by_identity() && parsed->scheme != "https" && !parsed->is_loopback())
            refuse("blobStoreEndpoint is '" + url +
                   "'; https is wanted: the access token would travel in "
                   "plain text");
        made.at = *parsed;
    }
    return made;
}

} // namespace mockfleet::azure
