// The stable ids of the operator log. tests/lint checks that each id used in the code stands here with an operator's sentence.
#pragma once

#include <string_view>

namespace mockfleet::base::log {

struct log_id {
    std::string_view id;
    std::string_view meaning; ///< what it means and what to do, for the manual page
};

inline constexpr log_id log_ids[] = {
    {"control-call-failed", "A bug: a control call ended with an exception; the caller got 500. Please report the line."},
    {"started", "The server accepts connections on the ports named; launchers wait for this line."},
    {"stopping", "A stop was asked for by signal or by the stop endpoint; running requests are finished first."},
    {"stopped", "All connections are closed and the backends are shut down."},
};

} // namespace mockfleet::base::log
