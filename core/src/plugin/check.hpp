// The checks of a plugin's file before anything in it is called, and the one line that a refusal becomes.
#pragma once

#include "base/error.hpp"

#include <mockfleet/blob.h>
#include <mockfleet/state.h>

#include <span>
#include <string>
#include <string_view>

namespace mockfleet::plugin {

/// Why a plugin is not used. Printed as `file: step: found; wanted: ...; remedy: ...`; what is empty is left
/// out, as where the plugin's own words say it.
struct refusal {
    std::string file;
    std::string step;
    std::string found;
    std::string wanted;
    std::string remedy;
};

[[nodiscard]] base::error to_error(const refusal& why, base::errc code = base::errc::invalid);

/// A plugin that passed the checks. The tables are the host's own copies, zero behind what the plugin has.
struct checked_plugin {
    std::string file;
    mf_plugin descriptor{};
    bool has_state = false;
    bool has_blob = false;
    mf_state_ops state{};
    mf_blob_ops blob{};

    [[nodiscard]] std::span<const mf_config_key> keys() const {
        return {descriptor.keys, descriptor.key_count};
    }
};

/// Loads the file and checks, in this order: symbol, size, version, name against the file's, calls, declared
/// keys. Calls nothing in it. The loaded file stays in the process in any case.
[[nodiscard]] base::result<checked_plugin> load_and_check(const std::string& path);

/// The same checks of a store that is part of the program, under the name that its descriptor gives.
[[nodiscard]] base::result<checked_plugin> check_built_in(const mf_plugin& descriptor);

/// load_and_check() for <plugin_dir>/<kind>-<name>.so, kind being "state" or "blob"; when there is none, the
/// line also tells what is installed and what brings the missing one.
[[nodiscard]] base::result<checked_plugin> find_and_check(const std::string& plugin_dir,
                                                          std::string_view kind, std::string_view name);

} // namespace mockfleet::plugin
