// mockfleet-plugin-check FILE key=value...: runs the contract of a state backend or a blob store on any
// plugin.
#include "blob_contract.hpp"
#include "state_contract.hpp"

#include "base/log.hpp"
#include "plugin/check.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int exit_usage = 2;
constexpr int exit_refused = 78;

constexpr auto usage =
    "usage: mockfleet-plugin-check FILE [key=value]...\n"
    "Runs the contract of state backends or blob stores on the plugin FILE, opened with the settings given.\n"
    "Prints one line per case; exit code 0 when all passed, 1 when one failed, 2 when the arguments are "
    "wrong, "
    "78 when FILE is no usable plugin.\n";

int wrong(const std::string& what) {
    std::fprintf(stderr, "mockfleet-plugin-check: %s\n%s", what.c_str(), usage);
    return exit_usage;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view first = argc < 2 ? "" : argv[1];
    if (first == "--help" || first == "-h") {
        std::fputs(usage, stdout);
        return 0;
    }
    if (first.empty()) return wrong("the plugin's file is missing");
    if (first.starts_with("-")) return wrong("there is no flag " + std::string(first));
    std::vector<mockfleet::plugin::setting> settings;
    for (int i = 2; i < argc; ++i) {
        const std::string_view argument(argv[i]);
        const auto equals = argument.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return wrong("\"" + std::string(argument) + "\" is not key=value");
        settings.push_back(
            {std::string(argument.substr(0, equals)), std::string(argument.substr(equals + 1))});
    }
    mockfleet::base::log::set_level(mockfleet::base::log::level::warn);
    const auto file = std::filesystem::absolute(argv[1]).string();
    const auto checked = mockfleet::plugin::load_and_check(file);
    if (!checked) {
        std::fprintf(stderr, "%s\n", checked.error().message.c_str());
        return exit_refused;
    }
    mockfleet::contract::tally result;
    if (checked->has_state) mockfleet::contract::run_state_contract(file, settings, result);
    if (checked->has_blob) mockfleet::contract::run_blob_contract(file, settings, result);
    std::printf("%d passed, %d failed\n", result.passed, result.failed);
    return result.failed == 0 ? 0 : 1;
}
