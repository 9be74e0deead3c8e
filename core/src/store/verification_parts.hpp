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

/// The exchanges that `wanted` admits; oldest first.
template <class Wanted>
std::vector<std::size_t> exchanges_where(const log_snapshot& snapshot, Wanted&& wanted) {
    std::vector<std::size_t> found;
    recorded_exchange made;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (snapshot.is_note(index)) continue;
        snapshot.read(index, made);
        if (wanted(made)) found.push_back(index);
    }
    return found;
}
[[nodiscard]] std::vector<std::size_t> all_exchanges(const log_snapshot& snapshot);

/// What of the exchanges a text is about.
enum class traffic { requests, responses };
/// `Request`, `Response`.
[[nodiscard]] std::string_view subject_of(traffic what);
/// `request`, `response`.
[[nodiscard]] std::string_view noun_of(traffic what);
/// `1 recorded request`, `2 recorded responses`.
[[nodiscard]] std::string counted_records(std::uint64_t number, traffic what);
/// `  3 requests arrived after verification started` as a line, for a verification that was given time.
[[nodiscard]] std::string arrived_line(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                                       std::int64_t since, traffic what);

/// ` but was:<...>` with what was recorded, or the summary when that is too much.
[[nodiscard]] std::string actual_text(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                                      traffic what, std::uint64_t total, std::int64_t limit,
                                      const std::string& summary);

/// What to do about a log that had to give up requests.
inline constexpr std::string_view evicted_remedy =
    " Raise maxLogEntries or maxEventLogSizeInBytes, or reset the log between tests.";

/// The response of an exchange; `{ }` when it has none.
[[nodiscard]] json::value answered_json(const recorded_exchange& made);
/// A member that is shown only when it was given.
void set_number(json::value& question, std::string_view name, const std::optional<std::int64_t>& given);
inline constexpr std::string_view limit_member = "maximumNumberOfRequestToReturnInVerificationFailure";
[[nodiscard]] json::value id_json(const std::string& id);
[[nodiscard]] base::error unknown_id(const std::string& id);

} // namespace mockfleet::store
