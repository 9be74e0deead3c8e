// What is stored with each value: the format's version, who wrote it, parts of a large value, what a counter
// has granted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// Identifies a transaction: the writing node's life (random, new with each start) and its count.
struct write_id {
    std::uint64_t life = 0;
    std::uint64_t sequence = 0;
    auto operator<=>(const write_id&) const = default;
};

/// 16 bytes, for keys of parts.
[[nodiscard]] std::string bytes_of(const write_id& id);

/// What a node was granted last of a counter: with it, a request that is made again is answered as it was the
/// first time and not charged again.
struct counter_grant {
    std::uint64_t life = 0;
    std::uint64_t sequence = 0;
    std::int64_t before = 0; ///< the number to which the node's additions were made
};

struct envelope {
    write_id by;
    std::uint32_t index = 0; ///< of this write within its transaction

    bool in_parts = false;
    std::uint64_t size = 0; ///< of the whole value, when in parts
    std::uint32_t parts = 0;
    write_id parts_by;

    std::vector<counter_grant> grants;
    std::string_view payload;
};

/// The version of an entry: the engine's revision, and the place within the transaction below it, because
/// writes of one transaction must differ (contract state.h, versions).
inline constexpr int index_bits = 10;
inline constexpr std::uint32_t most_index = (1U << index_bits) - 1;
[[nodiscard]] constexpr std::uint64_t version_of(std::uint64_t revision, std::uint32_t index) {
    return (revision << index_bits) | index;
}
[[nodiscard]] constexpr std::uint64_t revision_of(std::uint64_t version) {
    return version >> index_bits;
}

[[nodiscard]] std::string seal(const envelope& made);

/// Views into `bytes`. nullopt: of a newer format, or not of this program; to be kept as it is.
[[nodiscard]] std::optional<envelope> unseal(std::string_view bytes);

} // namespace mockfleet::replicated
