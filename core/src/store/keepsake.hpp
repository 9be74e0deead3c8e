// What a file holds is kept under a second name before something else is written over it.
#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::store {

/// All functions block. No name is ever given to a second content, so that nothing that was kept is lost, and
/// a server that is started again and again leaves one keepsake of the same content.
struct keepsake {
    std::string file;
    std::string name;                   ///< in the directory of the file
    std::optional<std::string> content; ///< nothing: what the file holds
};

/// FILE.broken-CHECKSUM, for what cannot be read to its end.
[[nodiscard]] keepsake keepsake_of_broken(const std::string& file, std::string_view content);

/// FILE.previous, or FILE.previous-CHECKSUM when another content has that name.
[[nodiscard]] keepsake keepsake_of_previous(const std::string& file, std::string_view content);

/// Does nothing when it is there already.
[[nodiscard]] base::result<void> keep(const keepsake& wanted);

} // namespace mockfleet::store
