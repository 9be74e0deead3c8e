// The pages generated from the table: --help, docs/configuration.md, mockfleet(1), the commented default
// configuration.
#include "config/config.hpp"

#include "base/ascii.hpp"
#include "base/log_ids.hpp"
#include "config/arguments.hpp"
#include "config/doc_directory.hpp"
#include "config/names.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <span>

namespace mockfleet::config {

namespace {

struct command_words {
    std::string_view usage;
    std::string_view help;
};
constexpr command_words commands[] = {
    {"[run] [FLAGS]", "serve until a signal or the stop call ends it"},
    {"plugin list", "name the backend plugins that are installed"},
    {"plugin describe FILE|NAME", "show what a plugin is and which keys it takes"},
    {"version", "print the version"},
    {"help", "print the flags"},
};

constexpr std::string_view precedence[] = {
    "a change by `PUT /mockserver/configuration` while the server runs",
    "command line",
    "properties file and YAML file (equal rank: naming one property in both with different values is an "
    "error)",
    "environment variable (but `serverPort`, `logLevel`, `proxyRemoteHost` and `proxyRemotePort` from the "
    "environment beat the "
    "files)",
    "default",
};

struct exit_code {
    std::string_view number;
    std::string_view meaning;
};
constexpr exit_code exit_codes[] = {
    {"0", "stopped as asked"},
    {"1", "failed while running"},
    {"2", "bad arguments"},
    {"78", "bad configuration, or a backend plugin that cannot be used"},
};

std::string_view type_word(const property& about) {
    switch (about.type) {
    case kind::boolean:
        return "BOOL";
    case kind::integer:
        return "NUMBER";
    case kind::decimal:
        return "DECIMAL";
    case kind::millis:
        return "TIME";
    case kind::bytes:
        return "SIZE";
    case kind::choice:
        return "WORD";
    case kind::list:
        return "LIST";
    case kind::map:
        return "PAIRS";
    case kind::json:
        return "JSON";
    case kind::text:
    case kind::secret:
        break;
    }
    return "TEXT";
}

/// Calls `each` with the title and the rows of every group.
template <class Each>
void for_each_group(Each each) {
    std::size_t first = 0;
    for (const auto& g : groups) {
        each(g.title, std::span(table).subspan(first, g.count));
        first += g.count;
    }
}

bool any(std::span<const property> rows, standing state) {
    return std::any_of(rows.begin(), rows.end(), [&](const property& row) { return row.state == state; });
}

std::string choices_in_words(const property& about) {
    return about.type == kind::choice
               ? " One of " + wanted_by(about).substr(std::string_view("one of ").size()) + "."
               : "";
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width)
        text.append(width - text.size(), ' ');
    else
        text += ' ';
    return text;
}

/// Troff takes a backslash, a leading dot or quote, and a hyphen for its own.
std::string troff(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (c == '\\')
            made += "\\e";
        else if (c == '-')
            made += "\\-";
        else if (c == '`')
            made += '\'';
        else
            made += c;
    }
    if (made.starts_with('.') || made.starts_with('\'')) made.insert(0, "\\&");
    return made;
}

std::string yaml_scalar(const property& about) {
    const std::string_view text = about.fallback;
    const bool is_text = about.type == kind::text || about.type == kind::secret || about.type == kind::json;
    if (text.empty()) return about.type == kind::list ? "[]" : "\"\"";
    if (about.type == kind::list) return "[" + std::string(text) + "]";
    return is_text ? "\"" + std::string(text) + "\"" : std::string(text);
}

} // namespace

std::string help_text() {
    constexpr std::size_t column = 46;
    std::string page = "mockfleet is a mock server that speaks MockServer's API.\n\n";
    for (const auto& c : commands)
        page += (&c == commands ? "usage: mockfleet " : "       mockfleet ") +
                padded(std::string(c.usage), 24) + std::string(c.help) + "\n";
    page += "\nshorthands\n";
    for (const auto& s : shorthands())
        page += padded("  " + std::string(s.flag) + (s.operand.empty() ? "" : " ") + std::string(s.operand),
                       column) +
                std::string(s.help) + "\n";
    page += padded("  -h, --help", column) + "print this text\n" + padded("  -V, --version", column) +
            "print the version\n";
    for_each_group([&](std::string_view title, std::span<const property> rows) {
        if (!any(rows, standing::active)) return;
        page += "\n" + base::to_lower(title) + "\n";
        for (const auto& row : rows) {
            if (row.state != standing::active) continue;
            page += padded("  --" + flag_name(row) + " " + std::string(type_word(row)), column) + row.help;
            if (*row.fallback != '\0') page += " [" + std::string(row.fallback) + "]";
            page += "\n";
        }
    });
    page += "\nEvery flag is also written --flag=VALUE, -camelCase VALUE (-serverPort 1080) or "
            "-Dmockserver.camelCase=VALUE, and\n"
            "is an environment variable (MOCKSERVER_SERVER_PORT) and a key of the configuration files. All "
            "properties:\n"
            "mockfleet(1) and " +
            std::string(doc_directory) + "/configuration.md.\n";
    return page;
}

