// One page of List Blobs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::azure {

struct list_page {
    std::vector<std::string> names;
    std::string next; ///< the marker of the next page; empty = this is the last
};

/// nullopt when it is no such answer.
[[nodiscard]] std::optional<list_page> read_list_page(std::string_view xml);

} // namespace mockfleet::azure
