// The shared files of Amazon's clients: ~/.aws/credentials and ~/.aws/config.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mockfleet::s3 {

using profile = std::map<std::string, std::string, std::less<>>; ///< names in lower case

/// Profiles by name. `prefixed`: a section is "profile NAME" (but "default" alone), as in config; else the
/// name itself. Nested values, comments and what is no assignment are skipped.
[[nodiscard]] std::map<std::string, profile> read_profiles(std::string_view text, bool prefixed);

} // namespace mockfleet::s3
