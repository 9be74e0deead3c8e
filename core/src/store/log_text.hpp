// How entries of the event log look to people and clients: the LOGS text and the LOG_ENTRIES objects
// (core.md 6.3, 6.4).
#pragma once

#include "model/codec.hpp"
#include "store/log_entry.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// Local time as `yyyy-MM-dd HH:mm:ss.SSS`.
[[nodiscard]] std::string timestamp_text(std::int64_t wall_ns);

/// What the server answered by itself, mostly 404, to a request that no expectation matched.
[[nodiscard]] model::response unmatched_response(std::uint16_t status);

/// A request with its answer (core.md 1.7.2); `form` is that of the request's body.
[[nodiscard]] json::value pair_json(const recorded_exchange& made,
                                    model::json_body_form form = model::json_body_form::typed);

/// What another server answered. Pre: was_forwarded().
[[nodiscard]] json::value answer_of(const recorded_exchange& made,
                                    model::json_body_form form = model::json_body_form::typed);

/// What the client got because another server did not answer. Pre: forwarded, and failed.
[[nodiscard]] model::response failed_response(const recorded_exchange& made);

/// Which entry tells how a request was answered.
[[nodiscard]] entry_type answer_type_of(const recorded_exchange& made);

/// What a LOGS or LOG_ENTRIES retrieve shows of recorded entries, piece by piece.
class log_writer {
public:
    enum class layout { text, entries };
    explicit log_writer(layout form) : form_(form) {}

    /// The entries that stand for one exchange; `only` limits them to one type.
    void add(const recorded_exchange& made);
    void add(const recorded_exchange& made, entry_type only);
    void add(const recorded_note& made);
    /// The whole document.
    [[nodiscard]] std::string finish() &&;

private:
    struct argument {
        std::string text;  ///< as printed
        json::value value; ///< as in `arguments`
    };
    struct shown {
        entry_type type;
        base::log::level level = base::log::level::info;
        std::int64_t wall_ns = 0;
        std::uint64_t correlation = 0;
        std::string_view format;
        std::vector<argument> arguments;
        json::object members; ///< port, httpRequest, ...: between correlationId and messageFormat
    };

    [[nodiscard]] argument request_argument(const recorded_exchange& made) const;
    [[nodiscard]] argument document_argument(const json::value& document) const;
    void expand(const recorded_exchange& made, const entry_type* only);
    void write(const shown& entry);
    void write_text(const shown& entry);
    void write_entry(const shown& entry);

    layout form_;
    bool empty_ = true;
    std::string out_;
};

} // namespace mockfleet::store
