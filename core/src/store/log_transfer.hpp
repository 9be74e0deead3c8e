// Log entries on their way to another node: pages of bounded size, and what becomes of them there.
#pragma once

#include "base/error.hpp"
#include "store/event_log.hpp"
#include "store/log_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::store {

/// Where the next page begins: behind an entry, and without entries newer than the first page.
struct page_mark {
    std::int64_t stamp = 0;
    std::uint64_t correlation = 0;
    std::int64_t until = 0;
};

/// The part of a snapshot that the query asks for, from `after` on (absent: from the beginning), until about
/// `most_bytes` are full; at least one entry. `now` is the log's clock.
[[nodiscard]] std::string pack_page(const log_snapshot& snapshot, const log_query& query,
                                    const std::optional<page_mark>& after, std::int64_t now,
                                    std::size_t most_bytes);

struct unpacked_page {
    std::shared_ptr<log_segment> entries; ///< null when there are none
    std::optional<page_mark> next;        ///< set when there is more
};
/// Checks everything it reads.
[[nodiscard]] base::result<unpacked_page> unpack_page(std::string_view bytes);

} // namespace mockfleet::store
