// Opens a plugin's file and finds its descriptor: the only place that includes Boost.DLL.
#pragma once

#include <mockfleet/abi.h>

#include <cstdint>
#include <string>

namespace mockfleet::plugin {

/// What opening a file gave. `descriptor` is null when the file is no plugin of this ABI's major version:
/// then either `problem` holds the dynamic linker's words, or `other_major` the major version that the plugin
/// was built for, 0 = it is not a mockfleet plugin at all.
struct library {
    const mf_plugin* descriptor = nullptr;
    std::string problem;
    std::uint32_t other_major = 0;
};

/// Binds all symbols at once and keeps them local. The file stays loaded for the life of the process,
/// whatever it is.
[[nodiscard]] library open_library(const std::string& path);

} // namespace mockfleet::plugin
