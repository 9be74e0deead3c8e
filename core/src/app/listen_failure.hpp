// Why the server cannot listen, in the words of an operator's settings.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"

#include <string>

namespace mockfleet::app {

/// One line from what http::server::bind answered for the ports of `settings`: address, port, cause and the
/// setting to change.
[[nodiscard]] std::string listen_failure(const config::settings& settings, const base::error& failure);

} // namespace mockfleet::app
