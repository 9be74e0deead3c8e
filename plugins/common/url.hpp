// Percent-encoding as the cloud services sign it, and the parts of an endpoint's address.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::common {

using query_pairs = std::vector<std::pair<std::string, std::string>>; ///< not encoded

/// Everything but RFC 3986's unreserved characters becomes %XX, in upper case.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// The same, but '/' stays.
[[nodiscard]] std::string percent_encode_path(std::string_view text);
/// What is no %XX stays as it is; '+' becomes a space when `plus_is_space`.
[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_space = false);

/// name=value&name=value in the order given.
[[nodiscard]] std::string encode_query(const query_pairs& pairs);

/// For messages: secrets travel behind the '?'.
[[nodiscard]] std::string without_query(std::string_view url);

struct endpoint {
    std::string scheme;    ///< http or https
    std::string host;      ///< in lower case; IPv6 with brackets
    std::string authority; ///< host, with the port when it is not the scheme's own: the Host header
    std::string path;      ///< empty, or begins with '/' and does not end with one

    [[nodiscard]] std::string origin() const { return scheme + "://" + authority; }
    /// Of this machine (not of its network).
    [[nodiscard]] bool is_loopback() const;
};

/// nullopt unless it is http(s)://host[:port][/path] without user, query or fragment.
[[nodiscard]] std::optional<endpoint> parse_endpoint(std::string_view url);

} // namespace mockfleet::common
