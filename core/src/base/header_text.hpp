// Which characters a header of a message may have (RFC 9110 5.1, 5.5).
#pragma once

#include <string_view>

namespace mockfleet::base {

/// A control character other than tab: in no header.
[[nodiscard]] constexpr bool is_control(char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

/// What names of headers are made of.
[[nodiscard]] constexpr bool is_token_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

} // namespace mockfleet::base
