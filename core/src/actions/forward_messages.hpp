// Messages that are passed on: a request as an upstream gets it, an answer's head as the client gets it
// (core.md 3.12 "Forwarding details").
#pragma once

#include "actions/response_writer.hpp"
#include "model/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::actions {

struct forwarded_request {
    std::optional<std::string_view> host; ///< the Host header in place of the one received
    std::optional<std::string_view> path; ///< the path in place of the one received
    std::string_view loop_header;         ///< name and value of the guard against loops
    std::string_view loop_mark;
};

/// Head and body. What is of one connection only is left out; the body has the bytes received, in the content
/// coding that they had.
[[nodiscard]] std::string write_forwarded(const model::request_view& request, const forwarded_request& how);

/// How the client learns where the body of an answer ends.
enum class relayed_body {
    as_announced, ///< by the upstream's content-length, if any
    counted,      ///< by `length`
    chunked,
    until_close,
};

struct relayed_head {
    int status = 200;
    std::string_view reason;
    std::span<const model::header_view> headers;
    relayed_body body = relayed_body::as_announced;
    std::size_t length = 0; ///< of relayed_body::counted
};

/// Appends status line and headers. Headers of `extra` are added unless the upstream sent them.
void write_relayed(std::string& out, const relayed_head& head, bool keep_alive,
                   const header_list& extra = {});

/// Appends what an upstream's answer is kept as: status line and headers, less those of one connection.
void write_received(std::string& out, const relayed_head& head);

/// One chunk of a body.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace mockfleet::actions
