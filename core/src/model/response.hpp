// What an expectation answers: delay, connection options, response, error (core.md 2.8, 2.9, 2.11).
#pragma once

#include "model/body.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::model {

enum class time_unit { days, hours, minutes, seconds, milliseconds, microseconds, nanoseconds };

[[nodiscard]] std::int64_t nanoseconds_per(time_unit unit);

/// core.md 2.8. With a distribution, `value` is unused; samples are clamped to 0..86400000 in `unit`.
struct delay {
    enum class distribution_kind { none, uniform, log_normal, gaussian };
    time_unit unit = time_unit::milliseconds;
    std::int64_t value = 0;
    distribution_kind distribution = distribution_kind::none;
    double first = 0;              ///< min | median | mean
    double second = 0;             ///< max | p99 | stdDev
    json::value distribution_json; ///< as given, for echoing
    bool operator==(const delay&) const = default;
};

/// core.md 2.9.2
struct connection_options {
    std::optional<bool> suppress_content_length_header;
    std::optional<std::int64_t> content_length_header_override;
    std::optional<bool> suppress_connection_header;
    std::optional<bool> keep_alive_override;
    std::optional<std::int64_t> chunk_size;
    std::optional<delay> chunk_delay;
    std::optional<bool> close_socket;
    std::optional<delay> close_socket_delay;
    bool operator==(const connection_options&) const = default;
};

/// core.md 2.9.1
struct response {
    std::optional<int> status_code; ///< absent = 200 on the wire
    std::optional<std::string> reason_phrase;
    multi_value_map headers;
    single_value_map cookies;
    std::optional<model::body> body;
    std::optional<model::delay> delay;
    std::optional<connection_options> connection;
    std::optional<bool> primary;
    bool operator==(const response&) const = default;
};

/// core.md 2.11
struct http_error {
    std::optional<bool> drop_connection;
    std::optional<std::string> response_bytes; ///< raw, decoded from base64
    std::optional<model::delay> delay;
    std::optional<bool> primary;
    bool operator==(const http_error&) const = default;
};

/// core.md 2.10: the request goes to another server, whose answer is the answer.
struct http_forward {
    std::string host;
    int port = 80;
    std::string scheme = "HTTP"; ///< or HTTPS
    std::optional<model::delay> delay;
    std::optional<bool> primary;
    bool operator==(const http_forward&) const = default;
};

/// The standard phrase of a status code; empty for an unknown one.
[[nodiscard]] std::string_view standard_reason(int status_code);

} // namespace mockfleet::model
