// What the server is told at start: threads, limits and timeouts (core.md 7.5).
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace mockfleet::http {

/// Bounds of one request; what exceeds them is answered with the status named and the connection is closed.
struct request_limits {
    std::size_t initial_line = 64 * 1024; ///< bytes of the request line, 414
    std::size_t head = 256 * 1024;        ///< bytes of request line and headers, 431
    std::size_t body = 10 * 1024 * 1024;  ///< bytes, both as sent and as decompressed, 413
};

/// Zero means no timeout. The clock is coarse: a timeout fires up to 250 ms late.
struct timeouts {
    std::chrono::milliseconds head{30'000}; ///< from the first byte of a request to the end of its headers
    std::chrono::milliseconds body_stall{60'000};  ///< without a byte of the body
    std::chrono::milliseconds idle{300'000};       ///< between requests
    std::chrono::milliseconds write_stall{60'000}; ///< a client that takes nothing
};

struct server_options {
    std::size_t io_threads = 0;      ///< 0 = one for each processor that this process may use
    std::string bind_address;        ///< empty = every address, IPv6 included where there is any
    std::size_t max_connections = 0; ///< further ones are answered 503; 0 = no limit
    int backlog = 1024;
    request_limits limits;
    timeouts waits;
};

} // namespace mockfleet::http
