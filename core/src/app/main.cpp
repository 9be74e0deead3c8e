// main: reads the command line and runs what it asks for.
#include "app/lifecycle.hpp"
#include "base/version.hpp"
#include "config/config.hpp"
#include "plugin/command.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace {

int run(int argc, char** argv) {
    using namespace mockfleet;
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    std::vector<std::string_view> environment;
    for (auto** at = environ; *at != nullptr; ++at)
        environment.emplace_back(*at);

    const auto asked = config::load(arguments, environment, std::filesystem::current_path().string());
    if (!asked) {
        std::fprintf(stderr, "%s\n", asked.error().message.c_str());
        return asked.error().exit_code;
    }
    switch (asked->what) {
    case config::command::version:
        std::printf("mockfleet %s\n", base::version);
        return 0;
    case config::command::help:
        std::printf("%s", asked->page.c_str());
        return 0;
    case config::command::plugin_list:
    case config::command::plugin_describe: {
        std::vector<std::string_view> rest{asked->what == config::command::plugin_list ? "list" : "describe"};
        rest.insert(rest.end(), asked->arguments.begin(), asked->arguments.end());
        return plugin::command(rest, app::plugin_directory(asked->values));
    }
    case config::command::run:
        return app::serve(*asked);
    }
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "mockfleet: %s\n", failure.what());
        return 1;
    }
}
