// Names of assignments looked up in the table.
#include "config/source.hpp"

#include "config/names.hpp"
#include "config/table.hpp"

namespace mockfleet::config {

bool is_plugin_key(std::string_view name) {
    constexpr std::string_view section = "plugins.";
    if (!name.starts_with(section)) return false;
    name.remove_prefix(section.size());
    const auto dot = name.find('.');
    return dot != 0 && dot != std::string_view::npos && dot + 1 < name.size();
}

void resolve(source_content& content, std::string_view prefix) {
    constexpr std::size_t enough_to_see = 20;
    std::size_t unknown = 0;
    for (auto& given : content.assignments) {
        given.property = find(given.name);
        if (given.property != table.size() || is_plugin_key(given.name)) continue;
        if (++unknown > enough_to_see) continue;
        constexpr std::string_view of_properties = "mockserver.";
        std::string_view meant = given.as_written;
        if (meant.starts_with(of_properties)) meant.remove_prefix(of_properties.size());
        std::vector<std::string> known;
        known.reserve(table.size());
        for (const auto& row : table) {
            known.emplace_back(row.name);
            if (!row.json.empty()) known.emplace_back(row.json);
            if (!row.alias.empty()) known.emplace_back(row.alias);
        }
        const auto near = nearest(meant, known);
        content.problems.push_back(given.where + ": unknown key \"" + given.as_written + "\"; " +
                                   (near.empty()
                                        ? "mockfleet(1) lists the known ones"
                                        : "the nearest known one is \"" + std::string(prefix) + near + "\""));
    }
    if (unknown > enough_to_see)
        content.problems.push_back("and " + std::to_string(unknown - enough_to_see) + " more unknown keys");
    std::erase_if(content.assignments, [](const assignment& given) {
        return given.property == table.size() && !is_plugin_key(given.name);
    });
}

} // namespace mockfleet::config
