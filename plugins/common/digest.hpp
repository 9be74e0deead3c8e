// Hashes, message authentication and text forms of bytes: what the signing of requests is made of.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::common {

using sha256_digest = std::array<unsigned char, 32>;

inline std::string_view view_of(const sha256_digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

[[nodiscard]] sha256_digest sha256(std::string_view bytes);
[[nodiscard]] sha256_digest hmac_sha256(std::string_view key, std::string_view bytes);

[[nodiscard]] std::string hex(std::string_view bytes); ///< lower case

[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string base64url(std::string_view bytes); ///< without padding
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// RSASSA-PKCS1-v1_5 with SHA-256 (RS256) under a PEM private key; nullopt when that is no RSA key.
[[nodiscard]] std::optional<std::string> sign_rs256(std::string_view private_key_pem, std::string_view bytes);

/// 128 random bits as 32 hexadecimal digits.
[[nodiscard]] std::string random_id();

} // namespace mockfleet::common
