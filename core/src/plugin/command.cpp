// Prints what check.cpp found out.
#include "plugin/command.hpp"

#include "config/names.hpp"
#include "plugin/check.hpp"
#include "plugin/installed.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace mockfleet::plugin {

namespace {

namespace fs = std::filesystem;

constexpr int exit_usage = 2;
constexpr int exit_refused = 78;

const char* calls_text(mf_calls calls) {
    if (calls == MF_CALLS_NONBLOCKING) return "non-blocking";
    return calls == MF_CALLS_PARALLEL ? "blocking, several at once" : "blocking, one at a time";
}

void add_call(std::string& text, const char* name, bool present) {
    if (present) text += std::string(" ") + name;
}

std::string calls_of(const mf_state_ops& ops) {
    std::string text = "state: " + std::string(calls_text(ops.calls)) + "; calls:";
    add_call(text, "start", ops.start != nullptr);
    add_call(text, "stop", ops.stop != nullptr);
    text += " get put remove scan clear";
    add_call(text, "batch", ops.batch != nullptr);
    add_call(text, "add", ops.add != nullptr);
    add_call(text, "peers", ops.peers != nullptr);
    add_call(text, "describe", ops.describe != nullptr);
    return text + "\n";
}

std::string calls_of(const mf_blob_ops& ops) {
    std::string text = "blob: " + std::string(calls_text(ops.calls)) + "; calls:";
    add_call(text, "start", ops.start != nullptr);
    add_call(text, "stop", ops.stop != nullptr);
    return text + " get put list remove\n";
}

std::string key_line(const mf_config_key& key) {
    std::string line = std::string("  ") + key.name + " (" + key.type + ", ";
    if (key.fallback == nullptr)
        line += "required";
    else
        line += *key.fallback == '\0' ? "optional" : std::string("default ") + key.fallback;
    return line + "): " + key.help + "\n";
}

} // namespace

base::result<std::string> describe_file(const std::string& path) {
    const auto checked = load_and_check(path);
    if (!checked) return checked.error();
    const auto& about = checked->descriptor;
    std::string text = std::string("name: ") + about.name + "\nversion: " + about.version +
                       "\nsummary: " + about.summary + "\nfile: " + path + "\nabi: built with " +
                       std::to_string(MF_ABI_MAJOR) + "." + std::to_string(about.abi_minor) + ", needs " +
                       std::to_string(MF_ABI_MAJOR) + "." + std::to_string(about.min_host_minor) +
                       ", this mockfleet speaks " + std::to_string(MF_ABI_MAJOR) + "." +
                       std::to_string(MF_ABI_MINOR) + "\n";
    if (checked->has_state) text += calls_of(checked->state);
    if (checked->has_blob) text += calls_of(checked->blob);
    text += checked->keys().empty() ? "keys: none\n" : "keys:\n";
    for (const auto& key : checked->keys())
        text += key_line(key);
    return text;
}

std::string list(const std::string& plugin_dir) {
    std::string text;
    for (const auto& file : installed_files(plugin_dir, {})) {
        const auto checked = load_and_check(file);
        if (!checked) {
            text += "refused: " + checked.error().message + "\n";
            continue;
        }
        const auto& about = checked->descriptor;
        text += std::string(about.name) + " " + about.version + ": " + about.summary + "\n";
    }
    return text.empty() ? "no plugins in " + plugin_dir + "\n" : text;
}

namespace {

/// A path, or the name of an installed plugin: `state-memory`, or `memory` where one kind only has it.
base::result<std::string> file_of(std::string_view given, const std::string& plugin_dir) {
    const std::string name(given);
    std::error_code ignored;
    if (name.find('/') != std::string::npos || fs::is_regular_file(name, ignored))
        return fs::absolute(name).string();
    const auto directory = fs::absolute(plugin_dir);
    const auto exact = directory / (name + ".so");
    if (fs::symlink_status(exact, ignored).type() != fs::file_type::not_found) return exact.string();
    const auto installed = installed_names(plugin_dir, {});
    std::vector<std::string> meant;
    std::vector<std::string> known = installed;
    std::string list;
    for (const auto& one : installed) {
        known.push_back(one.substr(one.find('-') + 1));
        if (known.back() == name) meant.push_back(one);
        list += (list.empty() ? "" : ", ") + one;
    }
    if (meant.size() == 1) return (directory / (meant.front() + ".so")).string();
    if (meant.size() > 1) {
        return to_error({name, "find", "both " + meant.front() + " and " + meant.back(), "one of them",
                         "give its whole name"});
    }
    const auto near = config::nearest(name, known);
    return to_error({name, "find", "not found as " + exact.string(),
                     "a file, or an installed plugin: " + (list.empty() ? "none" : list),
                     near.empty() ? "name one of these, or a path" : "did you mean '" + near + "'?"},
                    base::errc::not_found);
}

} // namespace

int command(std::span<const std::string_view> arguments, std::string_view plugin_dir) {
    if (arguments.size() == 1 && arguments[0] == "list") {
        std::fputs(list(std::string(plugin_dir)).c_str(), stdout);
        return 0;
    }
    if (arguments.size() != 2 || arguments[0] != "describe") {
        std::fputs("usage: mockfleet plugin list | mockfleet plugin describe FILE|NAME\n", stderr);
        return exit_usage;
    }
    const auto path = file_of(arguments[1], std::string(plugin_dir));
    const auto described = path ? describe_file(*path) : base::result<std::string>(path.error());
    if (!described) {
        std::fprintf(stderr, "%s\n", described.error().message.c_str());
        return exit_refused;
    }
    std::fputs(described->c_str(), stdout);
    return 0;
}

} // namespace mockfleet::plugin
