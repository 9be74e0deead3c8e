// x-ms-meta-NAME.
#include "metadata.hpp"

#include "common/conditional_write.hpp"
#include "common/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace mockfleet::azure {

namespace {

constexpr std::string_view header_prefix = "x-ms-meta-";
constexpr std::size_t escape_size = 5;

void append_unit(std::string& to, unsigned unit) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "_%04x", unit);
    to += text.data();
}

/// The code point at `at`, which moves on; the text is UTF-8.
std::uint32_t next_code(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    auto code = static_cast<std::uint32_t>(first & (0x3FU >> static_cast<unsigned>(more)));
    for (int i = 0; i < more; ++i)
        code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    return code;
}

void append_utf8(std::string& to, std::uint32_t code) {
    if (code < 0x80) {
        to += static_cast<char>(code);
        return;
    }
    const unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::array<unsigned, 4> marks{0, 0xC0, 0xE0, 0xF0};
    to += static_cast<char>(marks.at(more) | (code >> (6 * more)));
    for (unsigned i = more; i-- > 0;)
        to += static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3FU));
}

/// -1 when there is no escape at that place.
int unit_at(std::string_view text, std::size_t at) {
    if (at + escape_size > text.size() || text[at] != '_') return -1;
    int unit = 0;
    for (std::size_t i = at + 1; i < at + escape_size; ++i) {
        const char c = text[i];
        int digit = 0;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (c >= 'a' && c <= 'f')
            digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
            digit = c - 'A' + 10;
        else
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

bool is_value(std::string_view value) {
    return !value.empty() && value.front() != ' ' && value.back() != ' ' &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

} // namespace

std::optional<std::string> escape_name(std::string_view name) {
    if (name.empty() || !common::is_utf8(name)) return std::nullopt;
    std::string made;
    for (std::size_t at = 0; at < name.size();) {
        const auto code = next_code(name, at);
        const bool letter = code >= 'a' && code <= 'z';
        const bool digit = code >= '0' && code <= '9';
        if (letter || (digit && !made.empty())) {
            made += static_cast<char>(code);
        } else if (code < 0x10000) {
            append_unit(made, code);
        } else {
            append_unit(made, 0xD800 + ((code - 0x10000) >> 10U));
            append_unit(made, 0xDC00 + ((code - 0x10000) & 0x3FFU));
        }
    }
    return made;
}

std::string unescape_name(std::string_view name) {
    std::string made;
    for (std::size_t at = 0; at < name.size();) {
        const int unit = unit_at(name, at);
        const bool high = unit >= 0xD800 && unit < 0xDC00;
        const int low = high ? unit_at(name, at + escape_size) : -1;
        if (high && low >= 0xDC00 && low < 0xE000) {
            append_utf8(made, 0x10000 + ((static_cast<std::uint32_t>(unit) - 0xD800) << 10U) +
                                  (static_cast<std::uint32_t>(low) - 0xDC00));
            at += 2 * escape_size;
        } else if (unit >= 0 && (unit < 0xD800 || unit >= 0xE000)) {
            append_utf8(made, static_cast<std::uint32_t>(unit));
            at += escape_size;
        } else {
            made += name[at++];
        }
    }
    return made;
}

common::http_headers metadata_headers(std::span<const mf_pair> pairs) {
    common::http_headers made;
    for (const auto& pair : pairs) {
        const std::string name(plugin::view(pair.key));
        const std::string value(plugin::view(pair.value));
        const auto escaped = escape_name(name);
        if (!escaped)
            throw plugin::failure(MF_INVALID, "the metadata name '" + name + "' is empty or no UTF-8");
        if (name == common::write_id_name)
            throw plugin::failure(MF_INVALID, "the metadata name '" + name + "' is used by the store itself");
        if (!is_value(value))
            throw plugin::failure(MF_INVALID,
                                  "the value of the metadata '" + name +
                                      "' cannot be kept by Azure: printable ASCII only, not empty, no spaces "
                                      "at its ends");
        made.emplace_back(std::string(header_prefix) + *escaped, value);
    }
    return made;
}

std::vector<std::pair<std::string, std::string>> metadata_of(const common::http_response& answer) {
    std::vector<std::pair<std::string, std::string>> made;
    for (auto at = answer.headers.lower_bound(header_prefix); at != answer.headers.end(); ++at) {
        if (!common::lower_case(at->first).starts_with(header_prefix)) break;
        const auto name = at->first.substr(header_prefix.size());
        if (common::lower_case(name) != common::write_id_name)
            made.emplace_back(unescape_name(name), at->second);
    }
    return made;
}

} // namespace mockfleet::azure
