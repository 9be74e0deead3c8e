// Each check is one function; load_and_check runs them in order.
#include "plugin/check.hpp"

#include "plugin/elf_file.hpp"
#include "plugin/installed.hpp"
#include "plugin/library.hpp"
#include "plugin/settings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>

namespace mockfleet::plugin {

namespace {

constexpr auto tell_author_of_default =
    "tell the plugin's author, who corrects the default in the descriptor";
constexpr auto rebuild =
    "install the version of this plugin that was built for this mockfleet, or rebuild it";

std::string version_text(std::uint32_t minor) {
    return std::to_string(MF_ABI_MAJOR) + "." + std::to_string(minor);
}

/// Copies as much of a growable struct as the plugin has and this program knows; the rest reads as zero.
template <class Struct>
Struct copy_of(const Struct& theirs) {
    Struct mine{};
    std::memcpy(static_cast<void*>(&mine), &theirs,
                std::min<std::size_t>(sizeof(Struct), theirs.struct_size));
    return mine;
}

/// Whatever cannot even be handed to the dynamic linker.
std::optional<refusal> check_file(const std::string& path) {
    if (const auto why = not_a_file(path)) {
        return refusal{path, "find", *why, "the file of a plugin",
                       "name the plugin's file, or install the plugin again"};
    }
    if (const auto partial = incomplete_elf(path)) {
        return refusal{path, "load", "the file ends after " + std::to_string(partial->size) + " bytes",
                       "all " + std::to_string(partial->wanted) + " bytes that its header names",
                       "copy or install the plugin again"};
    }
    return std::nullopt;
}

std::optional<refusal> check_symbol(const std::string& path, const library& opened) {
    if (!opened.problem.empty()) {
        return refusal{path, "load", opened.problem, "a shared object whose libraries are all there",
                       "install what the message names, or reinstall the plugin"};
    }
    if (opened.descriptor != nullptr) return std::nullopt;
    if (opened.other_major != 0) {
        return refusal{path, "symbol", "built for ABI " + std::to_string(opened.other_major),
                       "ABI " + std::to_string(MF_ABI_MAJOR), rebuild};
    }
    return refusal{path, "symbol", "not a mockfleet plugin",
                   "the symbol mf_plugin_v" + std::to_string(MF_ABI_MAJOR),
                   "remove the file from the plugin directory, or define the plugin with MF_PLUGIN"};
}

std::optional<refusal> check_descriptor(const std::string& path, const mf_plugin& theirs) {
    constexpr auto least = offsetof(mf_plugin, blob) + sizeof(mf_plugin::blob);
    if (theirs.struct_size < least) {
        return refusal{path, "size", "a descriptor of " + std::to_string(theirs.struct_size) + " bytes",
                       "at least " + std::to_string(least),
                       "define the descriptor with MF_PLUGIN, which sets its size"};
    }
    if (theirs.min_host_minor > MF_ABI_MINOR) {
        return refusal{path, "version", "needs ABI " + version_text(theirs.min_host_minor),
                       "at most ABI " + version_text(MF_ABI_MINOR),
                       "update mockfleet, or install an older plugin"};
    }
    const auto expected = std::filesystem::path(path).stem().string();
    const std::string name = theirs.name == nullptr ? "" : theirs.name;
    if (name != expected) {
        return refusal{path, "name", "the plugin calls itself '" + name + "'",
                       "'" + expected + "', as the file's name says",
                       name.empty() ? "set the name in the descriptor"
                                    : "rename the file to " + name + ".so"};
    }
    if (theirs.state == nullptr && theirs.blob == nullptr) {
        return refusal{path, "calls", "neither a state nor a blob table", "at least one of them",
                       "set .state or .blob in the descriptor"};
    }
    return std::nullopt;
}

struct required_call {
    const char* name;
    std::size_t offset;
};

constexpr std::array required_of_state{required_call{"open", offsetof(mf_state_ops, open)},
                                       required_call{"close", offsetof(mf_state_ops, close)},
                                       required_call{"get", offsetof(mf_state_ops, get)},
                                       required_call{"put", offsetof(mf_state_ops, put)},
                                       required_call{"remove", offsetof(mf_state_ops, remove)},
                                       required_call{"scan", offsetof(mf_state_ops, scan)},
                                       required_call{"clear", offsetof(mf_state_ops, clear)}};
constexpr std::array required_of_blob{required_call{"open", offsetof(mf_blob_ops, open)},
                                      required_call{"close", offsetof(mf_blob_ops, close)},
                                      required_call{"get", offsetof(mf_blob_ops, get)},
                                      required_call{"put", offsetof(mf_blob_ops, put)},
                                      required_call{"list", offsetof(mf_blob_ops, list)},
                                      required_call{"remove", offsetof(mf_blob_ops, remove)}};

template <class Ops>
std::optional<refusal> check_table(const std::string& path, const char* table, const Ops& theirs,
                                   std::span<const required_call> required) {
    const auto mine = copy_of(theirs);
    for (const auto& call : required) {
        void (*slot)() = nullptr;
        std::memcpy(&slot, reinterpret_cast<const char*>(&mine) + call.offset, sizeof(slot));
        if (slot != nullptr) continue;
        const bool too_short = theirs.struct_size < call.offset + sizeof(slot);
        std::string found = std::string("the ") + table + " table ";
        if (too_short)
            found += "has " + std::to_string(theirs.struct_size) + " bytes and ends before the call '";
        else
            found += "lacks the call '";
        return refusal{path, too_short ? "size" : "calls", found + call.name + "'",
                       std::string("the required call '") + call.name + "'",
                       too_short ? "set .struct_size to sizeof the table" : "implement it"};
    }
    if (mine.calls < MF_CALLS_SERIAL || mine.calls > MF_CALLS_NONBLOCKING) {
        return refusal{path, "calls", "calls = " + std::to_string(mine.calls),
                       "MF_CALLS_SERIAL, MF_CALLS_PARALLEL or MF_CALLS_NONBLOCKING", rebuild};
    }
    return std::nullopt;
}

std::optional<refusal> check_keys(const std::string& path, std::span<const mf_config_key> keys) {
    static constexpr std::array types{"string", "int", "bool", "duration", "size", "list", "secret"};
    if (keys.data() == nullptr && !keys.empty()) {
        return refusal{path, "keys", std::to_string(keys.size()) + " keys at no address",
                       "the array of the keys", "set .keys together with .key_count"};
    }
    for (const auto& key : keys) {
        const std::string name = key.name == nullptr ? "" : key.name;
        const std::string type = key.type == nullptr ? "" : key.type;
        if (name.empty() || key.help == nullptr) {
            return refusal{path, "keys", "the key '" + name + "' lacks its name or its help", "both",
                           "complete the key in the descriptor"};
        }
        if (std::none_of(types.begin(), types.end(), [&](const char* known) { return type == known; })) {
            return refusal{path, "keys", "the key '" + name + "' has the type '" + type + "'",
                           "string, int, bool, duration, size, list or secret",
                           "correct the type in the descriptor"};
        }
        if (key.fallback != nullptr && *key.fallback != '\0' && !takes(key.type, key.fallback)) {
            return refusal{path, "keys",
                           "the key '" + name + "' has the default '" + std::string(key.fallback) + "'",
                           std::string(wanted_of(key.type)), tell_author_of_default};
        }
    }
    return std::nullopt;
}

} // namespace

base::error to_error(const refusal& why, base::errc code) {
    std::string line = why.file + ": " + why.step + ": " + why.found;
    if (!why.wanted.empty()) line += "; wanted: " + why.wanted;
    if (!why.remedy.empty()) line += "; remedy: " + why.remedy;
    // One line, whatever a plugin or the linker put into its words.
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return {code, std::move(line)};
}

namespace {

/// The tables and keys of a descriptor that has been found good.
base::result<checked_plugin> check_parts(const std::string& path, const mf_plugin& theirs) {
    checked_plugin passed;
    passed.file = path;
    passed.descriptor = copy_of(theirs);
    if (passed.descriptor.version == nullptr) passed.descriptor.version = "";
    if (passed.descriptor.summary == nullptr) passed.descriptor.summary = "";
    if (theirs.state != nullptr) {
        if (const auto why = check_table(path, "state", *theirs.state, required_of_state))
            return to_error(*why);
        passed.state = copy_of(*theirs.state);
        passed.has_state = true;
    }
    if (theirs.blob != nullptr) {
        if (const auto why = check_table(path, "blob", *theirs.blob, required_of_blob)) return to_error(*why);
        passed.blob = copy_of(*theirs.blob);
        passed.has_blob = true;
    }
    if (const auto why = check_keys(path, passed.keys())) return to_error(*why);
    return passed;
}

} // namespace

base::result<checked_plugin> load_and_check(const std::string& path) {
    if (const auto why = check_file(path)) return to_error(*why, base::errc::not_found);
    const auto opened = open_library(path);
    if (const auto why = check_symbol(path, opened)) return to_error(*why);
    const auto& theirs = *opened.descriptor;
    if (const auto why = check_descriptor(path, theirs)) return to_error(*why);
    return check_parts(path, theirs);
}

base::result<checked_plugin> check_built_in(const mf_plugin& descriptor) {
    return check_parts(descriptor.name, descriptor);
}

base::result<checked_plugin> find_and_check(const std::string& plugin_dir, std::string_view kind,
                                            std::string_view name) {
    const auto file =
        std::filesystem::absolute(plugin_dir) / (std::string(kind) + "-" + std::string(name) + ".so");
    std::error_code ignored;
    // A link that leads nowhere is there, and load_and_check says so.
    const bool there =
        std::filesystem::symlink_status(file, ignored).type() != std::filesystem::file_type::not_found;
    if (!is_backend_name(name) || !there) {
        return to_error(missing(plugin_dir, kind, name), base::errc::not_found);
    }
    auto passed = load_and_check(file.string());
    if (!passed) return passed.error();
    if (!(kind == "state" ? passed->has_state : passed->has_blob)) {
        return to_error({file.string(), "calls", "no " + std::string(kind) + " table",
                         "a " + std::string(kind) + " table", "name a backend that has one"});
    }
    return passed;
}

} // namespace mockfleet::plugin
