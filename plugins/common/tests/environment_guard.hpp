// Environment variables for the time of a test.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::common::testing {

/// Sets (or, for nullptr, removes) and restores. One thread.
class environment_guard {
public:
    explicit environment_guard(const std::vector<std::pair<std::string, const char*>>& values) {
        for (const auto& [name, value] : values) {
            const char* before = std::getenv(name.c_str());
            before_.emplace_back(name, before == nullptr ? std::nullopt : std::optional<std::string>(before));
            set(name, value);
        }
    }
    ~environment_guard() {
        for (const auto& [name, value] : before_)
            set(name, value ? value->c_str() : nullptr);
    }
    environment_guard(const environment_guard&) = delete;
    environment_guard& operator=(const environment_guard&) = delete;

private:
    static void set(const std::string& name, const char* value) {
        if (value == nullptr)
            ::unsetenv(name.c_str());
        else
            ::setenv(name.c_str(), value, 1);
    }

    std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

} // namespace mockfleet::common::testing
