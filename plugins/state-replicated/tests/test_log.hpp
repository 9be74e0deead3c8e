// A host for tests that keeps the log's lines.
#pragma once

#include <mockfleet/plugin.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace mockfleet::replicated::testing {

/// Set MOCKFLEET_TEST_LOG to see the lines while the test runs.
class test_log {
public:
    test_log() {
        table_.struct_size = sizeof(table_);
        table_.ctx = this;
        table_.log_enabled = [](void*, int32_t) -> int32_t { return 1; };
        table_.log = [](void* ctx, int32_t level, mf_slice message, const mf_pair* fields, size_t count) {
            auto& self = *static_cast<test_log*>(ctx);
            std::string line = std::to_string(level) + " " + std::string(plugin::view(message));
            for (size_t i = 0; i < count; ++i)
                line += " " + std::string(plugin::view(fields[i].key)) + "=" +
                        std::string(plugin::view(fields[i].value));
            self.text_ += line + "\n";
            if (std::getenv("MOCKFLEET_TEST_LOG") != nullptr) std::cerr << self.name_ << ' ' << line << '\n';
        };
        table_.count = [](void*, mf_slice, int64_t) {};
    }
    explicit test_log(std::string name) : test_log() { name_ = std::move(name); }
    test_log(const test_log&) = delete;
    test_log& operator=(const test_log&) = delete;

    [[nodiscard]] const mf_host* table() const { return &table_; }
    [[nodiscard]] plugin::logger logger() const { return plugin::logger(&table_); }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool has(std::string_view part) const { return text_.find(part) != std::string::npos; }

private:
    mf_host table_{};
    std::string name_;
    std::string text_;
};

} // namespace mockfleet::replicated::testing
