// Text with matching marks: a plain string, or value/not/optional/schema (core.md 2.5, 2.6).
#pragma once

#include "json/value.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::model {

/// How one raw value is split before it is compared (core.md 2.5).
enum class parameter_style {
    simple,
    simple_exploded,
    label,
    label_exploded,
    matrix,
    matrix_exploded,
    form,
    form_exploded,
    space_delimited,
    space_delimited_exploded,
    pipe_delimited,
    pipe_delimited_exploded,
    deep_object,
};

/// `!` and `?` prefixes are already taken off `value` and stand in the flags.
struct text_matcher {
    std::string value;
    bool negated = false;
    bool optional = false;
    std::shared_ptr<const json::value> schema; ///< draft-07 schema the text must satisfy, or null

    /// "Any": nothing given at all.
    [[nodiscard]] bool blank() const { return value.empty() && !schema; }
    bool operator==(const text_matcher& other) const;
};

/// Takes `!`, `?`, `?!`, `!?` off the front of `text` (core.md 2.6). Marks without text mean nothing: blank.
[[nodiscard]] text_matcher parse_prefixed(std::string_view text);
/// The inverse: `!foo`, `?foo`, `?!foo`.
[[nodiscard]] std::string to_prefixed(const text_matcher& matcher);

struct multi_value_entry {
    text_matcher name;
    std::vector<text_matcher> values; ///< empty = any value
    std::optional<parameter_style> style;
    bool operator==(const multi_value_entry&) const = default;
};

/// keyToMultiValue (core.md 2.5): headers, query parameters, path parameters, form parameters.
struct multi_value_map {
    enum class key_match_style { sub_set, matching_key };
    key_match_style key_style = key_match_style::sub_set;
    std::vector<multi_value_entry> entries;
    [[nodiscard]] bool empty() const { return entries.empty(); }
    bool operator==(const multi_value_map&) const = default;
};

struct single_value_entry {
    text_matcher name;
    text_matcher value;
    bool operator==(const single_value_entry&) const = default;
};

/// keyToValue (core.md 2.5): cookies.
struct single_value_map {
    multi_value_map::key_match_style key_style = multi_value_map::key_match_style::sub_set;
    std::vector<single_value_entry> entries;
    [[nodiscard]] bool empty() const { return entries.empty(); }
    bool operator==(const single_value_map&) const = default;
};

} // namespace mockfleet::model
