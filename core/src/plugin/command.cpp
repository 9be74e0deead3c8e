// Prints what check.cpp found out.
#include "plugin/command.hpp"

#include "plugin/check.hpp"
#include "plugin/installed.hpp"

#include <cstdio>
#include <filesystem>

namespace mockfleet::plugin {

namespace {

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

int command(std::span<const std::string_view> arguments, std::string_view plugin_dir) {
    if (arguments.size() == 1 && arguments[0] == "list") {
        std::fputs(list(std::string(plugin_dir)).c_str(), stdout);
        return 0;
    }
    if (arguments.size() != 2 || arguments[0] != "describe") {
        std::fputs("usage: mockfleet plugin list | mockfleet plugin describe FILE\n", stderr);
        return exit_usage;
    }
    std::string path(arguments[1]);
    if (path.find('/') == std::string::npos && !std::filesystem::exists(path)) {
        path = (std::filesystem::path(plugin_dir) / (path + ".so")).string();
    }
    const auto described = describe_file(std::filesystem::absolute(path).string());
    if (!described) {
        std::fprintf(stderr, "%s\n", described.error().message.c_str());
        return exit_refused;
    }
    std::fputs(described->c_str(), stdout);
    return 0;
}

} // namespace mockfleet::plugin
