// What the two kinds of verification have in common: which exchanges count, and pieces of their texts.
#pragma once

#include "base/error.hpp"
#include "store/event_log.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// All exchanges, or those that an expectation answered whose id `wanted` admits; oldest first.
template <class Wanted>
std::vector<std::size_t> exchanges_of(const log_snapshot& snapshot, bool served_only, Wanted&& wanted) {
    std::vector<std::size_t> found;
    recorded_exchange made;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (snapshot.is_note(index)) continue;
        if (served_only) {
            snapshot.read(index, made);
            if (made.served_by == nullptr || !wanted(made.served_by->definition.id)) continue;
        }
        found.push_back(index);
    }
    return found;
}

/// ` but was:<...>` with the recorded requests, or the summary when they are too many.
[[nodiscard]] std::string actual_text(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                                      std::uint64_t total, std::int64_t limit, const std::string& summary);

/// What to do about a log that had to give up requests.
inline constexpr std::string_view evicted_remedy =
    " Raise maxLogEntries or maxEventLogSizeInBytes, or reset the log between tests.";

void set_limit(json::value& question, const std::optional<std::int64_t>& limit);
[[nodiscard]] json::value id_json(const std::string& id);
[[nodiscard]] base::error unknown_id(const std::string& id);

} // namespace mockfleet::store
