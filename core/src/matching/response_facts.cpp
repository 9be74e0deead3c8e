// The lists of a response as the views that rules compare.
#include "matching/response_facts.hpp"

#include "json/body_document.hpp"

namespace mockfleet::matching {
namespace {

/// Of a body whose bytes are no text.
constexpr model::header_view binary_type[] = {{"content-type", "application/octet-stream"}};

} // namespace

bool response_facts::first_use(part which) {
    if ((derived_ & which) != 0) return false;
    derived_ = static_cast<std::uint8_t>(derived_ | which);
    return true;
}

void response_facts::begin(const model::response& response, int status) {
    response_ = &response;
    status_ = status;
    derived_ = 0;
}

std::string_view response_facts::reason() const {
    if (response_->reason_phrase) return *response_->reason_phrase;
    return model::standard_reason(status_);
}

std::span<const name_value> response_facts::headers() {
    if (first_use(header_part)) {
        headers_.clear();
        for (const auto& entry : response_->headers.entries) {
            for (const auto& one : entry.values)
                headers_.push_back({entry.name.value, one.value});
        }
    }
    return headers_;
}

std::span<const name_value> response_facts::cookies() {
    if (first_use(cookie_part)) {
        cookies_.clear();
        for (const auto& entry : response_->cookies.entries)
            cookies_.push_back({entry.name.value, entry.value.value});
    }
    return cookies_;
}

request_facts& response_facts::body() {
    if (!first_use(body_part)) return body_;
    model::request_view view;
    content_.clear();
    if (const auto& source = response_->body; source && source->kind != model::body_kind::file) {
        const auto size = source->text.size();
        content_.reserve(size + json::body_document::padding);
        content_ = source->text;
        content_.append(json::body_document::padding, ' ');
        view.body = std::string_view(content_).substr(0, size);
        if (source->kind == model::body_kind::binary) view.headers = binary_type;
    }
    body_.begin(view);
    return body_;
}

} // namespace mockfleet::matching
