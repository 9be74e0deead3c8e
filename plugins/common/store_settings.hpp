// The settings that stores of all services have, checked.
#pragma once

#include <mockfleet/plugin.hpp>

#include <string>

namespace mockfleet::common {

struct store_settings {
    std::string key_prefix;
    std::string ca_file;
    bool probe = true;
    bool create_if_missing = false;
};

/// Throws plugin::failure (MF_INVALID).
[[noreturn]] void refuse(const std::string& what);

/// Throws plugin::failure (MF_INVALID) for an authority file that cannot be read.
void read_store_settings(store_settings& made, const plugin::config& given);

} // namespace mockfleet::common
