// Status line, headers in the order in which the original sends them, body framing.
#include "actions/response_writer.hpp"

#include "base/ascii.hpp"
#include "base/header_text.hpp"
#include "model/charset.hpp"
#include "model/text_matcher.hpp"

#include <algorithm>
#include <charconv>

namespace mockfleet::actions {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view keep_alive_line = "connection: keep-alive\r\n";
constexpr std::string_view close_line = "connection: close\r\n";

/// Without CR and LF, so that no value can start a line of its own (core.md 3.12), and without other control
/// characters, which no message may contain.
void append_clean(std::string& out, std::string_view text) {
    if (std::none_of(text.begin(), text.end(), [](char c) { return base::is_control(c); })) {
        out += text;
        return;
    }
    for (const char c : text) {
        if (!base::is_control(c)) out += c;
    }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += line_end;
}

void append_number(std::string& out, std::int64_t number, int base = 10) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

std::string_view class_of_status(int status) {
    switch (status / 100) {
    case 1:
        return "Informational";
    case 2:
        return "Success";
    case 3:
        return "Redirection";
    case 4:
        return "Client Error";
    case 5:
        return "Server Error";
    default:
        return "Unknown Status";
    }
}

void append_status_line(std::string& out, int status, const std::optional<std::string>& reason) {
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    if (reason && !reason->empty()) {
        append_clean(out, *reason);
    } else if (const auto standard = model::standard_reason(status); !standard.empty()) {
        out += standard;
    } else {
        out += class_of_status(status);
        out += " (";
        append_number(out, status);
        out += ')';
    }
    out += line_end;
}

/// RFC 9110: answers that never have a body.
bool is_bodyless(int status) {
    return status < 200 || status == 204 || status == 205 || status == 304;
}
bool is_lengthless(int status) {
    return status < 200 || status == 204;
}

const std::string* find_header(const model::response& source, std::string_view name) {
    for (const auto& entry : source.headers.entries) {
        if (!entry.name.negated && !entry.values.empty() && base::equal_ignoring_case(entry.name.value, name))
            return &entry.values.front().value;
    }
    return nullptr;
}

void append_configured_headers(std::string& out, const model::response& source, bool chunked,
                               bool own_connection) {
    const int status = source.status_code.value_or(200);
    for (const auto& entry : source.headers.entries) {
        if (entry.name.negated) continue;
        const auto named = [&](std::string_view name) {
            return base::equal_ignoring_case(entry.name.value, name);
        };
        if (named("connection") && own_connection) continue;
        if (named("transfer-encoding")) continue;
        if (named("content-length") && (chunked || is_lengthless(status))) continue;
        for (const auto& value : entry.values)
            append_header(out, entry.name.value, value.value);
    }
}

/// Is the cookie, name and value, in a set-cookie header already?
bool has_cookie(const model::response& source, std::string_view cookie) {
    for (const auto& entry : source.headers.entries) {
        if (!base::equal_ignoring_case(entry.name.value, "set-cookie")) continue;
        for (const auto& value : entry.values) {
            const std::string_view text = value.value;
            if (text.substr(0, text.find(';')) == cookie) return true;
        }
    }
    return false;
}

void append_cookies(std::string& out, const model::response& source) {
    for (const auto& entry : source.cookies.entries) {
        const auto cookie = entry.name.value + "=" + model::to_prefixed(entry.value);
        if (!has_cookie(source, cookie)) append_header(out, "set-cookie", cookie);
    }
}

std::string_view default_content_type(const model::body& body) {
    if (!body.content_type.empty()) return body.content_type;
    if (body.kind == model::body_kind::json) return "application/json; charset=utf-8";
    if (body.kind == model::body_kind::xml) return "application/xml; charset=utf-8";
    return {};
}

bool is_structured(std::string_view content_type) {
    const auto type = model::media_type(content_type);
    return type.ends_with("/json") || type.ends_with("+json") || type.ends_with("/xml") ||
           type.ends_with("+xml");
}

std::string_view charset_of_body(const model::response& source) {
    const auto& body = *source.body;
    if (!body.charset.empty() && model::is_known_charset(body.charset)) return body.charset;
    if (body.kind == model::body_kind::json || body.kind == model::body_kind::xml) return "utf-8";
    const auto* header = find_header(source, "content-type");
    if (header == nullptr) return "utf-8";
    const auto charset = model::charset_of(*header);
    if (!charset.empty() && model::is_known_charset(charset)) return charset;
    return charset.empty() && is_structured(*header) ? "utf-8" : "iso-8859-1";
}

void append_chunked(written_response& made, std::string_view body, std::size_t chunk_size, bool paused) {
    for (std::size_t at = 0; at < body.size(); at += chunk_size) {
        const auto piece = body.substr(at, chunk_size);
        if (paused && at > 0) made.pieces.push_back(made.bytes.size());
        append_number(made.bytes, static_cast<std::int64_t>(piece.size()), 16);
        made.bytes += line_end;
        made.bytes += piece;
        made.bytes += line_end;
    }
    made.bytes += "0\r\n\r\n";
}

std::string_view connection_line(connection_header kind, bool keep_alive) {
    if (kind == connection_header::none) return {};
    if (kind == connection_header::mirror)
        kind = keep_alive ? connection_header::keep_alive : connection_header::close;
    return kind == connection_header::keep_alive ? keep_alive_line : close_line;
}

connection_header connection_of(const model::connection_options& options) {
    if (options.suppress_connection_header.value_or(false)) return connection_header::none;
    if (options.keep_alive_override)
        return *options.keep_alive_override ? connection_header::keep_alive : connection_header::close;
    return options.close_socket.value_or(false) ? connection_header::close : connection_header::mirror;
}

/// Does the head contain a header of that name?
bool head_has(std::string_view head, std::string_view name) {
    for (auto at = head.find(line_end); at != std::string_view::npos; at = head.find(line_end, at + 2)) {
        const auto line = head.substr(at + 2);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            base::equal_ignoring_case(line.substr(0, name.size()), name))
            return true;
    }
    return false;
}

} // namespace

