// Marks per key, gone with its last write.
#include "store/write_flights.hpp"

#include <algorithm>

namespace mockfleet::store {

bool write_flights::postpone(const std::string& key, std::uint64_t version) {
    const auto found = flights_.find(key);
    if (found == flights_.end()) return false;
    if (version == 0) found->second.removed = true;
    found->second.newest = std::max(found->second.newest, version);
    return true;
}

void write_flights::postpone_all() {
    for (auto& [key, one] : flights_)
        one.removed = true;
}

bool write_flights::land(const std::string& key, std::uint64_t version) {
    const auto found = flights_.find(key);
    if (found == flights_.end()) return false;
    auto& one = found->second;
    const bool stale = one.removed || one.newest > version;
    if (--one.writers == 0) flights_.erase(found);
    return stale;
}

} // namespace mockfleet::store
