// How the key of a blob becomes the name of an object below the configured prefix (contract fleet 1.9.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::common {

class object_names {
public:
    /// "", "ns", "ns/" and "/ns/" mean what they look like: the last three are the same.
    explicit object_names(std::string_view key_prefix);

    /// Leading slashes of the key are dropped and runs of them are one, since some services refuse such
    /// names; a trailing one stays.
    [[nodiscard]] std::string name_of(std::string_view key) const;

    /// nullopt for an object that is no key: outside the prefix, or the prefix itself.
    [[nodiscard]] std::optional<std::string> key_of(std::string_view name) const;

private:
    std::string prefix_; ///< empty, or ends with one '/'
};

} // namespace mockfleet::common
