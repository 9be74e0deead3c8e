// One page of ListObjectsV2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::s3 {

struct list_page {
    std::vector<std::string> names; ///< as they are, decoded
    bool truncated = false;
};

/// nullopt when it is no such answer.
[[nodiscard]] std::optional<list_page> read_list_page(std::string_view xml);

} // namespace mockfleet::s3