std::string encoded_body(const model::response& source) {
    if (!source.body) return {};
    switch (source.body->kind) {
    case model::body_kind::binary:
        return source.body->text;
    case model::body_kind::file:
        return {};
    default:
        return model::from_utf8(source.body->text, charset_of_body(source));
    }
}

written_response write_response(const model::response& source, std::string_view body) {
    const model::connection_options options = source.connection.value_or(model::connection_options{});
    written_response made;
    made.status = source.status_code.value_or(200);
    made.connection = connection_of(options);
    const bool chunked = !is_bodyless(made.status) && (options.chunk_size.has_value() ||
                                                       find_header(source, "transfer-encoding") != nullptr);

    append_status_line(made.bytes, made.status, source.reason_phrase);
    append_configured_headers(made.bytes, source, chunked, made.connection != connection_header::none);
    made.connection_at = made.bytes.size();
    made.bytes += connection_line(made.connection, true);
    made.connection_size = made.bytes.size() - made.connection_at;

    if (source.body && find_header(source, "content-type") == nullptr) {
        const auto type = default_content_type(*source.body);
        if (!type.empty()) append_header(made.bytes, "content-type", type);
    }
    if (chunked) {
        made.bytes += "transfer-encoding: chunked\r\n";
    } else if (!is_lengthless(made.status) && find_header(source, "content-length") == nullptr &&
               (options.content_length_header_override ||
                !options.suppress_content_length_header.value_or(false))) {
        made.bytes += "content-length: ";
        const auto length = made.status == 205 ? 0 : static_cast<std::int64_t>(body.size());
        append_number(made.bytes, options.content_length_header_override.value_or(length));
        made.bytes += line_end;
    }
    append_cookies(made.bytes, source);
    made.bytes += line_end;
    made.head_size = made.bytes.size();

    if (chunked) {
        const auto wanted = options.chunk_size.value_or(0);
        const auto size =
            wanted > 0 ? static_cast<std::size_t>(wanted) : std::max<std::size_t>(body.size(), 1);
        append_chunked(made, body, size, options.chunk_delay.has_value());
    } else if (!is_bodyless(made.status)) {
        made.bytes += body;
    }
    return made;
}

std::string with_connection(const written_response& source, bool keep_alive, const header_list& extra) {
    const std::string_view bytes = source.bytes;
    std::string made(bytes.substr(0, source.connection_at));
    for (const auto& [name, value] : extra) {
        if (!head_has(bytes.substr(0, source.head_size), name)) append_header(made, name, value);
    }
    made += connection_line(source.connection, keep_alive);
    made += bytes.substr(source.connection_at + source.connection_size);
    return made;
}

void announce_close(std::string& answer) {
    const auto head_end = answer.find("\r\n\r\n");
    const auto at = answer.find("\r\n" + std::string(keep_alive_line));
    if (at != std::string::npos && at < head_end) answer.replace(at + 2, keep_alive_line.size(), close_line);
}

std::string write_plain(int status, const header_list& headers, std::string_view body, bool keep_alive,
                        std::size_t& head_size) {
    std::string made;
    append_status_line(made, status, {});
    for (const auto& [name, value] : headers)
        append_header(made, name, value);
    made += connection_line(connection_header::mirror, keep_alive);
    made += "content-length: ";
    append_number(made, static_cast<std::int64_t>(body.size()));
    made += "\r\n\r\n";
    head_size = made.size();
    made += body;
    return made;
}

} // namespace mockfleet::actions
