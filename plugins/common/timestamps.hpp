// Dates as the services write them, always UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::common {

using time_point = std::chrono::system_clock::time_point;

[[nodiscard]] std::string http_date(time_point when);       ///< Fri, 24 May 2013 00:00:00 GMT
[[nodiscard]] std::string basic_timestamp(time_point when); ///< 20130524T000000Z

[[nodiscard]] std::optional<time_point> parse_http_date(std::string_view text);
/// 2013-05-24T00:00:00Z, also with a fraction or an offset.
[[nodiscard]] std::optional<time_point> parse_timestamp(std::string_view text);

} // namespace mockfleet::common
