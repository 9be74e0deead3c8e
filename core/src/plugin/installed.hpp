// What stands in the plugin directory, and which package or image variant brings what does not.
#pragma once

#include "plugin/check.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::plugin {

/// Lower-case letters, digits, '-' and '_': so a name never leaves the plugin directory.
[[nodiscard]] bool is_backend_name(std::string_view name);

/// The files of the directory that are named <kind>-<name>.so, sorted; of both kinds when `kind` is empty.
[[nodiscard]] std::vector<std::string> installed_files(const std::string& plugin_dir, std::string_view kind);

/// The refusal of a backend that is not installed.
[[nodiscard]] refusal missing(const std::string& plugin_dir, std::string_view kind, std::string_view name);

} // namespace mockfleet::plugin
