// File names by pattern, as Java's glob syntax has them (core.md 8.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

[[nodiscard]] bool is_pattern(std::string_view path);

/// Does the whole path match? `*` and `?` do not cross a slash, `**` does; `[a-z]`, `[!a]`, `{one,two}`; a
/// backslash takes the meaning off the next character.
[[nodiscard]] bool name_matches(std::string_view pattern, std::string_view path);

/// The regular files that match, sorted by name, without what a server keeps beside a persisted file of that
/// name (lock, journal, copies); the path itself when it is no pattern. Blocks.
[[nodiscard]] std::vector<std::string> files_of(const std::string& pattern);

} // namespace mockfleet::store
