// Fuzz target of the configuration readers: the first byte names the reader, the rest is its text.
#include "config/arguments.hpp"
#include "config/source.hpp"
#include "config/table.hpp"
#include "config/value.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

namespace config = mockfleet::config;

/// Whoever reports a problem must say something, a refusal must say what was wanted, and a canonical text
/// must be its own.
void check(const config::source_content& source) {
    for (const auto& problem : source.problems) {
        if (problem.empty()) std::abort();
    }
    for (const auto& given : source.assignments) {
        if (given.where.empty()) std::abort();
        if (given.property == config::table.size()) continue; // a plugin's key
        const auto& row = config::table[given.property];
        const auto parsed = config::parse_value(row, config::unquoted(given.value));
        if (!parsed && parsed.error().wanted.empty()) std::abort();
        // Quotes around the elements of a list go one by one.
        if (!parsed || row.type == config::kind::list) continue;
        const auto again = config::parse_value(row, parsed->text);
        if (parsed->text.empty() ? again && !again->text.empty() : !again || again->text != parsed->text)
            std::abort();
    }
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
