// Content codings of request bodies: what arrives as gzip or deflate is matched and recorded as what it was
// made from (core.md 2.7.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mockfleet::http {

enum class content_coding : std::uint8_t { identity, gzip, deflate };

/// gzip, x-gzip, deflate and x-deflate, in any case. Everything else, lists of codings included, counts as
/// identity: such a body stays as it was received.
[[nodiscard]] content_coding content_coding_of(std::string_view content_encoding);

enum class decoding { done, too_large, broken };

/// `out` becomes the decoded body and then `padding` further bytes. A stream that was cut off gives what can
/// be read of it, and what follows a stream's end is ignored, as the original does; several gzip members are
/// one body; deflate is understood with and without the zlib wrapper. Never needs more than twice `limit` of
/// memory. On too_large and broken `out` holds nothing of use.
[[nodiscard]] decoding decode_body(content_coding coding, std::string_view received, std::size_t limit,
                                   std::size_t padding, std::string& out);

} // namespace mockfleet::http
