// The part of HTTP/1.1 that a client of the engine needs: a POST or GET, and a response read piece by piece.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// A whole request; an empty body makes a GET.
[[nodiscard]] std::string http_request(std::string_view host, std::string_view path, std::string_view body);

/// Reads one response after another from the bytes of a connection. Trailers and informational responses are
/// skipped.
class http_response_reader {
public:
    enum class progress { more, done, broken };

    /// Takes the next bytes. After `done` the surplus waits: start_next() goes on with it. Body bytes pile up
    /// in body() until the caller takes them.
    progress feed(std::string_view bytes);
    progress start_next();

    /// The connection was closed: `done` when that is how the body ends.
    progress end_of_stream();

    [[nodiscard]] bool has_head() const { return state_ > state::headers; }
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] bool is_json() const { return json_; }
    /// False when the connection has to be closed after this response.
    [[nodiscard]] bool keep_alive() const { return keep_alive_; }
    [[nodiscard]] std::string& body() { return body_; }

private:
    enum class state {
        status_line,
        headers,
        body,
        chunk_size,
        chunk,
        chunk_end,
        trailers,
        until_close,
        done
    };

    progress run();
    bool take_line(std::string_view& line);
    bool read_status(std::string_view line);
    bool read_header(std::string_view line);
    bool finish_head();
    bool read_chunk_size(std::string_view line);
    void take_body(std::size_t& left);

    static constexpr std::size_t most_line = 64 * 1024;
    static constexpr std::size_t most_body = 1024UL * 1024 * 1024;

    std::string pending_;
    std::size_t at_ = 0;
    state state_ = state::status_line;
    int status_ = 0;
    bool json_ = false;
    bool keep_alive_ = true;
    bool chunked_ = false;
    bool has_length_ = false;
    std::size_t left_ = 0;
    std::string body_;
};

} // namespace mockfleet::replicated
