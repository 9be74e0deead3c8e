// Names of files as keys of a blob store, and back: any bytes become a key that every store takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::store {

/// Where kept files stand in the blob store.
inline constexpr std::string_view kept_folder = "files/";

/// `files/` and the name: letters, digits, `-`, `_` and a dot between letters or digits stand as they are,
/// every other byte is `~` and its two hexadecimal digits, the empty name is `~`. A long name is cut into
/// parts that fit a file system, joined by `~/`. So no key is the folder of another one.
[[nodiscard]] std::string kept_key_of(std::string_view name);

/// The name of a key that kept_key_of made; nullopt for every other.
[[nodiscard]] std::optional<std::string> name_of_kept_key(std::string_view key);

} // namespace mockfleet::store
