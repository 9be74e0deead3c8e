// A start in a directory of its own: arguments, environment and files in, what config::load says out.
#pragma once

#include "config/config.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::config {

class start {
public:
    start() {
        auto pattern = (std::filesystem::temp_directory_path() / "mockfleet-config-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        directory_ = pattern;
    }
    ~start() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    start(const start&) = delete;
    start& operator=(const start&) = delete;

    start& file(const std::string& name, std::string_view text) {
        std::ofstream(directory_ / name, std::ios::binary) << text;
        return *this;
    }
    start& env(std::string_view variable) {
        environment_.push_back(variable);
        return *this;
    }
    [[nodiscard]] boost::system::result<command_line, refusal>
    load(const std::vector<std::string_view>& arguments = {}) const {
        return config::load(arguments, environment_, directory_.string());
    }
    /// With a port on the command line, so that only what the test is about can fail.
    [[nodiscard]] command_line run(std::vector<std::string_view> arguments = {}) const {
        arguments.insert(arguments.begin(), {"run", "-p", "0"});
        auto loaded = load(arguments);
        if (!loaded) FAIL(loaded.error().message);
        return *loaded;
    }
    [[nodiscard]] refusal refused(std::vector<std::string_view> arguments = {}) const {
        arguments.insert(arguments.begin(), {"run", "-p", "0"});
        const auto loaded = load(arguments);
        REQUIRE(!loaded);
        return loaded.error();
    }

private:
    std::filesystem::path directory_;
    std::vector<std::string_view> environment_;
};

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

} // namespace mockfleet::config
