// Internal to the codec: what the files per kind share while they read and write JSON.
#pragma once

#include "base/error.hpp"
#include "model/body.hpp"
#include "model/codec.hpp"
#include "model/expectation.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "model/text_matcher.hpp"
#include "model/verification.hpp"
#include "json/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::model {

/// Which field is being read: a chain on the stack that becomes text only for a message.
struct field_path {
    const field_path* parent = nullptr;
    std::string_view name;

    [[nodiscard]] std::string text() const;
};

/// Collects the first thing that keeps a value from being read; reading goes on with defaults, the caller
/// looks at the end.
class read_issues {
public:
    void invalid(std::string message);
    /// A feature of the API that this version does not serve; `what` is the field's path.
    void unsupported(std::string_view what);
    [[nodiscard]] bool none() const { return !first_; }
    [[nodiscard]] const base::error& first() const { return *first_; }

private:
    std::optional<base::error> first_;
};

/// Which JSON is written: the API's short forms, or forms from which exactly the same value is read again.
enum class written_form { api, stored };
enum class body_use { matcher, response };

/// Typed content of one field; a wrong type is an issue that names `where`.
[[nodiscard]] std::optional<bool> read_flag(const json::value& source, const field_path& where,
                                            read_issues& issues);
[[nodiscard]] std::optional<std::int64_t> read_integer(const json::value& source, const field_path& where,
                                                       read_issues& issues);
/// As above, within the 32 bits that the original has.
[[nodiscard]] std::optional<int> read_int(const json::value& source, const field_path& where,
                                          read_issues& issues);
[[nodiscard]] std::string read_text(const json::value& source, const field_path& where, read_issues& issues);

[[nodiscard]] text_matcher read_text_matcher(const json::value& source, const field_path& where,
                                             read_issues& issues);
[[nodiscard]] multi_value_map read_multi_value(const json::value& source, const field_path& where,
                                               read_issues& issues);
[[nodiscard]] single_value_map read_single_value(const json::value& source, const field_path& where,
                                                 read_issues& issues);
/// nullopt: an empty body of a response, which is none.
[[nodiscard]] std::optional<body> read_body(const json::value& source, body_use use, const field_path& where,
                                            read_issues& issues);
[[nodiscard]] delay read_delay(const json::value& source, const field_path& where, read_issues& issues);
[[nodiscard]] response read_response(const json::value& source, const field_path& where, read_issues& issues);
[[nodiscard]] response_matcher read_response_matcher(const json::value& source, const field_path& where,
                                                     read_issues& issues);
[[nodiscard]] http_error read_http_error(const json::value& source, read_issues& issues);
[[nodiscard]] http_forward read_http_forward(const json::value& source, read_issues& issues);
[[nodiscard]] request_matcher read_request_matcher(const json::value& source, const field_path& where,
                                                   read_issues& issues);
[[nodiscard]] std::vector<scenario_event> read_scenario_events(const json::value& source,
                                                               read_issues& issues);
[[nodiscard]] expectation read_expectation(const json::value& source, read_issues& issues);

[[nodiscard]] json::value write_text_matcher(const text_matcher& source);
[[nodiscard]] json::value write_multi_value(const multi_value_map& source, written_form form);
[[nodiscard]] json::value write_single_value(const single_value_map& source);
[[nodiscard]] json::value write_body(const body& source, written_form form);
[[nodiscard]] json::value write_delay(const delay& source);
[[nodiscard]] json::value write_response(const response& source, written_form form);
[[nodiscard]] json::value write_request_matcher(const request_matcher& source, written_form form);
[[nodiscard]] json::value write_scenario_events(const std::vector<scenario_event>& source);
[[nodiscard]] json::value write_expectation(const expectation& source, written_form form);

/// A body as it was received, typed by the content type (core.md 2.7.4).
[[nodiscard]] json::value write_recorded_body(std::string_view bytes, std::string_view content_type,
                                              json_body_form form);

/// An enumerator and its name on the wire.
template <class Enum>
struct wire_name {
    std::string_view name;
    Enum content;
};

template <class Enum, std::size_t Count>
[[nodiscard]] std::optional<Enum> find_named(const wire_name<Enum> (&table)[Count], std::string_view name) {
    for (const auto& entry : table) {
        if (entry.name == name) return entry.content;
    }
    return std::nullopt;
}

template <class Enum, std::size_t Count>
[[nodiscard]] std::string_view name_of(const wire_name<Enum> (&table)[Count], Enum content) {
    for (const auto& entry : table) {
        if (entry.content == content) return entry.name;
    }
    return {};
}

inline constexpr wire_name<time_unit> time_units[] = {
    {"DAYS", time_unit::days},
    {"HOURS", time_unit::hours},
    {"MINUTES", time_unit::minutes},
    {"SECONDS", time_unit::seconds},
    {"MILLISECONDS", time_unit::milliseconds},
    {"MICROSECONDS", time_unit::microseconds},
    {"NANOSECONDS", time_unit::nanoseconds},
};

} // namespace mockfleet::model
