// Validation of API documents with the messages of the original (core.md 1.2): a rule describes a value, data
// not code.
#pragma once

#include "json/value.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::model::schema {

enum class rule_kind {
    any,
    boolean,
    integer, ///< a number without fraction, between minimum and maximum
    string,
    enumeration,        ///< one of `values`
    string_enumeration, ///< one of `values`, and its being a string is told apart
    object,             ///< `fields` and no others
    open_object,        ///< any object: a part of the API that this version does not look into
    open_array,         ///< any array
    open_list,          ///< any object or array
    array,              ///< of `items`, at least `least_items`
    json_schema,        ///< an object or a boolean
    text,               ///< stringOrJsonSchema (core.md 2.5)
    multi_values,       ///< keyToMultiValue (core.md 2.5); `label` names what it holds
    single_values,      ///< keyToValue (core.md 2.5)
    body,               ///< core.md 2.7
    request_definition, ///< core.md 2.3; `fields` are those of the HTTP kind
};

struct field;

struct rule {
    rule_kind kind = rule_kind::any;
    std::span<const field> fields;
    const rule* items = nullptr;
    std::size_t least_items = 0;
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
    std::span<const std::string_view> values;
    std::string_view label;
    std::span<const std::string_view> any_of; ///< object: at least one of these fields must be there
    std::span<const std::span<const std::string_view>>
        one_of;               ///< object: fields of exactly one of these groups must be there
    std::string_view or_else; ///< object: with this field there need be none of `one_of`
};

struct field {
    std::string_view name;
    const rule* content;
    bool required = false;
};

/// Rules of the documents that the API takes.
extern const rule expectation_rule;
extern const rule request_matcher_rule;
extern const rule verification_rule;
extern const rule verification_sequence_rule;

/// The messages, sorted and without duplicates; empty when `document` obeys `top`.
[[nodiscard]] std::vector<std::string> validate(const json::value& document, const rule& top);

} // namespace mockfleet::model::schema
