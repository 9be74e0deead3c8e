// The entries that a verification leaves in the event log (core.md 6.1, 6.3).
#pragma once

#include "store/event_log.hpp"
#include "store/verification_parts.hpp"
#include "json/value.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// One verification: VERIFICATION first, then VERIFICATION_PASSED or VERIFICATION_FAILED.
class verification_notes {
public:
    verification_notes(event_log& log, traffic what) : log_(log), what_(what) {}

    /// `request` is what filters see; null for a sequence.
    void asked(std::string_view format, const json::value& question, const model::request_matcher* request);
    /// `expected` is one request or response, or an array of them.
    void passed(std::string_view format, const json::value& expected);
    /// How recorded exchanges are shown.
    enum class shown { requests, responses, pairs };
    void failed(std::string_view format, const json::value& expected, const log_snapshot& snapshot,
                const std::vector<std::size_t>& recorded, shown as);
    /// `because` is a sentence.
    void undecided(std::string_view format, const json::value& expected, std::string_view because);

private:
    void write(entry_type type, std::string_view format, std::vector<note_argument> arguments);
    [[nodiscard]] note_argument::kind expected_kind() const;

    event_log& log_;
    traffic what_;
    std::shared_ptr<const model::request_matcher> request_;
};

} // namespace mockfleet::store
