// Reads the small XML documents of storage services: elements and their text. Attributes, comments and
// processing instructions are skipped; a document type is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::common {

struct xml_element {
    std::string name; ///< without namespace prefix
    std::string text; ///< its own, all pieces joined
    std::vector<xml_element> children;

    /// The first child of that name; nullptr when there is none.
    [[nodiscard]] const xml_element* child(std::string_view child_name) const;
    /// The text of the first child of that name, or empty.
    [[nodiscard]] std::string_view text_of(std::string_view child_name) const;
};

/// The root; nullopt when it is not well-formed, deeper than 32 levels, or has entities other than the five
/// predefined ones and character references.
[[nodiscard]] std::optional<xml_element> read_xml(std::string_view text);

} // namespace mockfleet::common
