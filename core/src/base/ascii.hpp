// ASCII letters: lower case and comparison without case, as HTTP names and media types need it; other bytes
// stay as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mockfleet::base {

[[nodiscard]] constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (to_lower(left[i]) != to_lower(right[i])) return false;
    }
    return true;
}

/// Without blanks and tabs at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Nothing but white space, or nothing.
[[nodiscard]] constexpr bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

[[nodiscard]] inline std::string to_lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        c = to_lower(c);
    return out;
}

[[nodiscard]] inline std::string to_upper(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    }
    return out;
}

} // namespace mockfleet::base
