// Finds the plugins that belong to this executable.
#include "app/install_paths.hpp"
#include "app/lifecycle.hpp"

#include <filesystem>
#include <system_error>

namespace mockfleet::app {

std::string plugin_directory(const config::settings& settings) {
    if (settings.has("pluginDir")) return settings.text("pluginDir");
    namespace fs = std::filesystem;
    std::error_code failure;
    const auto executable = fs::read_symlink("/proc/self/exe", failure);
    if (!failure) {
        const auto beside =
            (executable.parent_path() / fs::path(plugin_install_directory).lexically_relative(bin_directory))
                .lexically_normal();
        if (fs::is_directory(beside, failure)) return beside.string();
    }
    return plugin_install_directory;
}

} // namespace mockfleet::app
