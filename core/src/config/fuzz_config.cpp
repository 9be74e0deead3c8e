// Fuzz target of the configuration readers: the first byte names the reader, the rest is its text.
#include "config/arguments.hpp"
#include "config/layers.hpp"
#include "config/source.hpp"
#include "config/value.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

namespace config = mockfleet::config;

/// Whoever reports a problem must say something, and a canonical text must be its own canonical text.
void check(const config::source_content& source) {
    std::vector<std::string> problems = source.problems;
    config::layers all;
    all.put(source.assignments, config::origin::file, problems);
    for (const auto& problem : problems) {
        if (problem.empty()) std::abort();
    }
    for (std::size_t i = 0; i < config::table.size(); ++i) {
        const auto& row = config::table[i];
        const auto& text = all.now().values[i].content.text;
        if (row.type == config::kind::list || text.empty())
            continue; // quotes within a list's elements go one by one
        const auto again = config::parse_value(row, text);
        if (!again || again->text != text) std::abort();
    }
    const auto finished = all.finished();
    if (finished.entries().size() != config::table.size()) std::abort();
}

std::vector<std::string_view> lines(std::string_view text) {
    return config::split(text, '\n');
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
    case 'p':
        check(config::read_properties(text, "fuzz.properties"));
        break;
    case 'y':
        check(config::read_yaml(text, "fuzz.yaml"));
        break;
    case 'e': {
        const auto variables = lines(text);
        const auto environment = config::read_environment(variables);
        check(environment.prefixed);
        check(environment.short_names);
        break;
    }
    case 'a': {
        const auto words = lines(text);
        check(config::read_arguments(words).flags);
        break;
    }
    default:
        break;
    }
    return 0;
}
