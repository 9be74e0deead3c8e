// `mockfleet plugin list` and `mockfleet plugin describe FILE`.
#pragma once

#include "base/error.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mockfleet::plugin {

/// What a plugin's file offers: name, version, calls, keys. Opens no instance. The error is the line of the
/// refusal.
[[nodiscard]] base::result<std::string> describe_file(const std::string& path);

/// One line per plugin of the directory; those that cannot be used with the line of their refusal.
[[nodiscard]] std::string list(const std::string& plugin_dir);

/// Runs the command line behind `plugin` and prints: {"list"} or {"describe", FILE}, where FILE may also be
/// the name of an installed plugin ("state-memory"). Answers the exit code: 0, 2 for a wrong command line, 78
/// for a plugin that is refused.
[[nodiscard]] int command(std::span<const std::string_view> arguments, std::string_view plugin_dir);

} // namespace mockfleet::plugin
