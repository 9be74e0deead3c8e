// Ids that nobody else has: random UUIDs.
#pragma once

#include <string>

namespace mockfleet::base {

/// Version 4. Any thread.
[[nodiscard]] std::string random_id();

} // namespace mockfleet::base
