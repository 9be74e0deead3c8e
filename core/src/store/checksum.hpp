// FNV-1a, 64 bits: tells torn records, changed files and equal texts apart; no protection against intent.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace mockfleet::store {

inline constexpr std::uint64_t checksum_start = 0xcbf29ce484222325;

/// `from`: the checksum of what comes before `bytes`.
[[nodiscard]] constexpr std::uint64_t checksum_of(std::string_view bytes,
                                                  std::uint64_t from = checksum_start) {
    constexpr std::uint64_t prime = 0x100000001b3;
    for (const char c : bytes)
        from = (from ^ static_cast<unsigned char>(c)) * prime;
    return from;
}

/// In 16 hexadecimal digits, as it stands in files and in their names.
[[nodiscard]] inline std::string checksum_digits(std::string_view bytes) {
    char digits[17];
    std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(checksum_of(bytes)));
    return digits;
}

} // namespace mockfleet::store
