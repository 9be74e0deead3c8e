// The readers of each source: they turn text into assignments and know no values.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::config {

/// One `name = value` of a source. `name` is a property, JSON or alias name without the prefix `mockserver.`,
/// or `plugins.<plugin>.<key>`; `as_written` is what the user typed, for messages.
struct assignment {
    std::string name;
    std::string value;
    std::string where; ///< `flag --x`, `FILE:LINE`, `environment variable X`
    std::string as_written;
    std::size_t property = 0; ///< row of the table; table.size() for a plugin's key or an unknown name
};

/// What a source holds; `problems` are whole messages and make the start fail.
struct source_content {
    std::vector<assignment> assignments;
    std::vector<std::string> problems;
    std::vector<std::string> warnings;
};

/// Largest configuration file that is read.
inline constexpr std::size_t largest_file = 1 << 20;

/// Java properties text: comments, continued lines, `\uXXXX`. `file` is the name for messages. Keys carry
/// `mockserver.`.
[[nodiscard]] source_content read_properties(std::string_view text, std::string_view file);

/// YAML or JSON: a flat map of property names, and `plugins` with one map for each plugin.
[[nodiscard]] source_content read_yaml(std::string_view text, std::string_view file);

/// What an environment says. `short_names` are the unprefixed variables of the launcher, weaker than all
/// others.
struct environment_content {
    source_content short_names;
    source_content prefixed;
    std::string config_file; ///< MOCKFLEET_CONFIG
};
[[nodiscard]] environment_content read_environment(std::span<const std::string_view> variables);

/// Fills `property` and names the nearest known key where there is none. `prefix` is put before suggested
/// names.
void resolve(source_content& content, std::string_view prefix);

/// Whether `name` is `plugins.<plugin>.<key>`.
[[nodiscard]] bool is_plugin_key(std::string_view name);

} // namespace mockfleet::config
