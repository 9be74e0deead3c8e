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

int usage() {
    std::fputs("usage: mockfleet-plugin-check FILE [key=value]...\n"
               "Runs the contract of state backends or blob stores on the plugin FILE, opened with the "
               "settings given.\n"
               "Prints one line per case; exit code 0 when all passed, 1 when one failed, 78 when FILE is no "
               "usable plugin.\n",
               stderr);
    return exit_usage;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2 || std::string_view(argv[1]).starts_with("-")) return usage();
    std::vector<mockfleet::plugin::setting> settings;
    for (int i = 2; i < argc; ++i) {
        const std::string_view argument(argv[i]);
        const auto equals = argument.find('=');
        if (equals == std::string_view::npos || equals == 0) return usage();
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
