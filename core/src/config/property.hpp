// One row of the configuration table: what a property is called, accepts, does and whether this version
// honours it.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace mockfleet::config {

/// What a property's text means. `millis` and `bytes` also take a unit (`30s`, `256m`); `list` is separated
/// by commas; `map` is `name=value` pairs separated by commas; `json` is a JSON document; `secret` is text
/// never shown.
enum class kind : std::uint8_t {
    boolean,
    integer,
    decimal,
    millis,
    bytes,
    text,
    choice,
    list,
    map,
    json,
    secret
};

/// Whether this version honours the property. `later`: its feature is not built yet, so a value other than
/// the default is named in a start-up warning. `without_effect`: it belongs to the original's run time; named
/// once.
enum class standing : std::uint8_t { active, later, without_effect };

/// Aggregate so that the table is constexpr; the functions below build it. The setters return a changed copy.
struct property {
    std::string_view name; ///< as in the properties file and the YAML file, without prefix
    kind type = kind::text;
    const char* fallback = ""; ///< the default as text; "" = unset
    const char* help = "";     ///< one sentence for --help, the manual page and docs/configuration.md
    std::int64_t least =
        0; ///< bounds of integer, millis and bytes, and of a list's elements when `most` is set
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::string_view choices = {};  ///< accepted values of a choice, separated by '|', compared without case
    std::string_view synonyms = {}; ///< "other=canonical|..."; a text that has them is kept in lower case
    std::string_view variable = {}; ///< irregular environment variable; otherwise derived from the name
    std::string_view json = {};  ///< name in /mockserver/configuration when it differs; accepted everywhere
    std::string_view alias = {}; ///< another accepted name
    standing state = standing::active;
    bool environment_first =
        false;               ///< the environment beats the files; elsewhere the files beat it (core.md 7.2)
    bool at_runtime = false; ///< a change by PUT /mockserver/configuration takes effect at once
    bool own = false;        ///< an addition of mockfleet; absent from the original's configuration document
    bool null_if_unset = false; ///< left out of the configuration document while empty
    bool guards = false; ///< `later`, and to serve without it would leave open what it is to protect: refused
    std::string_view backend = {}; ///< the state backend that a value is passed on to, under the same name
    std::string_view blob_stores = {}; ///< the same of blob stores, separated by '|'

    [[nodiscard]] constexpr property within(std::int64_t from, std::int64_t to) const {
        property p = *this;
        p.least = from;
        p.most = to;
        return p;
    }
    [[nodiscard]] constexpr property environment(std::string_view spelling) const {
        property p = *this;
        p.variable = spelling;
        return p;
    }
    [[nodiscard]] constexpr property json_name(std::string_view spelling) const {
        property p = *this;
        p.json = spelling;
        return p;
    }
    [[nodiscard]] constexpr property also(std::string_view spelling) const {
        property p = *this;
        p.alias = spelling;
        return p;
    }
    [[nodiscard]] constexpr property synonym(std::string_view pairs) const {
        property p = *this;
        p.synonyms = pairs;
        return p;
    }
    [[nodiscard]] constexpr property launch() const {
        property p = *this;
        p.environment_first = true;
        return p;
    }
    [[nodiscard]] constexpr property ours() const {
        property p = *this;
        p.own = true;
        return p;
    }
    [[nodiscard]] constexpr property nullable() const {
        property p = *this;
        p.null_if_unset = true;
        return p;
    }
    [[nodiscard]] constexpr property of_backend(std::string_view plugin) const {
        property p = *this;
        p.backend = plugin;
        return p;
    }
    [[nodiscard]] constexpr property of_blobs(std::string_view plugins) const {
        property p = *this;
        p.blob_stores = plugins;
        return p;
    }
    [[nodiscard]] constexpr property live() const {
        property p = *this;
        p.at_runtime = true;
        return p;
    }
    [[nodiscard]] constexpr property later() const {
        property p = *this;
        p.state = standing::later;
        return p;
    }
    [[nodiscard]] constexpr property later_guard() const {
        property p = later();
        p.guards = true;
        return p;
    }
    [[nodiscard]] constexpr property without_effect() const {
        property p = *this;
        p.state = standing::without_effect;
        return p;
    }
};

constexpr property boolean(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::boolean, .fallback = fallback, .help = help};
}
constexpr property integer(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::integer, .fallback = fallback, .help = help};
}
constexpr property decimal(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::decimal, .fallback = fallback, .help = help};
}
constexpr property millis(std::string_view name, const char* fallback, const char* help) {
    constexpr std::int64_t century = 3'155'760'000'000; // so that nanoseconds fit 64 bits
    return {.name = name, .type = kind::millis, .fallback = fallback, .help = help, .most = century};
}
constexpr property bytes(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::bytes, .fallback = fallback, .help = help};
}
constexpr property text(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::text, .fallback = fallback, .help = help};
}
constexpr property choice(std::string_view name, std::string_view choices, const char* fallback,
                          const char* help) {
    return {.name = name, .type = kind::choice, .fallback = fallback, .help = help, .choices = choices};
}
constexpr property list(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::list, .fallback = fallback, .help = help};
}
constexpr property map(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::map, .fallback = fallback, .help = help};
}
constexpr property json_text(std::string_view name, const char* fallback, const char* help) {
    return {.name = name, .type = kind::json, .fallback = fallback, .help = help};
}
constexpr property secret(std::string_view name, const char* help) {
    return {.name = name, .type = kind::secret, .fallback = "", .help = help};
}

} // namespace mockfleet::config
