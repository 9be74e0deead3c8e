// Taking a recorded head apart, and what is shown of it.
#include "model/received_response.hpp"

#include "base/ascii.hpp"
#include "model/charset.hpp"
#include "model/codec_parts.hpp"
#include "model/received_body.hpp"
#include "model/request.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::model {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find(line_end);
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + line_end.size());
    return line;
}

text_matcher plain(std::string_view bytes) {
    text_matcher made;
    made.value = head_text(bytes);
    return made;
}

/// `name=value` of a set-cookie header; its attributes stay in the header. An empty name: there is none.
header_view cookie_in(std::string_view header) {
    const auto pair = header.substr(0, header.find(';'));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return {};
    return {base::trim(pair.substr(0, equals)), base::trim(pair.substr(equals + 1))};
}

/// A recorded head, as views of it.
struct received_head {
    explicit received_head(std::string_view text);

    int status = 0;
    std::string_view reason;
    std::vector<header_view> headers;
    std::vector<header_view> cookies; ///< of set-cookie headers
    std::string_view content_type;
};

received_head::received_head(std::string_view text) {
    auto line = take_line(text);
    line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
    const auto read = std::from_chars(line.data(), line.data() + line.size(), status);
    line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()));
    reason = base::trim(line);
    while (!text.empty()) {
        line = take_line(text);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const header_view header{line.substr(0, colon), base::trim(line.substr(colon + 1))};
        headers.push_back(header);
        if (content_type.empty() && base::equal_ignoring_case(header.name, "content-type"))
            content_type = header.value;
        if (!base::equal_ignoring_case(header.name, "set-cookie")) continue;
        if (const auto cookie = cookie_in(header.value); !cookie.name.empty()) cookies.push_back(cookie);
    }
}

void add_header(json::value& headers, const header_view& header) {
    for (auto& known : headers.as_object()) {
        if (known.name != header.name) continue;
        known.content.as_array().emplace_back(head_text(header.value));
        return;
    }
    headers.set(head_text(header.name), json::array{head_text(header.value)});
}

} // namespace

json::value received_response_json(std::string_view head, std::string_view body, json_body_form form) {
    const received_head received(head);
    json::value out(json::object{});
    out.set("statusCode", received.status);
    if (!received.reason.empty()) out.set("reasonPhrase", head_text(received.reason));
    json::value headers(json::object{});
    for (const auto& header : received.headers) {
        // A body that is written anew has a length of its own.
        if (form == json_body_form::definition && base::equal_ignoring_case(header.name, "content-length"))
            continue;
        add_header(headers, header);
    }
    if (!headers.as_object().empty()) out.set("headers", std::move(headers));
    json::value cookies(json::object{});
    for (const auto& cookie : received.cookies)
        cookies.set(head_text(cookie.name), head_text(cookie.value));
    if (!cookies.as_object().empty()) out.set("cookies", std::move(cookies));
    if (!body.empty()) out.set("body", write_recorded_body(body, received.content_type, form));
    return out;
}

response received_response(std::string_view head, std::string_view body) {
    const received_head received(head);
    response out;
    out.status_code = received.status;
    if (!received.reason.empty()) out.reason_phrase = head_text(received.reason);
    for (const auto& header : received.headers)
        out.headers.entries.push_back({plain(header.name), {plain(header.value)}});
    for (const auto& cookie : received.cookies)
        out.cookies.entries.push_back({plain(cookie.name), plain(cookie.value)});
    if (body.empty()) return out;
    const auto type = received_type_of(received.content_type);
    auto& kept = out.body.emplace();
    const bool binary =
        type.kind == received_kind::binary || (type.kind == received_kind::untyped && !is_valid_utf8(body));
    kept.kind = binary ? body_kind::binary : body_kind::string;
    kept.text = binary ? std::string(body) : to_utf8(body, type.charset);
    kept.content_type = received.content_type;
    return out;
}

} // namespace mockfleet::model
