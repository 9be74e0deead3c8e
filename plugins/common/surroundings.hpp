// What a plugin reads of its surroundings: environment variables and small files.
#pragma once

#include <optional>
#include <string>

namespace mockfleet::common {

/// Empty when it is not set.
[[nodiscard]] std::string environment(const char* name);

/// nullopt when it cannot be read, or is larger than 1 MiB.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path);

/// Without white space at its ends.
[[nodiscard]] std::string trimmed(std::string text);

} // namespace mockfleet::common
