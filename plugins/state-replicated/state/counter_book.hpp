// What additions make of a counter, as plain functions: the same on the node that asks and on the one that
// counts.
#pragma once

#include "state/envelope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// `count` equal additions, one after the other.
struct addition {
    std::uint32_t count = 1;
    std::int64_t delta = 0;
    std::int64_t min = 0;
    std::int64_t max = 0;
};

/// The value of a counter, or nullopt (contract state.h, counters).
[[nodiscard]] std::optional<std::int64_t> counter_value(std::string_view text);

/// Makes one addition when it stays within its bounds.
[[nodiscard]] bool add_to(std::int64_t& number, const addition& one);

/// Makes all of them; true when the number changed.
bool add_all(std::int64_t& number, const std::vector<addition>& additions);

/// What a node asks of a counter's owner. Made again with the same sequence it is answered alike, and charged
/// once.
struct take_request {
    std::uint64_t life = 0;
    std::uint64_t sequence = 0;
    std::string space;
    std::string key;
    std::vector<addition> additions;
};
struct take_answer {
    std::int64_t before = 0; ///< the asker makes its additions to this number, and knows each one's outcome
    std::uint64_t version = 0;
};

inline constexpr std::size_t most_additions = 65'536;

[[nodiscard]] std::string encode(const take_request& asked);
[[nodiscard]] std::optional<take_request> decode_take_request(std::string_view bytes);
[[nodiscard]] std::string encode(const take_answer& answer);
[[nodiscard]] std::optional<take_answer> decode_take_answer(std::string_view bytes);

} // namespace mockfleet::replicated
