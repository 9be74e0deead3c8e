// Answers to retrieve (core.md 1.7, 11.3).
#pragma once

#include "base/error.hpp"
#include "model/request.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"
#include "json/value.hpp"

#include <optional>
#include <string>

namespace mockfleet::store {

struct retrieval {
    enum class kind { requests, request_responses, recorded_expectations, active_expectations, logs };
    enum class layout {
        json,        ///< for logs: the text of core.md 6.3
        log_entries, ///< core.md 6.4; not for active_expectations
    };
    kind what = kind::requests;
    layout form = layout::json;
    std::optional<model::request_matcher> filter; ///< absent: everything
    std::optional<std::string> expectation_id;    ///< instead of a filter
    std::optional<std::string> correlation_id;    ///< logs only: then the filter is ignored
};

/// The body of the 200 answer. Error not_found with the text of the 400 answer: the id is unknown. A
/// RETRIEVED entry is added to the log afterwards.
[[nodiscard]] base::result<std::string> retrieve(event_log& log, const expectations& live,
                                                 const retrieval& asked);
/// The same over entries given, which may be of several nodes.
[[nodiscard]] base::result<std::string> retrieve(event_log& log, const expectations& live,
                                                 const retrieval& asked, const log_snapshot& entries);

/// A forwarded exchange as the expectation that would answer like the upstream did (core.md 1.7.3); its id is
/// fresh. Pre: was_forwarded().
[[nodiscard]] json::value recorded_expectation(const recorded_exchange& made);

/// All of them: what RECORDED_EXPECTATIONS answers without a filter, without leaving a trace in the log.
[[nodiscard]] std::string recorded_document(const log_snapshot& entries);

/// What the entries are compared with: the filter, or the matcher of the expectation; the same error.
[[nodiscard]] base::result<std::optional<model::request_matcher>> filter_of(const expectations& live,
                                                                            const retrieval& asked);
/// Is the answer made of log entries?
[[nodiscard]] bool reads_log(const retrieval& asked);

} // namespace mockfleet::store
