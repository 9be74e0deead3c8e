// Recorded requests as JSON: reduced shape (core.md 1.7.1) and full shape (core.md 1.7.2, 2.15).
#include "base/ascii.hpp"
#include "model/base64.hpp"
#include "model/charset.hpp"
#include "model/codec.hpp"
#include "model/codec_parts.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace mockfleet::model {
namespace {

/// Names with their values, names in the order of their first appearance.
class grouped_values {
public:
    void add(std::string name, std::string content) {
        const auto [known, added] = index_.try_emplace(name, groups_.size());
        if (added) groups_.push_back({std::move(name), json::array{}});
        groups_[known->second].second.emplace_back(std::move(content));
    }

    void sort_descending() {
        std::sort(groups_.begin(), groups_.end(),
                  [](const auto& left, const auto& right) { return left.first > right.first; });
    }

    [[nodiscard]] bool empty() const { return groups_.empty(); }

    json::value take() {
        json::value out(json::object{});
        for (auto& [name, values] : groups_)
            out.set(std::move(name), std::move(values));
        return out;
    }

private:
    std::vector<std::pair<std::string, json::array>> groups_;
    std::unordered_map<std::string, std::size_t> index_;
};

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char letter = base::to_lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// Percent and plus decoding; nullopt for a malformed escape.
std::optional<std::string> decode_component(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
    }
    return to_utf8(out, "utf-8");
}

/// Calls `use(name, content, has_content)` for each `name=content` between separators.
template <class Use>
void for_each_pair(std::string_view text, char separator, Use&& use) {
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        const auto piece = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = piece.find('=');
        const bool has_content = equals != std::string_view::npos;
        use(piece.substr(0, equals), has_content ? piece.substr(equals + 1) : std::string_view(),
            has_content);
    }
}

/// As matching has it: one malformed escape and there are no parameters; a fragment is no part of them.
grouped_values query_of(const request_view& source) {
    grouped_values out;
    bool malformed = false;
    const auto query = source.query.substr(0, source.query.find('#'));
    for_each_pair(query, '&', [&](std::string_view name, std::string_view content, bool has_content) {
        if (name.empty() && !has_content) return;
        auto decoded_name = decode_component(name);
        auto decoded_content = decode_component(content);
        if (decoded_name && decoded_content) {
            out.add(std::move(*decoded_name), std::move(*decoded_content));
        } else {
            malformed = true;
        }
    });
    return malformed ? grouped_values() : std::move(out);
}

grouped_values headers_of(const request_view& source) {
    grouped_values out;
    for (const auto& [name, content] : source.headers)
        out.add(head_text(name), head_text(content));
    return out;
}

/// The value of a cookie without its quotes; empty for one that is not given or not closed.
std::string_view cookie_content(std::string_view content) {
    content = base::trim(content);
    if (content.empty() || content.front() != '"') return content;
    const bool closed = content.size() >= 2 && content.back() == '"';
    return closed ? content.substr(1, content.size() - 2) : std::string_view();
}

/// The first cookie of a name counts; one without a value is none.
json::value cookies_of(const request_view& source) {
    json::value out(json::object{});
    std::unordered_set<std::string> known;
    for (const auto& header : source.headers) {
        if (!base::equal_ignoring_case(header.name, "cookie")) continue;
        for_each_pair(header.value, ';', [&](std::string_view name, std::string_view content, bool) {
            name = base::trim(name);
            content = cookie_content(content);
            if (name.empty() || content.empty()) return;
            if (const auto [at, added] = known.insert(head_text(name)); added)
                out.set(*at, head_text(content));
        });
    }
    return out;
}

std::string_view protocol_name(protocol version) {
    switch (version) {
    case protocol::http_2:
        return "HTTP_2";
    case protocol::http_3:
        return "HTTP_3";
    case protocol::http_1_1:
        break;
    }
    return "HTTP_1_1";
}

json::value body_of(const request_view& source, json_body_form form) {
    return write_recorded_body(source.body, find_header(source.headers, "content-type"), form);
}

void set_original_body(json::value& out, const request_view& source) {
    if (!source.original_body.empty()) out.set("originalBody", encode_base64(source.original_body));
}

void set_unless_empty(json::value& out, const char* name, json::value content) {
    if (!content.as_object().empty()) out.set(name, std::move(content));
}

} // namespace

json::value to_reduced_json(const request_view& source, json_body_form form) {
    json::value out(json::object{});
    if (!source.body.empty()) out.set("body", body_of(source, form));
    set_unless_empty(out, "cookies", cookies_of(source));
    set_unless_empty(out, "headers", headers_of(source).take());
    out.set("keepAlive", source.keep_alive);
    if (!source.method.empty()) out.set("method", head_text(source.method));
    set_original_body(out, source);
    if (!source.path.empty()) out.set("path", head_text(source.path));
    out.set("protocol", protocol_name(source.version));
    set_unless_empty(out, "queryStringParameters", query_of(source).take());
    out.set("secure", source.secure);
    return out;
}

json::value to_full_json(const request_view& source, json_body_form form) {
    json::value out(json::object{});
    if (!source.method.empty()) out.set("method", head_text(source.method));
    if (!source.path.empty()) out.set("path", head_text(source.path));
    auto query = query_of(source);
    query.sort_descending();
    set_unless_empty(out, "queryStringParameters", query.take());
    auto headers = headers_of(source);
    headers.sort_descending();
    set_unless_empty(out, "headers", headers.take());
    set_unless_empty(out, "cookies", cookies_of(source));
    out.set("keepAlive", source.keep_alive);
    out.set("secure", source.secure);
    out.set("protocol", protocol_name(source.version));
    if (!source.local_address.empty()) out.set("localAddress", head_text(source.local_address));
    if (!source.remote_address.empty()) out.set("remoteAddress", head_text(source.remote_address));
    if (!source.body.empty()) out.set("body", body_of(source, form));
    set_original_body(out, source);
    return out;
}

} // namespace mockfleet::model