std::string reference_markdown() {
    std::string page = "# Configuration\n\n"
                       "<!-- Generated from the table in core/src/config by `make docs`; do not edit. -->\n\n"
                       "Every property has one name, written in four ways:\n\n"
                       "| Source | Example |\n| --- | --- |\n"
                       "| flag | `--server-port 1080`, `--server-port=1080`, `-serverPort 1080`, "
                       "`-Dmockserver.serverPort=1080`, "
                       "`--set serverPort=1080` |\n"
                       "| environment | `MOCKSERVER_SERVER_PORT=1080` |\n"
                       "| properties file | `mockserver.serverPort=1080` |\n"
                       "| YAML or JSON file | `serverPort: 1080` |\n\n"
                       "From strongest to weakest:\n\n";
    std::size_t number = 0;
    for (const auto line : precedence)
        page += std::to_string(++number) + ". " + std::string(line) + "\n";
    page +=
        "\nThe properties file is `mockserver.properties` in the working directory, or the one named by "
        "`--property-file`, "
        "`MOCKSERVER_PROPERTY_FILE` or `-Dmockserver.propertyFile`; a name that ends in `.json` is read as a "
        "flat JSON object. "
        "The YAML file is named by `--config FILE` or `MOCKFLEET_CONFIG`. Besides properties it may hold the "
        "settings of "
        "backend plugins:\n\n"
        "```yaml\nserverPort: 1080\nplugins:\n  state-example:\n    peers: [one, two]\n```\n\n"
        "(the same on the command line: `--set plugins.state-example.peers.0=one`). `mockfleet plugin "
        "describe FILE` lists "
        "the keys that a plugin takes.\n\n"
        "Double quotes around a value are removed. Times are milliseconds or carry a unit (`500`, `30s`, "
        "`5m`, `1h`), sizes are "
        "bytes or carry a unit (`65536`, `64k`, `256m`, `1g`), lists are separated by commas. `SERVER_PORT`, "
        "`LOG_LEVEL`, "
        "`PROXY_REMOTE_HOST` and `PROXY_REMOTE_PORT` are read too, after the variables with the prefix.\n\n"
        "A key that is not in this page ends the start with a message that names the nearest one, and so "
        "does a value that "
        "does not parse. Variables that Kubernetes and Docker derive from services "
        "(`MOCKSERVER_SERVICE_HOST`, "
        "`MOCKSERVER_PORT_1080_TCP`, ...) are left alone. Properties marked *not in this version* are "
        "accepted; when one is "
        "set to anything but its default, a warning at start names it.\n\n"
        "## Command line\n\n```\n";
    for (const auto& c : commands)
        page += "mockfleet " + padded(std::string(c.usage), 24) + std::string(c.help) + "\n";
    page += "```\n\n| Shorthand | Meaning |\n| --- | --- |\n";
    for (const auto& s : shorthands())
        page += "| `" + std::string(s.flag) + (s.operand.empty() ? "" : " ") + std::string(s.operand) +
                "` | " + std::string(s.help) + " |\n";
    page += "\n| Exit code | Meaning |\n| --- | --- |\n";
    for (const auto& e : exit_codes)
        page += "| " + std::string(e.number) + " | " + std::string(e.meaning) + " |\n";

    for_each_group([&](std::string_view title, std::span<const property> rows) {
        page += "\n## " + std::string(title) + "\n";
        if (any(rows, standing::active) || any(rows, standing::later)) {
            page += "\n| Property | Type | Default | Environment variable | Meaning |\n| --- | --- | --- | "
                    "--- | --- |\n";
            for (const auto& row : rows) {
                if (row.state == standing::without_effect) continue;
                page += "| `" + std::string(row.name) + "` | " + base::to_lower(type_word(row)) + " | " +
                        (*row.fallback == '\0' ? "" : "`" + std::string(row.fallback) + "`") + " | `" +
                        environment_name(row) + "` | " + row.help + choices_in_words(row);
                if (!row.json.empty()) page += " Also `" + std::string(row.json) + "`.";
                if (!row.alias.empty()) page += " Also `" + std::string(row.alias) + "`.";
                if (row.state == standing::later)
                    page += row.guards ? " *Not in this version: a start with it fails.*"
                                       : " *Not in this version.*";
                else if (row.at_runtime)
                    page += " Can be changed at run time.";
                page += " |\n";
            }
        }
        if (!any(rows, standing::without_effect)) return;
        page += "\nAccepted, but without a meaning in this server:";
        bool first = true;
        for (const auto& row : rows) {
            if (row.state != standing::without_effect) continue;
            page += (first ? " `" : ", `") + std::string(row.name) + "`";
            first = false;
        }
        page += ".\n";
    });
    return page;
}

