// YAML by yaml-cpp; of a JGroups stack only where the nodes are.
#include "settings/transport_file.hpp"

#include "settings/xml_attributes.hpp"

#include <mockfleet/plugin.hpp>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace mockfleet::replicated {

namespace {

constexpr std::string_view prefix = "cluster";

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
    throw plugin::failure(MF_INVALID, "clusterTransportConfig: '" + path + "' " + what);
}

std::string lower_first(std::string text) {
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

/// "seeds" and "clusterSeeds" to "clusterSeeds"; empty when there is no such setting.
std::string full_name(const std::string& given, const std::vector<std::string>& known) {
    for (const auto& name : known) {
        if (given == name || given == lower_first(name.substr(prefix.size()))) return name;
    }
    return {};
}

/// "seeds, dnsQuery, ...": as the file may name them.
std::string short_names(const std::vector<std::string>& known) {
    std::string text;
    for (const auto& name : known) {
        if (name.starts_with(prefix) && name != "clusterTransportConfig")
            text += (text.empty() ? "" : ", ") + lower_first(name.substr(prefix.size()));
    }
    return text;
}

setting_map from_yaml(std::string_view text, const std::string& path, const std::vector<std::string>& known) {
    setting_map made;
    try {
        const auto root = YAML::Load(std::string(text));
        if (!root.IsMap()) refuse(path, "is no YAML map of settings and no JGroups stack");
        for (const auto& pair : root) {
            const auto given = pair.first.as<std::string>();
            const auto name = full_name(given, known);
            if (name.empty() || name == "clusterTransportConfig")
                refuse(path, "has the key '" + given + "', which is no setting of the fleet; those are " +
                                 short_names(known));
            if (!pair.second.IsScalar() && !pair.second.IsSequence())
                refuse(path, "gives '" + given + "' something that is neither a value nor a list");
            auto& items = made[name];
            if (pair.second.IsScalar()) items.push_back(pair.second.as<std::string>());
            for (const auto& item : pair.second)
                items.push_back(item.as<std::string>());
        }
    } catch (const YAML::Exception& thrown) {
        refuse(path, std::string("is no valid YAML: ") + thrown.what());
    }
    return made;
}

/// ${name:default} to default; without a default nullopt: the properties of a Java process do not exist here.
std::optional<std::string> without_properties(std::string text) {
    for (;;) {
        const auto start = text.rfind("${");
        if (start == std::string::npos) return text;
        const auto end = text.find('}', start);
        if (end == std::string::npos) return text;
        const auto inner = text.substr(start + 2, end - start - 2);
        const auto colon = inner.find(':');
        if (colon == std::string::npos) return std::nullopt;
        text.replace(start, end - start + 1, inner.substr(colon + 1));
    }
}

/// "a[7800],b[7800]" to "a:7800", "b:7800".
std::vector<std::string> hosts_of(const std::string& text, const std::string& path) {
    std::vector<std::string> hosts;
    std::istringstream items(text);
    for (std::string item; std::getline(items, item, ',');) {
        std::erase_if(item, [](unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
        if (item.empty()) continue;
        const auto open = item.find('[');
        if (open == std::string::npos || open == 0 || !item.ends_with(']'))
            refuse(path, "has '" + item + "' in initial_hosts; host[port] is wanted");
        auto host = item.substr(0, open);
        if (host.find(':') != std::string::npos) host = "[" + host + "]";
        hosts.push_back(host + ":" + item.substr(open + 1, item.size() - open - 2));
    }
    return hosts;
}

setting_map from_jgroups(std::string_view text, const std::string& path, std::vector<std::string>& warnings) {
    std::string problem;
    const auto elements = read_xml(text, problem);
    if (!elements) refuse(path, "is XML with " + problem);
    setting_map made;
    std::string ignored;
    const auto take = [&](const xml_element& from, const char* attribute) -> std::optional<std::string> {
        const auto found = from.attributes.find(attribute);
        if (found == from.attributes.end()) return std::nullopt;
        auto value = without_properties(found->second);
        if (!value) {
            refuse(path, "sets " + std::string(attribute) + " to " + found->second +
                             ", a property of a Java process; write the value, or set clusterSeeds");
        }
        return value;
    };
    for (const auto& one : *elements) {
        bool taken = one.name == "config" || one.name.ends_with(":config") || one.name == "jgroups" ||
                     one.name == "stack" || one.name == "infinispan";
        if (one.name == "TCPPING") {
            if (const auto hosts = take(one, "initial_hosts")) {
                made["clusterSeeds"] = hosts_of(*hosts, path);
                taken = true;
            }
        } else if (one.name.find("DNS_PING") != std::string::npos) {
            if (const auto query = take(one, "dns_query")) {
                made["clusterDnsQuery"] = {*query};
                taken = true;
            }
        }
        if (!taken) ignored += (ignored.empty() ? "" : ", ") + one.name;
    }
    if (made.empty()) {
        refuse(path, "is a JGroups stack that names no nodes: neither TCPPING initial_hosts nor DNS_PING "
                     "dns_query; set clusterSeeds");
    }
    if (!ignored.empty())
        warnings.push_back("of the JGroups stack '" + path +
                           "' only the addresses of the nodes are used; ignored: " + ignored);
    return made;
}

} // namespace

setting_map read_transport_text(std::string_view text, const std::string& path,
                                const std::vector<std::string>& known, std::vector<std::string>& warnings) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) refuse(path, "is empty");
    return text[first] == '<' ? from_jgroups(text, path, warnings) : from_yaml(text, path, known);
}

setting_map read_transport_file(const std::string& path, const std::vector<std::string>& known,
                                std::vector<std::string>& warnings) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file) text << file.rdbuf();
    if (!file) refuse(path, "cannot be read; give the path of a YAML file or a JGroups stack");
    return read_transport_text(text.str(), path, known, warnings);
}

} // namespace mockfleet::replicated
