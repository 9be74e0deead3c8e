// What of the settings forwarding cannot work with: found before they are used, not at the first request.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mockfleet::config {
class settings;
} // namespace mockfleet::config

namespace mockfleet::app {

/// One sentence for each, with the name of the property. Reads the files that the settings name.
[[nodiscard]] std::vector<std::string> forward_problems(const config::settings& settings);

/// Of a change while the server runs: what was wrong before is not held against it, and a port that is left
/// over when a host is taken back does no harm. nullopt: nothing is wrong.
[[nodiscard]] std::optional<std::string> check_forward_change(const config::settings& before,
                                                              const config::settings& after);

} // namespace mockfleet::app
