// Character sets of bodies: content-type parsing, bytes to and from UTF-8 (core.md 2.7.2, 2.7.4).
#pragma once

#include <string>
#include <string_view>

namespace mockfleet::model {

/// type/subtype in lower case, or empty when `content_type` has no such form.
[[nodiscard]] std::string media_type(std::string_view content_type);
/// The charset parameter without quotes, in the case given; empty if there is none.
[[nodiscard]] std::string_view charset_of(std::string_view content_type);

/// Knows UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE and UTF-16LE under their usual names, in any case.
[[nodiscard]] bool is_known_charset(std::string_view charset);
/// `bytes` in that charset as valid UTF-8; what cannot be decoded becomes U+FFFD. An unknown charset counts
/// as UTF-8.
[[nodiscard]] std::string to_utf8(std::string_view bytes, std::string_view charset);
/// The inverse: UTF-8 text as bytes of that charset; what it cannot express becomes '?'. UTF-16 gets a byte
/// order mark.
[[nodiscard]] std::string from_utf8(std::string_view text, std::string_view charset);
[[nodiscard]] bool is_valid_utf8(std::string_view bytes);
/// Bytes of a request's head, which declares no charset: as UTF-8 if they are, else as Latin 1.
[[nodiscard]] std::string head_text(std::string_view bytes);

} // namespace mockfleet::model
