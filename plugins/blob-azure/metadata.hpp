// Metadata names of Azure are C identifiers, case ignored: others are escaped (contract fleet 1.9.6).
#pragma once

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::azure {

/// What is no lower-case letter, and no digit behind the first place, becomes '_' and four hexadecimal
/// digits for each UTF-16 unit. Upper-case letters too, since services on the way may change them. nullopt
/// when it is no UTF-8.
[[nodiscard]] std::optional<std::string> escape_name(std::string_view name);
/// The reverse; what is no escape stays as it is.
[[nodiscard]] std::string unescape_name(std::string_view name);

/// Throws plugin::failure (MF_INVALID) for values that headers cannot carry.
[[nodiscard]] common::http_headers metadata_headers(std::span<const mf_pair> pairs);

/// Without the entry of conditional writes.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
metadata_of(const common::http_response& answer);

} // namespace mockfleet::azure
