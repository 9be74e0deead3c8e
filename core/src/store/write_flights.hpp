// Writes to the backend that have not been applied here yet: what is heard of their keys meanwhile waits.
#pragma once

#include "store/text_map.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace mockfleet::store {

/// Not synchronised: guarded by the owner's mutex. An event about a key and the completion of one's own write
/// of it come in either order, so an event during a write only leaves a mark, and the write's end asks for
/// it.
class write_flights {
public:
    void take_off(const std::string& key) { ++flights_[key].writers; }

    /// True: an event about the key is postponed until the write has landed. `version` 0 = removed.
    [[nodiscard]] bool postpone(const std::string& key, std::uint64_t version);
    /// Everything may have changed.
    void postpone_all();

    /// Ends a write that was applied with `version` (0: it was not). True: the key has to be read again.
    [[nodiscard]] bool land(const std::string& key, std::uint64_t version);

private:
    struct flight {
        std::size_t writers = 0;
        std::uint64_t newest = 0; ///< version of the newest event that waits
        bool removed = false;
    };

    text_map<flight> flights_;
};

} // namespace mockfleet::store
