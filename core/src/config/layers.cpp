// Defaults, and the sources on top of them.
#include "config/layers.hpp"

#include "config/names.hpp"

#include <algorithm>

namespace mockfleet::config {

namespace {

/// Made once: every process needs it and it never changes.
const content& defaults() {
    static const content made = [] {
        content all;
        for (std::size_t i = 0; i < table.size(); ++i) {
            auto parsed = parse_value(table[i], table[i].fallback);
            all.values[i].content = std::move(parsed).value(); // every default is tested to parse
        }
        return all;
    }();
    return made;
}

std::string shown(const property& about, const std::string& text) {
    return about.type == kind::secret ? std::string(redacted) : text;
}

/// The plugins that these settings open.
std::vector<std::string> opened_plugins(const content& effective) {
    std::vector<std::string> names{"state-" + state_backend_name(effective)};
    const auto& blobs = effective.values[index_of("blobStoreType")].content.text;
    if (is_blob_plugin(blobs)) names.push_back("blob-" + blobs);
    return names;
}

std::string stray_section(const std::string& name, const std::string& where,
                          const std::vector<std::string>& opened, const std::vector<std::string>& meant) {
    std::vector<std::string> known;
    std::string list;
    for (const auto& plugin : opened) {
        known.push_back(plugin);
        known.push_back(plugin.substr(plugin.find('-') + 1));
        list += (list.empty() ? "" : ", ") + plugin;
    }
    const auto start = where + ": plugins." + name + ": ";
    if (meant.size() > 1) return start + "this may mean any of " + list + "; give the whole name";
    const auto near = nearest(name, known);
    return start + "no plugin of this name is used, only " + list +
           (near.empty() ? "; remove the section, or name the plugin as backend"
                         : "; did you mean plugins." + near + "?");
}

} // namespace

layers::layers() : content_(defaults()) {}

void layers::put(const std::vector<assignment>& assignments, origin from,
                 std::vector<std::string>& problems) {
    for (const auto& given : assignments) {
        if (given.property == table.size()) {
            put_plugin_key(given);
            continue;
        }
        const auto& about = table[given.property];
        const auto bare = unquoted(given.value);
        auto& slot = content_.values[given.property];
        const bool takes_empty = about.type == kind::text || about.type == kind::secret;
        if (trimmed(bare).empty() && !takes_empty) {
            slot = defaults().values[given.property]; // `key=` in a file
            continue;
        }
        auto parsed = parse_value(about, bare);
        if (!parsed) {
            problems.push_back(refused_value(about, given, parsed.error()));
            continue;
        }
        slot = {std::move(*parsed), from, given.where};
    }
}

void layers::put_plugin_key(const assignment& given) {
    const std::string_view path = std::string_view(given.name).substr(std::string_view("plugins.").size());
    const auto dot = path.find('.');
    const std::string key(path.substr(dot + 1));
    auto& [section, where] = plugins_[std::string(path.substr(0, dot))];
    if (where.empty()) where = given.where;
    const auto known =
        std::find_if(section.begin(), section.end(), [&](const auto& pair) { return pair.first == key; });
    if (known == section.end())
        section.emplace_back(key, unquoted(given.value));
    else
        known->second = unquoted(given.value);
}

void layers::name_plugins(std::vector<std::string>& problems) {
    const auto opened = opened_plugins(content_);
    std::map<std::string, plugin_section, std::less<>> named;
    for (const auto& [name, section] : plugins_) {
        if (std::find(opened.begin(), opened.end(), name) != opened.end()) named.emplace(name, section);
    }
    for (auto& [name, section] : plugins_) {
        if (named.contains(name)) continue;
        std::vector<std::string> meant;
        for (const auto& plugin : opened) {
            if (plugin.substr(plugin.find('-') + 1) == name) meant.push_back(plugin);
        }
        if (meant.size() != 1) {
            problems.push_back(stray_section(name, section.where, opened, meant));
            continue;
        }
        auto& whole = named[meant.front()];
        // What stands under the whole name counts more: the plugin takes the last of equal keys.
        whole.keys.insert(whole.keys.begin(), section.keys.begin(), section.keys.end());
        if (whole.where.empty()) whole.where = section.where;
    }
    plugins_ = std::move(named);
}

void layers::apply_dev_mode() {
    constexpr std::string_view few = "1000";
    if (!content_.values[index_of("devMode")].content.flag) return;
    for (const auto row : {index_of("maxExpectations"), index_of("maxLogEntries")}) {
        auto& slot = content_.values[row];
        if (slot.from == origin::fallback) slot.content = parse_value(table[row], few).value();
    }
}

settings layers::finished() const {
    auto made = std::make_shared<content>(content_);
    for (const auto& [name, section] : plugins_)
        made->plugins.emplace_back(name, section.keys);
    return settings(std::move(made));
}

std::string state_backend_name(const content& effective) {
    const auto& chosen = effective.values[index_of("stateBackend")];
    const bool fleet = effective.values[index_of("clusterEnabled")].content.flag;
    return fleet && chosen.from == origin::fallback ? "replicated" : chosen.content.text;
}

bool is_blob_plugin(std::string_view type) {
    return type != "filesystem" && type != "memory";
}

std::vector<std::string> standing_warnings(const content& effective) {
    std::string later;
    std::string without_effect;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& slot = effective.values[i];
        if (slot.from == origin::fallback) continue;
        const auto named = std::string(table[i].name) + " (" + slot.where + ")";
        const bool changed = slot.content.text != defaults().values[i].content.text;
        if (table[i].state == standing::later && changed) later += (later.empty() ? "" : ", ") + named;
        if (table[i].state == standing::without_effect)
            without_effect += (without_effect.empty() ? "" : ", ") + named;
    }
    std::vector<std::string> lines;
    if (!later.empty()) lines.push_back("not in this version, so without effect: " + later);
    if (!without_effect.empty())
        lines.push_back("accepted, but without a meaning in this server: " + without_effect);
    return lines;
}

std::vector<std::string> standing_problems(const content& effective) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& slot = effective.values[i];
        if (!table[i].guards || slot.content.text == defaults().values[i].content.text) continue;
        lines.push_back(std::string(table[i].name) +
                        ": not in this version, and without it the server would be "
                        "open to everybody; remove it and protect the port by other means (" +
                        slot.where + ")");
    }
    return lines;
}

std::string refused_value(const property& about, const assignment& given, const flaw& why) {
    return std::string(about.name) + ": \"" + shown(about, given.value) + "\" is not " + why.wanted + " (" +
           given.where + ")";
}

} // namespace mockfleet::config
