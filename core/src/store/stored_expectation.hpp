// How an expectation stands in the state backend: compact JSON of its definition, its creation order and its
// deadline.
#pragma once

#include "base/error.hpp"
#include "model/expectation.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mockfleet::store {

struct stored_expectation {
    model::expectation definition;
    std::uint64_t order = 0;
    std::int64_t expires_ns = 0; ///< wall clock; 0 = never
};

[[nodiscard]] std::string encode(const model::expectation& definition, std::uint64_t order,
                                 std::int64_t expires_ns);
/// Reads what this or another version of the program wrote; members it does not know are ignored.
[[nodiscard]] base::result<stored_expectation> decode(std::string_view text);

/// The deadline of core.md 2.2 for an expectation created or updated at `now_ns`.
[[nodiscard]] std::int64_t deadline_of(const model::time_to_live& span, std::int64_t now_ns);

} // namespace mockfleet::store
