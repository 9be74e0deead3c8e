// Feeding a request_reader from a string, whole or in pieces, and copying what it recognised.
#pragma once

#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reading {

struct seen_request {
    std::string method, path, query, body, head;
    std::vector<std::pair<std::string, std::string>> headers;
    bool keep_alive = true;
    std::string original_body;
    bool operator==(const seen_request&) const = default;
};

struct result {
    std::vector<seen_request> requests;
    int refused = 0; ///< status, 0 = none
    std::string reason;
    int continues = 0;
    bool idle = true;
    bool operator==(const result&) const = default;
};

inline seen_request copy_of(const mockfleet::model::request_view& view) {
    seen_request made{std::string(view.method), std::string(view.path),         std::string(view.query),
                      std::string(view.body),   std::string(view.head),         {},
                      view.keep_alive,          std::string(view.original_body)};
    for (const auto& header : view.headers)
        made.headers.emplace_back(header.name, header.value);
    return made;
}

/// Feeds at most `step` bytes at a time.
inline result read_all(std::string_view bytes, std::size_t step = std::string_view::npos,
                       const mockfleet::http::request_limits& limits = {}) {
    using outcome = mockfleet::http::request_reader::outcome;
    mockfleet::http::request_reader reader(limits);
    result made;
    while (true) {
        bool more = false;
        while (!more) {
            const auto got = reader.next();
            if (got == outcome::need_more) more = true;
            if (got == outcome::send_continue) ++made.continues;
            if (got == outcome::ready) {
                made.requests.push_back(copy_of(reader.request()));
                reader.finish();
            }
            if (got == outcome::refused) {
                made.refused = reader.why().status;
                made.reason = reader.why().reason;
                made.idle = false;
                return made;
            }
        }
        if (bytes.empty()) break;
        const auto room = reader.room();
        const auto size = std::min({bytes.size(), room.size(), step});
        std::memcpy(room.data(), bytes.data(), size);
        reader.received(size);
        bytes.remove_prefix(size);
    }
    made.idle = reader.where() == mockfleet::http::request_reader::progress::idle;
    return made;
}

} // namespace reading
