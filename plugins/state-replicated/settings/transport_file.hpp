// clusterTransportConfig: a YAML file with the fleet's settings, or a JGroups stack whose addresses are taken
// over.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// Settings by name, each with its items; a scalar has one.
using setting_map = std::map<std::string, std::vector<std::string>>;

/// What the file sets. Throws plugin::failure (MF_INVALID) when it cannot be read or understood. `known`
/// tells the names of settings: the file may leave out their "cluster" ("seeds" for "clusterSeeds").
[[nodiscard]] setting_map read_transport_file(const std::string& path, const std::vector<std::string>& known,
                                              std::vector<std::string>& warnings);

/// The same for a text; `path` is for messages.
[[nodiscard]] setting_map read_transport_text(std::string_view text, const std::string& path,
                                              const std::vector<std::string>& known,
                                              std::vector<std::string>& warnings);

} // namespace mockfleet::replicated
