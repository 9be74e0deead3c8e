// The parts that the failures of all services have in their one line for people.
#pragma once

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::common {

[[nodiscard]] std::string in_quotes(std::string_view text);

/// Without control characters, and cut after `most` bytes.
[[nodiscard]] std::string one_line(std::string text, std::size_t most = 400);

/// For an outcome without an answer. `start` names the call and the address; `checked_trust` and
/// `checked_reach` what to check of the settings when that is not trusted or not reached.
[[nodiscard]] plugin::failure failure_without_answer(const http_outcome& outcome, const std::string& start,
                                                     const std::string& checked_trust,
                                                     const std::string& checked_reach);

/// How far this machine's clock is ahead of the one that wrote the answer's date.
[[nodiscard]] std::optional<std::chrono::seconds> clock_offset(const http_response& answer);
[[nodiscard]] std::string clock_remedy(std::optional<std::chrono::seconds> offset);

} // namespace mockfleet::common
