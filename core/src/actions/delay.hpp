// Delays of actions drawn as nanoseconds (core.md 2.8).
#pragma once

#include "model/response.hpp"

#include <cstdint>
#include <optional>

namespace mockfleet::actions {

/// A fresh sample of a distribution, or the fixed value; never negative, 0 for no delay. Any thread.
[[nodiscard]] std::int64_t sample_ns(const std::optional<model::delay>& delay);

/// 0 <= result < bound, uniformly; `bound` > 0. Any thread.
[[nodiscard]] std::size_t random_below(std::size_t bound);

} // namespace mockfleet::actions
