// Plain text work.
#include "common/url.hpp"

#include <algorithm>
#include <charconv>

namespace mockfleet::common {

namespace {

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::string encode(std::string_view text, bool keep_slash) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string made;
    made.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            made += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        made += '%';
        made += digits[byte >> 4U];
        made += digits[byte & 15U];
    }
    return made;
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

std::string percent_encode(std::string_view text) {
    return encode(text, false);
}

std::string percent_encode_path(std::string_view text) {
    return encode(text, true);
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string made;
    made.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            made += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            made += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return made;
}

std::string encode_query(const query_pairs& pairs) {
    std::string made;
    for (const auto& [name, value] : pairs) {
        if (!made.empty()) made += '&';
        made += percent_encode(name) + "=" + percent_encode(value);
    }
    return made;
}

bool endpoint::is_loopback() const {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.") || host.ends_with(".localhost");
}

std::string without_query(std::string_view url) {
    return std::string(url.substr(0, url.find('?')));
}

std::optional<endpoint> parse_endpoint(std::string_view url) {
    endpoint made;
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    made.scheme = url.substr(0, scheme_end);
    std::transform(made.scheme.begin(), made.scheme.end(), made.scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    if (made.scheme != "http" && made.scheme != "https") return std::nullopt;
    auto rest = url.substr(scheme_end + 3);
    if (rest.find_first_of("?# \t\r\n\\") != std::string_view::npos) return std::nullopt;
    const auto slash = std::min(rest.find('/'), rest.size());
    if (rest.substr(0, slash).find('@') != std::string_view::npos) return std::nullopt;
    made.path = rest.substr(slash);
    while (!made.path.empty() && made.path.back() == '/')
        made.path.pop_back();
    rest = rest.substr(0, slash);
    auto colon = rest.rfind(':');
    if (colon != std::string_view::npos && rest.find(']', colon) != std::string_view::npos)
        colon = std::string_view::npos;
    made.host = rest.substr(0, colon);
    std::transform(made.host.begin(), made.host.end(), made.host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    if (made.host.empty() || (made.host.find(':') != std::string::npos && made.host.front() != '['))
        return std::nullopt;
    made.authority = made.host;
    if (colon == std::string_view::npos) return made;
    const auto digits = rest.substr(colon + 1);
    unsigned port = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (problem != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535)
        return std::nullopt;
    if (port != (made.scheme == "http" ? 80U : 443U)) made.authority += ":" + std::to_string(port);
    return made;
}

} // namespace mockfleet::common
