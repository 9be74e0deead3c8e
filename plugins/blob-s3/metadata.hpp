// Metadata as headers of S3: what would come back changed is refused.
#pragma once

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::s3 {

/// Throws plugin::failure (MF_INVALID) with the reason: S3 keeps names in lower case and can hold neither
/// other scripts nor spaces at the ends of values.
[[nodiscard]] common::http_headers metadata_headers(std::span<const mf_pair> pairs);

/// Without the entry of conditional writes.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
metadata_of(const common::http_response& answer);

} // namespace mockfleet::s3
