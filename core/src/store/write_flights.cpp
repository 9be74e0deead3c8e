// Marks per key, gone with its last write.
#include "store/write_flights.hpp"

#include <algorithm>
#include <functional>

namespace mockfleet::store {

bool write_flights::postpone(std::string_view key, std::uint64_t version) {
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

void write_flights::carry(const std::string& key, std::string_view value) {
    if (const auto found = flights_.find(key); found != flights_.end())
        found->second.values.push_back(std::hash<std::string_view>()(value));
}

bool write_flights::carries(const std::string& key, std::string_view value) const {
    const auto found = flights_.find(key);
    if (found == flights_.end()) return false;
    const auto& values = found->second.values;
    return std::find(values.begin(), values.end(), std::hash<std::string_view>()(value)) != values.end();
}

bool write_flights::was_removed(const std::string& key) const {
    const auto found = flights_.find(key);
    return found != flights_.end() && found->second.removed;
}

bool write_flights::land(const std::string& key, std::uint64_t version, std::string_view value) {
    const auto found = flights_.find(key);
    if (found == flights_.end()) return false;
    auto& one = found->second;
    const bool stale = one.removed || one.newest > version;
    if (const auto carried =
            std::find(one.values.begin(), one.values.end(), std::hash<std::string_view>()(value));
        carried != one.values.end())
        one.values.erase(carried);
    if (--one.writers == 0) flights_.erase(found);
    return stale;
}

} // namespace mockfleet::store
