// Base64 as the engine's JSON carries keys and values: the standard alphabet, padded.
#pragma once

#include <string>
#include <string_view>

namespace mockfleet::replicated {

void append_base64(std::string& to, std::string_view bytes);

/// Replaces `to`; false when `text` is no padded base64.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& to);

} // namespace mockfleet::replicated
