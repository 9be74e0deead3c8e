// What a crash, or a disk without room, left in journals, put together with the document that they belong to.
#pragma once

#include "base/error.hpp"
#include "store/keepsake.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

struct recovered_journals {
    std::optional<std::string> document; ///< with all changes; nothing: no journal has any
    std::size_t changes = 0;
    /// Of what is damaged: to be kept before anything is written or removed.
    std::vector<keepsake> aside;
    /// The one of the document among them.
    std::optional<std::string> document_aside;
};

/// Only reads, and names in the log what is damaged. `text` is what `file` holds; `journals`: their paths,
/// the oldest first; those that are missing or empty are passed over.
[[nodiscard]] base::result<recovered_journals>
recover_journals(const std::string& file, std::string_view text, std::span<const std::string> journals);

} // namespace mockfleet::store
