// String to sign and signature.
#include "shared_key.hpp"

#include "common/digest.hpp"

#include <array>
#include <map>

namespace mockfleet::azure {

namespace {

/// Their values come first, one a line, empty when they are not there.
constexpr std::array standard_headers{
    "content-encoding",  "content-language", "content-length", "content-md5",         "content-type", "date",
    "if-modified-since", "if-match",         "if-none-match",  "if-unmodified-since", "range"};

/// The service sorts by the rules of a language, not of bytes: '-' counts last, '_' comes before digits.
struct service_order {
    static std::string weighed(const std::string& name) {
        std::string made;
        for (const char c : name) {
            if (c != '-') made += c == '_' ? '\1' : c;
        }
        return made + '\0' + name;
    }
    bool operator()(const std::string& a, const std::string& b) const { return weighed(a) < weighed(b); }
};

} // namespace

std::string string_to_sign(const signable& request, std::string_view account) {
    std::map<std::string, std::string, service_order> headers;
    for (const auto& [name, value] : request.headers)
        headers.insert_or_assign(common::lower_case(name), value);
    if (request.body_size > 0) headers.insert_or_assign("content-length", std::to_string(request.body_size));
    auto text = request.method + "\n";
    for (const auto* name : standard_headers) {
        const auto found = headers.find(name);
        if (found != headers.end()) text += found->second;
        text += '\n';
    }
    for (const auto& [name, value] : headers) {
        if (name.starts_with("x-ms-")) text += name + ":" + value + "\n";
    }
    text += "/" + std::string(account) + request.path;
    std::map<std::string, std::string> query;
    for (const auto& [name, value] : request.query)
        query.insert_or_assign(common::lower_case(name), value);
    for (const auto& [name, value] : query)
        text += "\n" + name + ":" + value;
    return text;
}

std::string authorization(const signable& request, const account_key& with) {
    const auto digest = common::hmac_sha256(with.key, string_to_sign(request, with.account));
    return "SharedKey " + with.account + ":" + common::base64(common::view_of(digest));
}

} // namespace mockfleet::azure
