// UTF-8: decoding of well-formed text, encoding, validation and repair as Java does it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mockfleet::base {

[[nodiscard]] bool is_ascii(std::string_view text);

/// One step of decoding: `size` bytes hold `code`. A byte sequence that is not well-formed UTF-8 has code
/// U+FFFD, `valid` false and the size of its maximal ill-formed prefix, which Java too replaces by one
/// U+FFFD.
struct utf8_step {
    char32_t code = 0;
    std::uint32_t size = 1;
    bool valid = true;
};

/// `text` must not be empty.
[[nodiscard]] utf8_step decode_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code);

/// Returns `text` itself if it is well-formed; otherwise a copy in `scratch` with U+FFFD for what is not.
[[nodiscard]] std::string_view repaired_utf8(std::string_view text, std::string& scratch);

} // namespace mockfleet::base
