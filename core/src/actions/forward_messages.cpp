// Copying of heads without the headers that are of one connection (RFC 9110 7.6.1).
#include "actions/forward_messages.hpp"

#include "base/ascii.hpp"
#include "model/response.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace mockfleet::actions {

namespace {

constexpr std::string_view line_end = "\r\n";

/// core.md 3.12; an answer keeps what its proxy asks of the client.
constexpr std::array<std::string_view, 9> of_requests{
    "proxy-connection", "connection", "keep-alive",          "transfer-encoding",  "te",
    "trailer",          "upgrade",    "proxy-authorization", "proxy-authenticate",
};
constexpr std::span<const std::string_view> of_answers(of_requests.data(), 7);

bool named_in(std::span<const std::string_view> names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view one) { return base::equal_ignoring_case(one, name); });
}

constexpr bool may_be_hop_by_hop(std::string_view name) {
    switch (base::to_lower(name.empty() ? '\0' : name.front())) {
    case 'c':
    case 'k':
    case 'p':
    case 't':
    case 'u':
        return true;
    default:
        return false;
    }
}

/// What the Connection headers name besides the usual options.
std::vector<std::string_view> named_by_connection(std::span<const model::header_view> headers) {
    std::vector<std::string_view> names;
    for (const auto& header : headers) {
        if (!base::equal_ignoring_case(header.name, "connection")) continue;
        auto rest = header.value;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            const auto one = base::trim(rest.substr(0, end));
            // Nobody can have the message itself taken apart in this way.
            if (!one.empty() && !base::equal_ignoring_case(one, "close") &&
                !base::equal_ignoring_case(one, "keep-alive") && !base::equal_ignoring_case(one, "host") &&
                !base::equal_ignoring_case(one, "content-length"))
                names.push_back(one);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return names;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += line_end;
}

void append_number(std::string& out, std::uint64_t number, int base = 10) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

std::size_t size_of(std::span<const model::header_view> headers) {
    std::size_t size = 0;
    for (const auto& header : headers)
        size += header.name.size() + header.value.size() + 4;
    return size;
}

/// Of the codings that the client takes those that a recorded body can be decoded of.
std::string known_codings(std::string_view accepted) {
    std::string made;
    while (!accepted.empty()) {
        const auto end = std::min(accepted.find(','), accepted.size());
        const auto one = base::trim(accepted.substr(0, end));
        const auto name = base::trim(one.substr(0, one.find(';')));
        accepted.remove_prefix(std::min(end + 1, accepted.size()));
        static constexpr std::array<std::string_view, 4> known{"gzip", "x-gzip", "deflate", "identity"};
        if (!named_in(known, name)) continue;
        if (!made.empty()) made += ", ";
        made += one;
    }
    return made.empty() ? "identity" : made;
}

} // namespace

std::string write_forwarded(const model::request_view& request, const forwarded_request& how) {
    const auto body = request.original_body.empty() ? request.body : request.original_body;
    const auto path = how.path.value_or(request.path);
    std::string out;
    out.reserve(request.method.size() + path.size() + request.query.size() + size_of(request.headers) +
                body.size() + 192);
    out += request.method;
    out += ' ';
    out += path;
    if (!request.query.empty()) {
        out += '?';
        out += request.query;
    }
    out += " HTTP/1.1\r\n";
    if (how.host) append_header(out, "host", *how.host);
    const auto own = named_by_connection(request.headers);
    bool has_length = false;
    bool has_coding = false;
    for (const auto& [name, value] : request.headers) {
        const auto is = [name = std::string_view(name)](std::string_view other) {
            return base::equal_ignoring_case(name, other);
        };
        if (may_be_hop_by_hop(name) && named_in(of_requests, name)) continue;
        if (!own.empty() && named_in(own, name)) continue;
        if (is("host") && how.host) continue;
        if (is("expect")) continue; // the body is here already
        if (is("content-length")) {
            has_length = true;
            continue;
        }
        if (is("accept-encoding")) {
            if (!std::exchange(has_coding, true)) append_header(out, name, known_codings(value));
            continue;
        }
        append_header(out, name, value);
    }
    append_header(out, how.loop_header, how.loop_mark);
    if (has_length || !body.empty()) {
        out += "content-length: ";
        append_number(out, body.size());
        out += line_end;
    }
    out += line_end;
    out += body;
    return out;
}

void write_relayed(std::string& out, const relayed_head& head, bool keep_alive, const header_list& extra) {
    out.reserve(out.size() + size_of(head.headers) + head.reason.size() + 96);
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(head.status));
    out += ' ';
    out += head.reason.empty() ? model::standard_reason(head.status) : head.reason;
    out += line_end;
    const auto own = named_by_connection(head.headers);
    for (const auto& [name, value] : head.headers) {
        if (may_be_hop_by_hop(name)) {
            if (named_in(of_answers, name)) continue;
            if (head.body != relayed_body::as_announced && base::equal_ignoring_case(name, "content-length"))
                continue;
        }
        if (!own.empty() && named_in(own, name)) continue;
        append_header(out, name, value);
    }
    for (const auto& [name, value] : extra) {
        if (std::none_of(head.headers.begin(), head.headers.end(),
                         [&, wanted = std::string_view(name)](const auto& one) {
                             return base::equal_ignoring_case(one.name, wanted);
                         }))
            append_header(out, name, value);
    }
    out += keep_alive ? "connection: keep-alive\r\n" : "connection: close\r\n";
    if (head.body == relayed_body::chunked) out += "transfer-encoding: chunked\r\n";
    if (head.body == relayed_body::counted) {
        out += "content-length: ";
        append_number(out, head.length);
        out += line_end;
    }
    out += line_end;
}

void write_received(std::string& out, const relayed_head& head) {
    out.reserve(out.size() + size_of(head.headers) + head.reason.size() + 32);
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(head.status));
    out += ' ';
    out += head.reason;
    out += line_end;
    for (const auto& [name, value] : head.headers) {
        if (!may_be_hop_by_hop(name) || !named_in(of_answers, name)) append_header(out, name, value);
    }
    out += line_end;
}

void append_chunk(std::string& out, std::string_view piece) {
    append_number(out, piece.size(), 16);
    out += line_end;
    out += piece;
    out += line_end;
}

} // namespace mockfleet::actions
