// ListBucketResult.
#include "list_page.hpp"

#include "common/url.hpp"
#include "common/xml.hpp"

namespace mockfleet::s3 {

std::optional<list_page> read_list_page(std::string_view xml) {
    const auto root = common::read_xml(xml);
    if (!root || root->name != "ListBucketResult") return std::nullopt;
    const bool encoded = root->text_of("EncodingType") == "url";
    list_page made;
    made.truncated = root->text_of("IsTruncated") == "true";
    for (const auto& one : root->children) {
        if (one.name != "Contents") continue;
        const auto name = one.text_of("Key");
        if (name.empty()) return std::nullopt;
        made.names.push_back(encoded ? common::percent_decode(name, true) : std::string(name));
    }
    return made;
}

} // namespace mockfleet::s3
