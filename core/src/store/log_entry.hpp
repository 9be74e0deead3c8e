// What is written to and read from the event log: exchanges of the data plane and notes of the control plane
// (core.md 6.1).
#pragma once

#include "base/log.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "store/forwarded_answer.hpp"
#include "store/live_expectation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

enum class entry_type : std::uint8_t {
    received_request,
    expectation_matched,
    expectation_response,
    no_match_response,
    forwarded_request,
    created_expectation,
    updated_expectation,
    removed_expectation,
    cleared,
    retrieved,
    verification,
    verification_passed,
    verification_failed,
    server_configuration,
    authentication_failed,
    trace,
    debug,
    info,
    warn,
    error,
    exception,
};
/// `RECEIVED_REQUEST` and so on.
[[nodiscard]] std::string_view to_text(entry_type type);

/// One request of the data plane and what was chosen as its answer; recorded before the answer is sent. It
/// stands for the entries RECEIVED_REQUEST, EXPECTATION_MATCHED and EXPECTATION_RESPONSE, or RECEIVED_REQUEST
/// and NO_MATCH_RESPONSE. One that is forwarded is recorded before the upstream answers; what becomes of it
/// stands for FORWARDED_REQUEST or NO_MATCH_RESPONSE.
struct exchange {
    const model::request_view* request = nullptr; ///< copied
    /// nullptr: none matched. Owned by a shared_ptr and alive during the call; the log keeps it from then on.
    const live_expectation* served_by = nullptr;
    /// What is answered: lives in `served_by` or its action, else in `response_owner`; nullptr for httpError
    /// and the plain 404.
    const model::response* response = nullptr;
    std::shared_ptr<const void> response_owner =
        nullptr; ///< set only for a response made for this request alone
    std::shared_ptr<forwarded_answer> forwarded = nullptr; ///< instead of a response: another server answers
    std::uint16_t status = 404;
    std::int64_t stamp_ns = 0; ///< event_log::clock(): orders the log; does not decrease within a shard
    std::int64_t wall_ns = 0;
};

/// One argument of a note.
struct note_argument {
    enum class kind : std::uint8_t {
        text,
        json,        ///< laid out by json::pretty
        expectation, ///< the note's own; `text` is unused
        request,     ///< pretty JSON of the note's request matcher
    };
    kind what = kind::text;
    std::string_view text;
};

/// An entry of the control plane; everything is copied or kept by the log.
struct note {
    entry_type type = entry_type::info;
    base::log::level level = base::log::level::info;
    std::string_view format; ///< `{}` stands for the arguments in turn
    std::vector<note_argument> arguments;
    const live_expectation* about = nullptr; ///< owned by a shared_ptr
    /// What filters of retrieve and clear are compared with; if null, `about` decides; if that is null too,
    /// every filter of retrieve matches and no filter of clear does (core.md 1.5, 6.2).
    std::shared_ptr<const model::request_matcher> request;
};

/// A recorded exchange unpacked for reading; reuse one object for many entries. Views are valid as long as
/// the snapshot.
struct recorded_exchange {
    model::request_view request; ///< its headers view into `headers`
    std::vector<model::header_view> headers;
    const live_expectation* served_by = nullptr;
    const model::response* response = nullptr;
    const forwarded_answer* forwarded = nullptr; ///< instead of a response
    /// Of `forwarded`, as it was when the entry was read: an answer may come in between.
    forwarded_answer::state reached = forwarded_answer::state::waiting;
    std::uint16_t status = 0;
    bool detailed = false; ///< the level admitted entries beyond those that are always kept (core.md 6.1)
    std::int64_t stamp_ns = 0;
    std::int64_t wall_ns = 0;
    std::uint64_t correlation = 0; ///< see correlation_id()
};

/// A note unpacked for reading.
struct recorded_note {
    entry_type type = entry_type::info;
    base::log::level level = base::log::level::info;
    std::string_view format;
    std::vector<note_argument> arguments;
    const live_expectation* about = nullptr;
    const model::request_matcher* request = nullptr;
    std::int64_t stamp_ns = 0;
    std::int64_t wall_ns = 0;
    std::uint64_t correlation = 0;
};

/// Has another server answered?
[[nodiscard]] inline bool was_forwarded(const recorded_exchange& made) {
    return made.forwarded != nullptr && made.reached == forwarded_answer::state::answered;
}

/// Is nothing known yet of what becomes of it?
[[nodiscard]] inline bool is_waiting(const recorded_exchange& made) {
    return made.forwarded != nullptr && made.reached == forwarded_answer::state::waiting;
}

/// The expectation that brought about the answer; nullptr: none did, or the server that it names did not
/// answer (core.md 6.2).
[[nodiscard]] inline const live_expectation* answered_by(const recorded_exchange& made) {
    return made.forwarded == nullptr || was_forwarded(made) ? made.served_by : nullptr;
}

/// The UUID shared by all entries of one exchange: always the same for the same number.
[[nodiscard]] std::string correlation_id(std::uint64_t correlation);

} // namespace mockfleet::store
