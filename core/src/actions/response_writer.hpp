// A response of the model as HTTP/1.1 bytes (core.md 3.12 "Response writing").
#pragma once

#include "model/response.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::actions {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// What the connection header says: the wish of the request, a configured value, or nothing.
enum class connection_header { mirror, keep_alive, close, none };

/// A serialised answer whose connection header can still be exchanged.
struct written_response {
    int status = 200;
    std::string bytes;             ///< with `connection: keep-alive` where it mirrors the request
    std::size_t head_size = 0;     ///< what a HEAD request gets
    std::size_t connection_at = 0; ///< offset and size of the connection line within bytes
    std::size_t connection_size = 0;
    connection_header connection = connection_header::mirror;
    std::vector<std::size_t>
        pieces; ///< offsets at which the chunks after the first begin; only with a chunkDelay
};

/// The body as the bytes that are sent: encoded in its charset; files are not read here.
[[nodiscard]] std::string encoded_body(const model::response& source);

[[nodiscard]] written_response write_response(const model::response& source, std::string_view body);

/// The bytes for a request that asked for keep_alive or not. Headers of `extra` that the answer has not are
/// put before the connection header.
[[nodiscard]] std::string with_connection(const written_response& source, bool keep_alive,
                                          const header_list& extra = {});

/// Makes `connection: close` of the keep-alive in the head of an answer that was written here.
void announce_close(std::string& answer);

/// What a header list of an answer of the server itself becomes: `connection` and `content-length` are added.
[[nodiscard]] std::string write_plain(int status, const header_list& headers, std::string_view body,
                                      bool keep_alive, std::size_t& head_size);

} // namespace mockfleet::actions
