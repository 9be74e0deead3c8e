// Writes to the backend that have not been applied here yet, and what is heard of their keys meanwhile.
#pragma once

#include "store/text_map.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// Not synchronised: guarded by the owner's mutex. An event about a key and the completion of one's own write
/// of it come in either order, so an event during a write leaves a mark, and the write's end asks for it. The
/// event of one's own write, known by what was written, need not be acted on before.
class write_flights {
public:
    void take_off(const std::string& key) { ++flights_[key].writers; }

    /// What a write that took off carries, once that is known.
    void carry(const std::string& key, std::string_view value);
    [[nodiscard]] bool carries(const std::string& key, std::string_view value) const;

    /// Marks an event about the key. True: a write of it is on its way. `version` 0 = removed.
    [[nodiscard]] bool postpone(std::string_view key, std::uint64_t version);
    /// Everything may have changed.
    void postpone_all();

    /// Was it removed, perhaps, since a write of it that is on its way took off?
    [[nodiscard]] bool was_removed(const std::string& key) const;
    /// Ends a write that was applied with `version` (0: it was not). True: the key has to be read again.
    [[nodiscard]] bool land(const std::string& key, std::uint64_t version, std::string_view value = {});

private:
    struct flight {
        std::size_t writers = 0;
        std::uint64_t newest = 0; ///< version of the newest event that waits
        bool removed = false;
        std::vector<std::size_t> values; ///< hashes
    };

    text_map<flight> flights_;
};

} // namespace mockfleet::store
