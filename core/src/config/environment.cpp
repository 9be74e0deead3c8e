// The environment: MOCKSERVER_ variables, the launcher's short ones, and what container platforms inject.
#include "config/source.hpp"

#include "config/names.hpp"
#include "config/table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace mockfleet::config {

namespace {

struct short_name {
    std::string_view variable;
    std::string_view property;
};
constexpr auto short_names = std::to_array<short_name>({
    {"SERVER_PORT", "serverPort"},
    {"LOG_LEVEL", "logLevel"},
    {"PROXY_REMOTE_HOST", "proxyRemoteHost"},
    {"PROXY_REMOTE_PORT", "proxyRemotePort"},
});

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// `tcp://10.0.0.7:1080`, what a service link says where a configuration would have a number.
bool is_link(std::string_view value) {
    return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

/// `<SERVICE>_PORT_1080_TCP` with `_ADDR`, `_PORT` or `_PROTO` behind.
bool is_port_link(std::string_view name) {
    for (const auto suffix : {"_ADDR", "_PORT", "_PROTO"}) {
        if (name.ends_with(suffix)) {
            name.remove_suffix(std::string_view(suffix).size());
            break;
        }
    }
    for (const auto protocol : {"_TCP", "_UDP", "_SCTP"}) {
        if (!name.ends_with(protocol)) continue;
        name.remove_suffix(std::string_view(protocol).size());
        const auto last = name.rfind('_');
        return last != std::string_view::npos && all_digits(name.substr(last + 1)) &&
               name.substr(0, last).ends_with("_PORT");
    }
    return false;
}

/// Kubernetes and Docker name variables after services: one called mockserver gives MOCKSERVER_SERVICE_HOST
/// and others, which are nobody's configuration.
bool from_platform(std::string_view name, std::string_view value) {
    if (name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") ||
        name.find("_SERVICE_PORT_") != std::string_view::npos)
        return true;
    if (name.ends_with("_PORT") && is_link(value)) return true;
    if (is_port_link(name)) return true;
    return (name.ends_with("_NAME") && value.starts_with('/')) ||
           name.find("_ENV_") != std::string_view::npos;
}

const std::map<std::string, std::size_t, std::less<>>& variables_of_table() {
    static const auto made = [] {
        std::map<std::string, std::size_t, std::less<>> rows;
        for (std::size_t i = 0; i < table.size(); ++i)
            rows.emplace(environment_name(table[i]), i);
        // Other names count in this form too; they never hide a property's own.
        for (std::size_t i = 0; i < table.size(); ++i) {
            for (const auto name : {table[i].json, table[i].alias}) {
                const auto variable = environment_name({.name = name});
                // MOCKSERVER_PORT is what platforms say of a service of that name.
                if (!name.empty() && variable != "MOCKSERVER_PORT") rows.emplace(variable, i);
            }
        }
        return rows;
    }();
    return made;
}

/// What the original's launchers read themselves.
constexpr auto of_launchers =
    std::to_array<std::string_view>({"MOCKSERVER_JAVA_OPTS", "MOCKSERVER_LAUNCHER"});

constexpr std::string_view of_original = "MOCKSERVER_";
constexpr std::string_view of_ours = "MOCKFLEET_";

/// The variable meant by what stands behind the prefix; empty when nothing is near. Other names of a property
/// count too: MOCKSERVER_PORT means MOCKSERVER_SERVER_PORT.
std::string nearest_variable(std::string_view rest) {
    std::vector<std::string> known;
    std::map<std::string, std::string, std::less<>> variable_of;
    for (const auto& row : table) {
        const auto variable = environment_name(row);
        const auto add = [&](const std::string& spelling) {
            known.push_back(spelling.substr(of_original.size()));
            variable_of.emplace(known.back(), variable);
        };
        add(variable);
        for (const auto name : {row.name, row.json, row.alias}) {
            if (!name.empty()) add(environment_name({.name = name}));
        }
    }
    const auto found = variable_of.find(nearest(rest, known));
    return found == variable_of.end() ? "" : found->second;
}

assignment made(std::size_t row, std::string_view variable, std::string_view value) {
    return {std::string(table[row].name), std::string(value), "environment variable " + std::string(variable),
            std::string(variable), row};
}

void read_prefixed(std::string_view name, std::string_view value, source_content& out) {
    const auto known = variables_of_table().find(name);
    if (known != variables_of_table().end() && !is_link(value)) {
        out.assignments.push_back(made(known->second, name, value));
        return;
    }
    if (from_platform(name, value)) return;
    if (std::find(of_launchers.begin(), of_launchers.end(), name) != of_launchers.end()) {
        out.warnings.push_back("environment variable " + std::string(name) +
                               ": accepted, but without a meaning in this server");
        return;
    }
    const auto near = nearest_variable(name.substr(of_original.size()));
    out.problems.push_back(
        "environment variable " + std::string(name) + ": unknown key; " +
        (near.empty() ? "mockfleet(1) lists the known ones" : "the nearest known one is " + near));
}

void read_own(std::string_view name, std::string_view value, environment_content& out) {
    if (name == "MOCKFLEET_CONFIG") {
        out.config_file = value;
        return;
    }
    if (from_platform(name, value)) return;
    const auto rest = name.substr(of_ours.size());
    const bool config = !nearest(rest, {"CONFIG", "CONFIG_FILE"}).empty();
    const auto near = config ? "MOCKFLEET_CONFIG" : nearest_variable(rest);
    out.prefixed.warnings.push_back("environment variable " + std::string(name) +
                                    ": unknown and ignored; properties are set by MOCKSERVER_ variables" +
                                    (near.empty() ? ""
                                     : config     ? ", the file by " + near
                                                  : ", the nearest is " + near));
}

} // namespace

environment_content read_environment(std::span<const std::string_view> variables) {
    environment_content out;
    for (const auto variable : variables) {
        const auto equals = variable.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = variable.substr(0, equals);
        const auto value = variable.substr(equals + 1);
        if (value.empty()) continue; // compose files pass unset variables on as empty ones
        if (name.starts_with("MOCKSERVER_"))
            read_prefixed(name, value, out.prefixed);
        else if (name.starts_with("MOCKFLEET_"))
            read_own(name, value, out);
        for (const auto& candidate : short_names) {
            if (name == candidate.variable && !is_link(value))
                out.short_names.assignments.push_back(made(find(candidate.property), name, value));
        }
    }
    return out;
}

} // namespace mockfleet::config
