// The document in which expectations are persisted (core.md 8.3), and the journal of changes since it was
// written.
#pragma once

#include "store/live_expectation.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// A pretty JSON array of the usable ones in match order (core.md 3.1), each with the uses that are left and
/// the end of its life; `[]` when there is none. Readable by the original.
[[nodiscard]] std::string write_document(live_list all, std::int64_t now_ns);

/// No expectation: nothing, white space or `[]`.
[[nodiscard]] bool holds_nothing(std::string_view document);

/// A journal is lines of a checksum, a blank and a JSON array of records, `{"put":{...},"order":1}` (its
/// place among equal priorities) or `{"remove":"id"}`; what follows the last line is zero bytes. Applied to
/// any document written since the journal began, it gives the state at its end. This is one line: the changes
/// that are synced together, all of which a crash leaves, or none.
class journal_batch {
public:
    void put(const live_expectation& stored);
    void remove(std::string_view id);
    [[nodiscard]] std::string line() const;

private:
    void add(const json::value& record);

    std::string records_;
};

struct journal_record {
    std::string id;
    json::value content; ///< null: removed
    /// Of live_expectation; nothing: an earlier version wrote the record.
    std::optional<std::uint64_t> order;
};

struct journal_content {
    std::vector<journal_record> records; ///< up to the first line that is not whole
    bool torn = false;    ///< the end is not whole, as after a crash: those changes were never confirmed
    bool damaged = false; ///< and whole lines follow it, which no crash leaves
};
/// Knows lines of a single record, as earlier versions wrote them, too.
[[nodiscard]] journal_content read_journal(std::string_view text);

/// The items of a document with the records applied, in match order; whether the document has some or all of
/// them already makes no difference.
[[nodiscard]] std::vector<json::value> replay(std::vector<json::value> items,
                                              std::vector<journal_record> records);
/// write_document() of such items.
[[nodiscard]] std::string write_items(const std::vector<json::value>& items);

} // namespace mockfleet::store
