// A plugin's section of the configuration, checked against the keys that it declared.
#pragma once

#include "base/error.hpp"

#include <mockfleet/abi.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::plugin {

/// One flat setting as the user wrote it, key and value, as config::settings::plugin() has them; lists are
/// name.0, name.1.
using setting = std::pair<std::string, std::string>;

/// What is wrong with the settings, in the parts of a refusal line (check.hpp).
struct setting_problem {
    std::string found;
    std::string wanted;
    std::string remedy;
};

/// What a value of the type (mf_config_key) looks like, in words.
[[nodiscard]] std::string_view wanted_of(std::string_view type);
/// Whether a value can be read as the type.
[[nodiscard]] bool takes(std::string_view type, std::string_view value);

/// The settings as the plugin gets them: every declared key that has a value, in declared order and
/// normalised text (see mf_config_key). Values given as an empty string count as given.
boost::system::result<std::vector<setting>, setting_problem>
check_settings(std::span<const mf_config_key> declared, std::span<const setting> given);

[[noreturn]] void throw_exception_from_error(const setting_problem& problem,
                                             const boost::source_location& where);

} // namespace mockfleet::plugin
