// Base64 (RFC 4648, standard alphabet).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::model {

[[nodiscard]] std::string encode_base64(std::string_view bytes);
/// nullopt for anything but the alphabet, at most two '=' at the end (which may be missing) and line ends.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

} // namespace mockfleet::model
