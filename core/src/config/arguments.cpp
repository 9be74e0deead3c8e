// Reading of the command line (core.md 7.3).
#include "config/arguments.hpp"

#include "base/ascii.hpp"
#include "config/names.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mockfleet::config {

namespace {

constexpr auto shorthand_table = std::to_array<shorthand>({
    {"-p", "PORTS", "serverPort"},
    {"-l", "LEVEL", "logLevel"},
    {"--config", "FILE", "read this YAML file; also MOCKFLEET_CONFIG"},
    {"--set", "NAME=VALUE", "set any property, or plugins.PLUGIN.KEY"},
    {"--dev", "", "devMode"},
    {"--init", "FILE", "initializationJsonPath"},
    {"--watch", "", "watchInitializationJson"},
    {"--openapi", "SPEC", "initializationOpenAPIPath"},
    {"--persist", "[FILE]", "persistExpectations, persistedExpectationsPath"},
    {"--proxy-to", "TARGET", "proxyRemoteHost and proxyRemotePort: host:port or http(s)://host[:port]"},
    {"--validate-openapi", "SPEC", "validateProxyOpenAPISpec"},
    {"--validate-enforce", "", "validateProxyEnforce"},
});

struct spelling {
    std::string_view flag;
    std::string_view property;
};
/// Shorthands that are nothing but another name of one property.
constexpr auto other_names = std::to_array<spelling>({
    {"p", "serverPort"},
    {"l", "logLevel"},
    {"dev", "devMode"},
    {"init", "initializationJsonPath"},
    {"watch", "watchInitializationJson"},
    {"openapi", "initializationOpenAPIPath"},
    {"validateopenapi", "validateProxyOpenAPISpec"},
    {"validateenforce", "validateProxyEnforce"},
});

/// Commands of the original whose work this version does not do.
constexpr std::array<std::string_view, 6> commands_of_original{"ui",     "proxy", "openapi",
                                                               "import", "lint",  "demo"};

/// The row a flag names, dashes and case aside.
std::size_t row_of_flag(std::string_view name) {
    const auto wanted = folded(name);
    for (const auto& other : other_names) {
        if (wanted == other.flag) return find(other.property);
    }
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& row = table[i];
        if (wanted == base::to_lower(row.name) || wanted == base::to_lower(row.json) ||
            wanted == base::to_lower(row.alias))
            return i;
    }
    return table.size();
}

std::string nearest_flag(std::string_view flag) {
    std::vector<std::string> known{"--help", "--version"};
    for (const auto& row : table)
        known.push_back("--" + flag_name(row));
    for (const auto& row : shorthand_table)
        known.emplace_back(row.flag);
    return nearest(flag, known);
}

class argument_reader {
public:
    explicit argument_reader(std::span<const std::string_view> arguments) : rest_(arguments) {}

    parsed_arguments read() {
        read_command();
        while (!rest_.empty()) {
            const auto argument = take();
            if (argument == "--") {
                while (!rest_.empty())
                    operand(take());
            } else if (argument.size() > 1 && argument.front() == '-') {
                read_flag(argument);
            } else {
                operand(argument);
            }
        }
        if (out_.what == command::plugin_describe && out_.operands.empty())
            problem("plugin describe: the plugin's file or name is missing");
        return std::move(out_);
    }

private:
    void problem(std::string what) { out_.flags.problems.push_back(std::move(what)); }
    std::string_view take() {
        const auto first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }

    void read_command() {
        if (rest_.empty() || rest_.front().empty() || rest_.front().front() == '-') return;
        const auto word = take();
        if (word == "run") return;
        if (word == "version")
            out_.what = command::version;
        else if (word == "help") {
            out_.what = command::help;
            rest_ = {};
        } else if (word == "plugin")
            read_plugin_command();
        else if (std::find(commands_of_original.begin(), commands_of_original.end(), word) !=
                 commands_of_original.end()) {
            problem("the command " + std::string(word) + " is not in this version");
            rest_ = {}; // its own flags would only be called unknown
        } else
            problem("unknown command \"" + std::string(word) +
                    "\"; the commands are run, version, help, plugin list, plugin describe");
    }

    void read_plugin_command() {
        const auto word = rest_.empty() ? std::string_view() : take();
        if (word == "list")
            out_.what = command::plugin_list;
        else if (word == "describe")
            out_.what = command::plugin_describe;
        else
            problem("plugin: one of list, describe must follow");
    }

    void operand(std::string_view word) {
        if (out_.what == command::plugin_describe && out_.operands.empty())
            out_.operands.emplace_back(word);
        else if (out_.what != command::help)
            problem("unexpected argument \"" + std::string(word) + "\"");
    }

    void read_flag(std::string_view argument) {
        if (argument.starts_with("-D")) {
            system_property(argument.substr(2));
            return;
        }
        const auto equals = argument.find('=');
        const auto flag = argument.substr(0, equals);
        const std::size_t dashes = flag.starts_with("--") ? 2 : 1;
        const auto name = flag.substr(dashes);
        std::optional<std::string_view> glued;
        if (equals != std::string_view::npos) glued = argument.substr(equals + 1);

        if (flag == "--help" || flag == "-h" || flag == "-help")
            out_.what = command::help;
        else if (flag == "--version" || flag == "-V" || flag == "-version")
            out_.what = command::version;
        else if (flag == "--config")
            out_.config_file = value_of(flag, glued).value_or("");
        else if (flag == "--set")
            set(value_of(flag, glued));
        else if (flag == "--persist")
            persist(flag, glued);
        else if (flag == "--proxy-to")
            proxy_to(value_of(flag, glued));
        else
            property_flag(flag, name, glued);
    }

