// Lazy derivation of the parts of a request; buffers keep their memory from one request to the next.
#include "matching/request_facts.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "matching/pcre_program.hpp"
#include "matching/text_pattern.hpp"
#include "model/base64.hpp"
#include "model/charset.hpp"
#include "json/reader.hpp"

#include <unordered_map>
#include <utility>

namespace mockfleet::matching {
namespace {

/// Shorter bodies are parsed, and so checked, as a whole: there is little to gain.
constexpr std::size_t least_outlined = 512;
/// What one huge request made grow is given back at the next.
constexpr std::size_t kept_buffer = std::size_t{1} << 20U;

bool is_utf8(std::string_view charset) {
    return charset.empty() || base::equal_ignoring_case(charset, "utf-8") ||
           base::equal_ignoring_case(charset, "utf8");
}

bool starts_utf16(std::string_view charset) {
    return charset.size() >= 5 && base::equal_ignoring_case(charset.substr(0, 3), "utf") &&
           charset.find("16") != std::string_view::npos;
}

/// A form parameter as the original shows it to JSON matchers: numbers, true, false and null are typed.
json::value typed_parameter(std::string_view text) {
    json::value out;
    const auto first = text.empty() ? '\0' : text.front();
    const bool word = text == "true" || text == "false" || text == "null";
    const bool number = first == '-' || (first >= '0' && first <= '9');
    if ((word || number) && text.find_first_not_of("truefalsn0123456789+-.eE") == std::string_view::npos &&
        !json::parse_tolerant(text, out) && (word || out.is_number()))
        return out;
    return text;
}

json::value form_document(std::span<const name_value> parameters) {
    json::object members;
    std::unordered_map<std::string_view, std::size_t> places;
    for (const auto& [name, text] : parameters) {
        const auto [known, is_new] = places.emplace(name, members.size());
        if (is_new) {
            members.push_back({std::string(name), typed_parameter(text)});
            continue;
        }
        auto& content = members[known->second].content;
        if (!content.is_array()) {
            json::array first;
            first.push_back(std::move(content));
            content = std::move(first);
        }
        content.as_array().push_back(typed_parameter(text));
    }
    return members;
}

} // namespace

bool request_facts::first_use(part which) {
    if ((derived_ & which) != 0) return false;
    derived_ |= which;
    return true;
}

void request_facts::begin(const model::request_view& request) {
    request_ = request;
    derived_ = 0;
    refill_steps();
    for (auto* buffer : {&body_text_buffer_, &json_text_buffer_}) {
        if (buffer->capacity() > kept_buffer) std::string().swap(*buffer);
    }
}

std::string_view request_facts::lower_path() {
    if (first_use(lower_part)) to_lower(request_.path, lower_path_);
    return lower_path_;
}

std::span<const name_value> request_facts::query() {
    if (first_use(query_part)) query_.read_query(request_.query);
    return query_.entries();
}

std::span<const name_value> request_facts::cookies() {
    if (first_use(cookie_part)) {
        cookies_.clear();
        for (const auto& header : request_.headers) {
            if (base::equal_ignoring_case(header.name, "cookie")) cookies_.add_cookies(header.value);
        }
        cookies_.keep_first_of_each_name();
    }
    return cookies_.entries();
}

std::span<const name_value> request_facts::form() {
    if (first_use(form_part)) form_.read_form(body_text());
    return form_.entries();
}

const model::received_type& request_facts::body_type() {
    if (first_use(type_part)) {
        const auto content_type = model::find_header(request_.headers, "content-type");
        if (content_type != content_type_) {
            content_type_ = content_type;
            body_type_ = model::received_type_of(content_type);
        }
    }
    return body_type_;
}

std::string_view request_facts::body_text() {
    if (!first_use(text_part)) return body_text_;
    body_text_ = request_.body;
    if (body_text_.empty()) return body_text_;
    const auto& type = body_type();
    const bool binary = type.kind == model::received_kind::binary ||
                        (type.kind == model::received_kind::untyped && !model::is_valid_utf8(request_.body));
    if (binary) {
        body_text_buffer_ = model::encode_base64(request_.body);
        body_text_ = body_text_buffer_;
    } else if (!is_utf8(type.charset) && (starts_utf16(type.charset) || !base::is_ascii(request_.body))) {
        body_text_buffer_ = model::to_utf8(request_.body, type.charset);
        body_text_ = body_text_buffer_;
    }
    return body_text_;
}

bool request_facts::json_as_received() {
    const auto kind = body_type().kind;
    return kind != model::received_kind::binary && kind != model::received_kind::form &&
           body_text().data() == request_.body.data();
}

bool request_facts::body_has_fields(const json::field_tree& wanted) {
    if ((derived_ & json_part) == 0 && request_.body.size() >= least_outlined && json_as_received()) {
        if (first_use(outline_part)) document_.open(request_.body);
        const auto answer = document_.scan(wanted);
        if (answer != json::scan_result::unsure) return answer == json::scan_result::yes;
    }
    const auto* actual = body_json();
    return actual != nullptr && actual->holds(wanted);
}

const json::body_node* request_facts::body_json() {
    if (!first_use(json_part)) return is_json_ ? &json_root_ : nullptr;
    is_json_ = false;
    const auto kind = body_type().kind;
    if (request_.body.empty() || kind == model::received_kind::binary) return nullptr;
    if (kind == model::received_kind::form) {
        document_.assign(form_document(form()));
        is_json_ = true;
    } else if (json_as_received()) {
        is_json_ = document_.parse(request_.body);
    } else {
        json_text_buffer_ = body_text();
        const auto size = json_text_buffer_.size();
        json_text_buffer_.append(json::body_document::padding, ' ');
        is_json_ = document_.parse(std::string_view(json_text_buffer_).substr(0, size));
    }
    if (is_json_) json_root_ = document_.root();
    return is_json_ ? &json_root_ : nullptr;
}

} // namespace mockfleet::matching
