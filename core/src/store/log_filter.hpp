// Which log entries a question is about; the same on the node that is asked and on the one that asks.
#pragma once

#include "base/error.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "model/request.hpp"
#include "store/log_entry.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// The filter of a retrieve, applied to whatever carries a request. One thread.
class request_filter {
public:
    /// Absent, or a default matcher: everything.
    explicit request_filter(const std::optional<model::request_matcher>& source);

    [[nodiscard]] bool operator()(const recorded_exchange& made);
    /// Notes that are about no request pass.
    [[nodiscard]] bool operator()(const recorded_note& made) const;
    [[nodiscard]] bool operator()(const live_expectation& one) const;

private:
    bool open_ = true;
    matching::compiled_matcher compiled_;
    matching::request_facts facts_;
};

/// What one node asks another for.
struct log_query {
    bool notes = false;        ///< besides exchanges
    bool visible_only = false; ///< what retrieve shows, not all that is evidence
    std::optional<model::request_matcher> filter;
    std::optional<std::string> correlation_id; ///< then the filter is ignored
    /// When not empty: exchanges that at least one of these selects.
    std::vector<model::request_matcher> any_of;
    /// When not empty: exchanges that one of these expectations answered.
    std::vector<std::string> served_by;
};

[[nodiscard]] std::string encode(const log_query& query);
[[nodiscard]] base::result<log_query> decode_query(std::string_view bytes);

/// A request matcher as nodes send it to each other, and back.
[[nodiscard]] std::string encode(const model::request_matcher& matcher);
[[nodiscard]] base::result<model::request_matcher> decode_matcher(std::string_view text);

/// One query, applied. One thread.
class log_filter {
public:
    explicit log_filter(const log_query& query);
    [[nodiscard]] bool operator()(const recorded_exchange& made);
    [[nodiscard]] bool operator()(const recorded_note& made);

private:
    const log_query& query_;
    request_filter filter_;
    std::vector<matching::compiled_matcher> any_of_;
    matching::request_facts facts_;
};

} // namespace mockfleet::store
