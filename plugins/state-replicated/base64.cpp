// Base64, three bytes at a time.
#include "base64.hpp"

#include <array>
#include <cstdint>

namespace mockfleet::replicated {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

std::uint32_t byte(char c) {
    return static_cast<unsigned char>(c);
}

} // namespace

void append_base64(std::string& to, std::string_view bytes) {
    const auto start = to.size();
    to.resize(start + (bytes.size() + 2) / 3 * 4);
    char* out = to.data() + start;
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t bits = byte(bytes[i]) << 16 | byte(bytes[i + 1]) << 8 | byte(bytes[i + 2]);
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = alphabet[bits >> 6 & 63];
        *out++ = alphabet[bits & 63];
    }
    const std::size_t rest = bytes.size() - i;
    if (rest == 0) return;
    const std::uint32_t bits = byte(bytes[i]) << 16 | (rest == 2 ? byte(bytes[i + 1]) << 8 : 0U);
    *out++ = alphabet[bits >> 18];
    *out++ = alphabet[bits >> 12 & 63];
    *out++ = rest == 2 ? alphabet[bits >> 6 & 63] : '=';
    *out++ = '=';
}

bool decode_base64(std::string_view text, std::string& to) {
    to.clear();
    if (text.size() % 4 != 0) return false;
    if (text.empty()) return true;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    const std::size_t whole = text.size() / 4 - (padding > 0 ? 1 : 0);
    to.resize(text.size() / 4 * 3 - padding);
    char* out = to.data();
    const auto digit = [&](std::size_t i) -> std::uint32_t {
        return digits[static_cast<unsigned char>(text[i])];
    };
    for (std::size_t group = 0; group < whole; ++group) {
        const std::size_t i = group * 4;
        const std::uint32_t a = digit(i);
        const std::uint32_t b = digit(i + 1);
        const std::uint32_t c = digit(i + 2);
        const std::uint32_t d = digit(i + 3);
        if ((a | b | c | d) > 63) return false;
        const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        *out++ = static_cast<char>(bits >> 16);
        *out++ = static_cast<char>(bits >> 8);
        *out++ = static_cast<char>(bits);
    }
    if (padding == 0) return true;
    const std::size_t i = whole * 4;
    const std::uint32_t a = digit(i);
    const std::uint32_t b = digit(i + 1);
    const std::uint32_t c = padding == 1 ? digit(i + 2) : 0;
    if ((a | b | c) > 63) return false;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6;
    *out++ = static_cast<char>(bits >> 16);
    if (padding == 1) *out++ = static_cast<char>(bits >> 8);
    return true;
}

} // namespace mockfleet::replicated
