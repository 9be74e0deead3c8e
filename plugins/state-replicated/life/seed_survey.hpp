// Asks all other seeds the same question at once and collects what they say.
#pragma once

#include "base/seed_probe.hpp"
#include "life/lifecycle_rules.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace mockfleet::replicated {

/// `done` comes once every seed has answered or `deadline` has passed, on the loop; at once when this is the
/// only seed.
void survey(seed_probe& probe, const settings& of, std::chrono::milliseconds deadline,
            std::function<void(std::vector<seed_view>)> done);

/// One seed, one question.
void ask_seed(seed_probe& probe, const settings& of, std::size_t index, const seed_question& question,
              std::chrono::milliseconds deadline, std::function<void(seed_view)> done);

} // namespace mockfleet::replicated
