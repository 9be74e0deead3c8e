// The life of the server: start in order, serve until told to stop, stop in reverse.
#pragma once

#include "config/config.hpp"

#include <string>

namespace mockfleet::app {

/// `pluginDir`, or the directory that belongs to this program: found beside the executable when the whole
/// tree was moved (an unpacked archive, a staging folder), otherwise where it was configured to be installed.
[[nodiscard]] std::string plugin_directory(const config::settings& settings);

/// Runs the server on the calling thread until a signal or PUT /mockserver/stop. Answers the exit code: 0
/// after a stop, 1 for a failure at run time (a port in use), 78 for a backend that cannot be used.
[[nodiscard]] int serve(const config::command_line& asked);

} // namespace mockfleet::app