    void property_flag(std::string_view flag, std::string_view name, std::optional<std::string_view> glued) {
        const auto row = row_of_flag(name);
        if (row == table.size()) {
            const auto near = nearest_flag(flag);
            problem("unknown flag " + std::string(flag) +
                    (near.empty() ? "" : "; the nearest known one is " + near));
            skip_value_of_unknown(glued.has_value());
            return;
        }
        if (table[row].type != kind::boolean) {
            if (const auto text = value_of(flag, glued)) assign(row, *text, flag);
        } else if (glued) {
            assign(row, *glued, flag);
        } else if (!rest_.empty() && is_value_of_flag(rest_.front())) {
            assign(row, take(), flag);
        } else {
            assign(row, "true", flag);
        }
    }

    /// Whether what follows a flag that needs no value is one. `run` has no operands, so there it can only be
    /// that.
    [[nodiscard]] bool is_value_of_flag(std::string_view word) const {
        if (out_.what == command::run) return !word.starts_with('-');
        return base::equal_ignoring_case(word, "true") || base::equal_ignoring_case(word, "false");
    }

    /// So that its value is not reported as an unexpected argument too.
    void skip_value_of_unknown(bool glued) {
        if (!glued && !rest_.empty() && !rest_.front().starts_with('-')) take();
    }

    std::optional<std::string_view> value_of(std::string_view flag, std::optional<std::string_view> glued) {
        if (glued) return glued;
        // A value may begin with a dash only when it is a negative number.
        const bool is_flag = !rest_.empty() && rest_.front().size() > 1 && rest_.front().front() == '-' &&
                             (rest_.front()[1] < '0' || rest_.front()[1] > '9');
        if (!rest_.empty() && !is_flag) return take();
        problem("flag " + std::string(flag) + ": a value is missing");
        return std::nullopt;
    }

    void assign(std::size_t row, std::string_view text, std::string_view flag) {
        out_.flags.assignments.push_back({std::string(table[row].name), std::string(text),
                                          "flag " + std::string(flag), std::string(flag), row});
    }
    void assign(std::string_view property, std::string_view text, std::string_view flag) {
        assign(find(property), text, flag);
    }

    /// `name=value` of --set, with or without the prefix of the properties file.
    void set(std::optional<std::string_view> pair) {
        if (!pair) return;
        const auto equals = pair->find('=');
        if (equals == std::string_view::npos || equals == 0) {
            problem("flag --set: \"" + std::string(pair->substr(0, equals)) + "\" is not NAME=VALUE");
            return;
        }
        named(pair->substr(0, equals), pair->substr(equals + 1), "flag --set");
    }

    /// The original's `-Dmockserver.name=value`; properties of the Java machine are accepted and named.
    void system_property(std::string_view pair) {
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        if (!name.starts_with("mockserver.")) {
            out_.flags.warnings.push_back("-D" + std::string(name) +
                                          " is a property of Java and has no effect");
            return;
        }
        if (equals == std::string_view::npos) {
            problem("flag -D" + std::string(name) + ": a value is missing");
            return;
        }
        named(name, pair.substr(equals + 1), "flag -D" + std::string(name));
    }

    void named(std::string_view name, std::string_view text, const std::string& where) {
        constexpr std::string_view prefix = "mockserver.";
        const bool prefixed = name.starts_with(prefix);
        source_content one;
        one.assignments.push_back({std::string(prefixed ? name.substr(prefix.size()) : name),
                                   std::string(text), where, std::string(name)});
        resolve(one, prefixed ? prefix : "");
        for (auto& given : one.assignments)
            out_.flags.assignments.push_back(std::move(given));
        for (auto& words : one.problems)
            out_.flags.problems.push_back(std::move(words));
    }

    void persist(std::string_view flag, std::optional<std::string_view> glued) {
        assign("persistExpectations", "true", flag);
        if (!glued && !rest_.empty() && !rest_.front().starts_with('-')) glued = take();
        if (glued) assign("persistedExpectationsPath", *glued, flag);
    }

    /// `host:port`, or an address whose scheme gives the port (core.md 7.3).
    void proxy_to(std::optional<std::string_view> target) {
        if (!target) return;
        auto host = *target;
        std::string_view port;
        bool tls = false;
        const auto refuse = [&] {
            problem(
                "flag --proxy-to: \"" + std::string(*target) +
                "\" is not host:port or http(s)://host[:port]; what a path or a login is for belongs into "
                "proxyPass and the proxyAuthentication properties");
        };
        if (const auto scheme = host.find("://"); scheme != std::string_view::npos) {
            const auto name = base::to_lower(host.substr(0, scheme));
            if (name == "http")
                port = "80";
            else if (name == "https")
                port = "443";
            else
                return refuse();
            tls = name == "https";
            host.remove_prefix(scheme + 3);
            if (host.ends_with('/')) host.remove_suffix(1);
        }
        if (host.find_first_of("/@?#") != std::string_view::npos) return refuse();
        const auto colon = host.rfind(':');
        if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
            port = host.substr(colon + 1);
            host = host.substr(0, colon);
        }
        if (host.empty() || port.empty()) {
            problem("flag --proxy-to: \"" + std::string(*target) +
                    "\" has no port; write host:port or http(s)://host[:port]");
            return;
        }
        assign("proxyRemoteHost", (tls ? "https://" : "") + std::string(host), "--proxy-to");
        assign("proxyRemotePort", port, "--proxy-to");
    }

    std::span<const std::string_view> rest_;
    parsed_arguments out_;
};

} // namespace

std::span<const shorthand> shorthands() {
    return shorthand_table;
}

parsed_arguments read_arguments(std::span<const std::string_view> arguments) {
    return argument_reader(arguments).read();
}

} // namespace mockfleet::config
