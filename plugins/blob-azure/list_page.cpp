// EnumerationResults.
#include "list_page.hpp"

#include "common/xml.hpp"

namespace mockfleet::azure {

std::optional<list_page> read_list_page(std::string_view xml) {
    const auto root = common::read_xml(xml);
    if (!root || root->name != "EnumerationResults") return std::nullopt;
    list_page made;
    made.next = root->text_of("NextMarker");
    const auto* blobs = root->child("Blobs");
    if (blobs == nullptr) return std::nullopt;
    for (const auto& one : blobs->children) {
        if (one.name != "Blob") continue;
        const auto name = one.text_of("Name");
        if (name.empty()) return std::nullopt;
        made.names.emplace_back(name);
    }
    return made;
}

} // namespace mockfleet::azure
