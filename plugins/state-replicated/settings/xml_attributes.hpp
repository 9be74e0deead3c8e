// The elements of a small XML file with their attributes: enough for a JGroups stack, and nothing that a
// hostile file could use.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

struct xml_element {
    std::string name;
    std::map<std::string, std::string> attributes;
};

/// All elements in the order of their start tags. Text, comments and processing instructions are skipped;
/// only the five predefined entities and character references are known; a document type is refused. nullopt
/// when it is not well-formed that far, with the reason in `problem`.
[[nodiscard]] std::optional<std::vector<xml_element>> read_xml(std::string_view text, std::string& problem);

} // namespace mockfleet::replicated
