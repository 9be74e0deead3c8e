// From received bytes to request_views: one reader per connection, no I/O.
#pragma once

#include "http/dispatcher.hpp"
#include "http/server_options.hpp"
#include "model/request.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::http {

/// Owns the receive buffer. Use: write into room(), report received(), call next() until it wants more; after
/// each `ready` look at request() and call finish(). A request's bytes are not moved between `ready` and
/// finish(), so the views stay valid. Strict (RFC 9112): whatever two parties could read differently is
/// refused, and after a refusal nothing further is parsed.
class request_reader {
public:
    enum class outcome {
        need_more,     ///< receive more bytes
        send_continue, ///< the client waits for `100 Continue`; answer it and call next() again
        ready,         ///< request() is complete
        refused,       ///< answer why() and close the connection
    };
    enum class progress { idle, in_head, in_body };
    struct refusal {
        int status = 400;
        std::string reason; ///< one sentence for the client
    };

    /// `limits` outlives the reader.
    explicit request_reader(const request_limits& limits);
    ~request_reader();
    request_reader(const request_reader&) = delete;
    request_reader& operator=(const request_reader&) = delete;

    /// Where to receive; never empty. Invalidated by every other call.
    [[nodiscard]] std::span<char> room();
    void received(std::size_t bytes);

    [[nodiscard]] outcome next();

    /// The addresses are the caller's to fill in; the rest is valid until finish().
    [[nodiscard]] model::request_view& request();
    [[nodiscard]] request_form form() const;
    [[nodiscard]] const refusal& why() const;
    void finish();

    /// How far the request that is not complete yet has come.
    [[nodiscard]] progress where() const;
    /// Between requests: how many bytes have been received of what follows.
    [[nodiscard]] std::size_t unparsed() const;
    /// Bytes received that belong to no finished request.
    [[nodiscard]] bool has_leftover() const;

private:
    class parts;
    std::unique_ptr<parts> parts_;
};

} // namespace mockfleet::http
