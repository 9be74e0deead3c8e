// Reads the plugin directory.
#include "plugin/installed.hpp"

#include "config/names.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unistd.h>

namespace mockfleet::plugin {

namespace fs = std::filesystem;

namespace {

struct known_backend {
    std::string_view kind;
    std::string_view name;
    std::string_view package;
    std::string_view image_variant; ///< empty = it is in every image
};
constexpr std::array known_backends{
    known_backend{"state", "memory", "mockfleet", ""},
    known_backend{"state", "replicated", "mockfleet-state-replicated", "clustered"},
    known_backend{"blob", "s3", "mockfleet-blob-s3", "cloud"},
    known_backend{"blob", "gcs", "mockfleet-blob-gcs", "cloud"},
    known_backend{"blob", "azure", "mockfleet-blob-azure", "cloud"},
};

std::string remedy_for(std::string_view kind, std::string_view name, const std::vector<std::string>& names) {
    for (const auto& known : known_backends) {
        if (known.kind != kind || known.name != name) continue;
        std::string remedy = "install the package " + std::string(known.package);
        if (!known.image_variant.empty())
            remedy += " or use the image variant \"" + std::string(known.image_variant) + "\"";
        return remedy;
    }
    const auto nearest = config::nearest(name, names);
    if (!nearest.empty()) return "did you mean '" + nearest + "'?";
    if (!is_backend_name(name)) return "name a backend, not a path";
    return "install the plugin, usually the package mockfleet-" + std::string(kind) + "-" + std::string(name);
}

} // namespace

bool is_backend_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::vector<std::string> installed_files(const std::string& plugin_dir, std::string_view kind) {
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& file : fs::directory_iterator(plugin_dir, ignored)) {
        const auto name = file.path().filename().string();
        const bool of_kind =
            (kind != "blob" && name.starts_with("state-")) || (kind != "state" && name.starts_with("blob-"));
        if (of_kind && file.path().extension() == ".so") found.push_back(file.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> installed_names(const std::string& plugin_dir, std::string_view kind) {
    std::vector<std::string> names;
    for (const auto& file : installed_files(plugin_dir, kind)) {
        auto name = fs::path(file).stem().string();
        const auto dash = name.find('-');
        if (is_backend_name(name.substr(dash + 1)) && !not_a_file(file)) names.push_back(std::move(name));
    }
    return names;
}

std::optional<std::string> not_a_file(const std::string& path) {
    std::error_code failure;
    if (fs::is_symlink(fs::symlink_status(path, failure)) && !fs::exists(path, failure))
        return "a symbolic link to " + fs::read_symlink(path, failure).string() + ", which does not exist";
    const auto status = fs::status(path, failure);
    if (!fs::exists(status)) return "no such file";
    if (fs::is_directory(status)) return "a directory";
    if (!fs::is_regular_file(status)) return "neither a file nor a link to one";
    if (::access(path.c_str(), R_OK) != 0) return "a file that cannot be read";
    return std::nullopt;
}

refusal missing(const std::string& plugin_dir, std::string_view kind, std::string_view name) {
    std::vector<std::string> names;
    std::string list;
    for (const auto& installed : installed_names(plugin_dir, kind)) {
        names.push_back(installed.substr(kind.size() + 1));
        list += (list.empty() ? "" : ", ") + names.back();
    }
    const auto plugin = std::string(kind) + "-" + std::string(name);
    return {plugin, "find", "not found as " + (fs::absolute(plugin_dir) / (plugin + ".so")).string(),
            "an installed " + std::string(kind) + " backend, installed: " + (list.empty() ? "none" : list),
            remedy_for(kind, name, names)};
}

} // namespace mockfleet::plugin
