// x-amz-meta-NAME.
#include "metadata.hpp"

#include "common/conditional_write.hpp"

#include <algorithm>

namespace mockfleet::s3 {

namespace {

constexpr std::string_view header_prefix = "x-amz-meta-";

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool is_value(std::string_view value) {
    if (!value.empty() && (value.front() == ' ' || value.back() == ' ')) return false;
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

} // namespace

common::http_headers metadata_headers(std::span<const mf_pair> pairs) {
    common::http_headers made;
    for (const auto& pair : pairs) {
        const std::string name(plugin::view(pair.key));
        const std::string value(plugin::view(pair.value));
        if (name == common::write_id_name)
            throw plugin::failure(MF_INVALID, "the metadata name '" + name + "' is used by the store itself");
        if (!is_name(name))
            throw plugin::failure(MF_INVALID, "the metadata name '" + name +
                                                  "' cannot be kept by S3: lower-case letters, digits and "
                                                  "!#$%&'*+-.^_`|~ only");
        if (!is_value(value))
            throw plugin::failure(MF_INVALID, "the value of the metadata '" + name +
                                                  "' cannot be kept by S3: printable ASCII only, no spaces "
                                                  "at its ends");
        made.emplace_back(std::string(header_prefix) + name, value);
    }
    return made;
}

std::vector<std::pair<std::string, std::string>> metadata_of(const common::http_response& answer) {
    std::vector<std::pair<std::string, std::string>> made;
    for (auto at = answer.headers.lower_bound(header_prefix); at != answer.headers.end(); ++at) {
        auto name = common::lower_case(at->first);
        if (!name.starts_with(header_prefix)) break;
        name.erase(0, header_prefix.size());
        if (name != common::write_id_name) made.emplace_back(std::move(name), at->second);
    }
    return made;
}

} // namespace mockfleet::s3
