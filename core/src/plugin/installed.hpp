// What stands in the plugin directory, and which package or image variant brings what does not.
#pragma once

#include "plugin/check.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::plugin {

/// Lower-case letters, digits, '-' and '_': so a name never leaves the plugin directory.
[[nodiscard]] bool is_backend_name(std::string_view name);

/// Why there is no file to load at `path`: nothing there, a link that leads nowhere, a directory, unreadable.
[[nodiscard]] std::optional<std::string> not_a_file(const std::string& path);

/// What stands in the directory as <kind>-<name>.so, usable or not, sorted; of both kinds when `kind` is
/// empty.
[[nodiscard]] std::vector<std::string> installed_files(const std::string& plugin_dir, std::string_view kind);

/// Those of installed_files that are files and whose name can be given, without `.so`.
[[nodiscard]] std::vector<std::string> installed_names(const std::string& plugin_dir, std::string_view kind);

/// The refusal of a backend that is not installed.
[[nodiscard]] refusal missing(const std::string& plugin_dir, std::string_view kind, std::string_view name);

} // namespace mockfleet::plugin
