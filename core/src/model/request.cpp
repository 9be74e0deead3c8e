// Requests: header look-up and the owned copy.
#include "model/request.hpp"

#include "base/ascii.hpp"

#include <cstring>

namespace mockfleet::model {
namespace {

/// simdjson reads this far beyond a body.
constexpr std::size_t body_padding = 64;

/// Hands out pieces of one allocation in turn.
class copier {
public:
    explicit copier(char* storage) : at_(storage) {}

    std::string_view copy(std::string_view source) {
        if (!source.empty()) std::memcpy(at_, source.data(), source.size());
        const std::string_view out(at_, source.size());
        at_ += source.size();
        return out;
    }

private:
    char* at_;
};

std::size_t total_size(const request_view& source) {
    auto size = source.method.size() + source.path.size() + source.query.size() +
                source.local_address.size() + source.remote_address.size() + source.body.size() +
                source.original_body.size() + body_padding;
    for (const auto& [name, content] : source.headers)
        size += name.size() + content.size();
    return size;
}

} // namespace

std::string_view find_header(std::span<const header_view> headers, std::string_view name) {
    for (const auto& header : headers) {
        if (base::equal_ignoring_case(header.name, name)) return header.value;
    }
    return {};
}

request::request(const request_view& source) : storage_(new char[total_size(source)]), view_(source) {
    copier into(storage_.get());
    view_.method = into.copy(source.method);
    view_.path = into.copy(source.path);
    view_.query = into.copy(source.query);
    view_.local_address = into.copy(source.local_address);
    view_.remote_address = into.copy(source.remote_address);
    headers_.reserve(source.headers.size());
    for (const auto& [name, content] : source.headers) {
        const auto copied = into.copy(name);
        headers_.push_back({copied, into.copy(content)});
    }
    view_.headers = headers_;
    view_.original_body = into.copy(source.original_body);
    view_.body = into.copy(source.body);
    view_.head = {};
    std::memset(storage_.get() + total_size(source) - body_padding, 0, body_padding);
}

} // namespace mockfleet::model
