// From received bytes to answers of an upstream: one reader per connection, no I/O.
#pragma once

#include "model/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::upstream {

struct response_limits {
    std::size_t head = 256 * 1024;
    std::size_t body = 50 * 1024 * 1024; ///< decoded of the transfer encoding
};

/// Whether the answer is to a HEAD request, or to CONNECT, and so has no body.
enum class expected_body { as_framed, none };

struct response_head {
    enum class framing : std::uint8_t {
        none,        ///< no body: 204, 304, the answer to HEAD, `content-length: 0`
        length,      ///< so many bytes
        chunked,     ///< in chunks, which the reader takes off
        until_close, ///< everything up to the end of the connection
    };
    int status = 0;
    std::string_view reason;
    std::vector<model::header_view> headers; ///< in the order and case received
    framing body = framing::none;
    std::uint64_t length = 0; ///< of framing::length
};

/// Owns the receive buffer. Use: begin(), write into room(), report received() or ended(), call next() until
/// it wants more. Views are valid until the next room(). Strict: what two parties could read differently is
/// broken, and then the connection is of no more use. Interim answers (1xx) are skipped.
class response_reader {
public:
    enum class outcome {
        need_more, ///< receive more bytes
        head,      ///< head() is there
        piece,     ///< piece() is the next part of the body
        complete,  ///< the answer has ended
        broken,    ///< why() tells
    };

    /// `limits` outlives the reader.
    explicit response_reader(const response_limits& limits);
    ~response_reader();
    response_reader(const response_reader&) = delete;
    response_reader& operator=(const response_reader&) = delete;

    /// Before each request on the connection.
    void begin(expected_body body);

    [[nodiscard]] std::span<char> room();
    void received(std::size_t bytes);
    /// The connection has ended in good order.
    void ended();

    [[nodiscard]] outcome next();
    [[nodiscard]] const response_head& head() const;
    [[nodiscard]] std::string_view piece() const;
    [[nodiscard]] const std::string& why() const;
    /// Of what is broken: the connection has ended too early.
    [[nodiscard]] bool cut_off() const;

    /// Whether anything of the answer has been received; until its head is there.
    [[nodiscard]] bool begun() const;
    /// Bytes that belong to no answer have been received.
    [[nodiscard]] bool has_surplus() const;
    /// After complete: the connection may carry another request.
    [[nodiscard]] bool reusable() const;

private:
    class parts;
    std::unique_ptr<parts> parts_;
};

} // namespace mockfleet::upstream
