// Requests: the view that the data plane matches and records, its owned twin, and the matcher of an
// expectation.
#pragma once

#include "model/body.hpp"
#include "model/text_matcher.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::model {

enum class protocol : std::uint8_t { http_1_1, http_2, http_3 };

struct header_view {
    std::string_view name;
    std::string_view value;
};

/// One received request as views into memory of the connection (or of a log entry); nothing is decoded or
/// copied. Valid only as long as that memory. Strings may hold any bytes.
struct request_view {
    std::string_view method;
    std::string_view
        path; ///< as received, without query; scheme and authority of an absolute-form target are taken off
    std::string_view query;               ///< raw, without '?'; empty if none
    std::span<const header_view> headers; ///< in the order and case received
    std::string_view body;                ///< decoded of transfer encoding; at least 64 readable bytes follow
                                          ///< body.data()+size (simdjson padding)
    std::string_view
        original_body; ///< the compressed bytes that `body` was made from; empty if it came as it is
    bool keep_alive = true;
    bool secure = false;
    protocol version = protocol::http_1_1;
    std::string_view local_address; ///< "127.0.0.1:1080"
    std::string_view remote_address;
    /// Optional, for the event log: the one piece of memory in which method, path, query and headers all lie,
    /// so that they can be copied at once. Empty = they may lie anywhere. An owned copy leaves it empty.
    std::string_view head;
};

/// First header of that name, ASCII case ignored; empty view with data()==nullptr when absent.
[[nodiscard]] std::string_view find_header(std::span<const header_view> headers, std::string_view name);

/// An owned copy of a request_view in one allocation; view() borrows from it.
class request {
public:
    explicit request(const request_view& source);
    request(request&&) noexcept = default;
    request& operator=(request&&) noexcept = default;
    [[nodiscard]] const request_view& view() const { return view_; }

private:
    std::unique_ptr<char[]> storage_;
    std::vector<header_view> headers_;
    request_view view_;
};

struct socket_address {
    std::string host;
    std::optional<int> port;
    std::string scheme; ///< HTTP or HTTPS, empty = not given
    bool operator==(const socket_address&) const = default;
};

/// httpRequest of an expectation, a filter or a verification (core.md 2.4). A default one matches everything.
struct request_matcher {
    bool negated = false; ///< httpRequest.not
    text_matcher method;
    text_matcher path;
    multi_value_map path_parameters;
    multi_value_map query;
    multi_value_map headers;
    single_value_map cookies;
    std::optional<model::body> body;
    std::optional<bool> secure;
    std::optional<bool> keep_alive;
    std::optional<protocol> version;
    std::optional<bool> respond_before_body;
    std::optional<socket_address> socket;      ///< echoed, not matched
    std::string local_address, remote_address; ///< echoed, not matched
    json::value client_certificate_chain;      ///< echoed, not matched; null = not given
    std::string original_body;                 ///< echoed, not matched; base64 as given
    bool operator==(const request_matcher&) const = default;
};

} // namespace mockfleet::model
