// The command line: command, flags of both styles, and what the shorthand flags stand for.
#pragma once

#include "config/config.hpp"
#include "config/source.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::config {

struct parsed_arguments {
    command what = command::run;
    source_content flags;
    std::vector<std::string> operands;
    std::string config_file;
};

/// A shorthand of core.md 7.3 that stands for one or two properties; for the help text.
struct shorthand {
    std::string_view flag;
    std::string_view operand; ///< empty: takes none
    std::string_view help;
};
[[nodiscard]] std::span<const shorthand> shorthands();

[[nodiscard]] parsed_arguments read_arguments(std::span<const std::string_view> arguments);

} // namespace mockfleet::config
