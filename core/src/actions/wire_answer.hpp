// How one answer is put on the wire when it is more than bytes sent at once: pauses, chunks, dropped
// connections.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mockfleet::actions {

struct wire_answer {
    struct piece {
        std::int64_t wait_ns = 0; ///< pause before these bytes
        std::string bytes;
    };
    enum class end { keep_open, close, reset };

    std::vector<piece> pieces;
    std::int64_t wait_before_close_ns = 0;
    end after = end::keep_open;
};

} // namespace mockfleet::actions