std::string manual_page(std::string_view version) {
    std::string page =
        ".\\\" Generated from the table in core/src/config.\n.TH MOCKFLEET 1 \"\" \"mockfleet " +
        std::string(version) +
        "\" \"User Commands\"\n.SH NAME\nmockfleet \\- a mock server that speaks MockServer's API\n.SH "
        "SYNOPSIS\n";
    for (const auto& c : commands)
        page += (&c == commands ? ".B mockfleet\n" : ".br\n.B mockfleet\n") + troff(c.usage) + "\n";
    page += ".SH DESCRIPTION\nServes HTTP answers that clients define through a REST interface, records the "
            "requests that arrive, "
            "and verifies them.\n.SH COMMANDS\n";
    for (const auto& c : commands)
        page += ".TP\n.B " + troff(c.usage) + "\n" + troff(c.help) + "\n";
    page += ".SH SHORTHANDS\n";
    for (const auto& s : shorthands())
        page += ".TP\n.B " + troff(s.flag) + (s.operand.empty() ? "" : " ") + troff(s.operand) + "\n" +
                troff(s.help) + "\n";
    page += ".SH SOURCES\nA property named serverPort is set by the flag\n.BR \\-\\-server\\-port ,\nthe "
            "environment variable\n"
            ".BR MOCKSERVER_SERVER_PORT ,\nthe key mockserver.serverPort of a properties file or serverPort "
            "of a YAML file. From "
            "strongest to weakest:\n";
    for (const auto line : precedence)
        page += ".IP \\(bu 2\n" + troff(line) + "\n";
    for_each_group([&](std::string_view title, std::span<const property> rows) {
        if (!any(rows, standing::active) && !any(rows, standing::later)) return;
        std::string heading(title);
        std::transform(heading.begin(), heading.end(), heading.begin(), [](unsigned char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : static_cast<char>(c);
        });
        page += ".SH " + troff(heading) + "\n";
        for (const auto& row : rows) {
            if (row.state == standing::without_effect) continue;
            page += ".TP\n.BI \\-\\-" + troff(flag_name(row)) + " \" " + std::string(type_word(row)) +
                    "\"\n" + troff(row.help) + troff(choices_in_words(row));
            if (*row.fallback != '\0') page += " Default: " + troff(row.fallback) + ".";
            if (!row.variable.empty()) page += " Environment: " + std::string(row.variable) + ".";
            if (row.state == standing::later)
                page += row.guards ? " Not in this version: a start with it fails." : " Not in this version.";
            page += "\n";
        }
    });
    page += ".SH EXIT STATUS\n";
    for (const auto& e : exit_codes)
        page += ".TP\n.B " + std::string(e.number) + "\n" + troff(e.meaning) + "\n";
    page += ".SH DIAGNOSTICS\nLog lines end in one of these names.\n";
    for (const auto& id : base::log::log_ids)
        page += ".TP\n.B " + troff(id.id) + "\n" + troff(id.meaning) + "\n";
    page +=
        ".SH FILES\n.TP\n.I mockserver.properties\nread from the working directory when it is there\n.TP\n"
        ".I /etc/mockfleet/mockfleet.yaml\nused by the systemd unit\n.TP\n.I " +
        troff(doc_directory) + "\nthe documents, configuration.md among them, and examples\n";
    return page;
}

std::string commented_yaml() {
    std::string page = "# Configuration of mockfleet. A line that begins with # and a name shows a default; "
                       "remove the # to change it.\n"
                       "# All properties: mockfleet(1).\n\n";
    for_each_group([&](std::string_view title, std::span<const property> rows) {
        if (!any(rows, standing::active)) return;
        page += "# " + std::string(title) + "\n\n";
        for (const auto& row : rows) {
            // The file cannot name the file that is read beside it.
            if (row.state != standing::active || row.name == "propertyFile") continue;
            page += "# " + std::string(row.help) + choices_in_words(row) + "\n";
            page += row.name == "serverPort" ? "serverPort: 1080\n\n"
                                             : "#" + std::string(row.name) + ": " + yaml_scalar(row) + "\n\n";
        }
    });
    page += "# Settings of backend plugins: one map for each, with the keys that `mockfleet plugin describe` "
            "lists.\n"
            "#plugins:\n#  state-memory:\n#    key: value\n";
    return page;
}

} // namespace mockfleet::config
