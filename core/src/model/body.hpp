// Bodies as the JSON API names them (core.md 2.7): one value type for matchers, responses and recorded requests.
#pragma once

#include "json/value.hpp"
#include "model/text_matcher.hpp"

#include <optional>
#include <string>

namespace mockfleet::model {

enum class body_kind {
    string, regex, json, json_schema, json_path, xml, xml_schema, xpath, binary, parameters, graphql, json_rpc, file, wasm,
};

enum class json_match_type { only_matching_fields, strict };

struct body {
    body_kind kind = body_kind::string;
    bool negated = false;
    bool optional = false;
    std::string text;      ///< string, regex, xml, ...: the text; json: the document's text as given; binary: the raw bytes; file: the path
    std::string content_type; ///< empty = none given
    std::string charset;
    bool sub_string = false;                     ///< string only
    json_match_type match_type = json_match_type::only_matching_fields; ///< json only
    bool match_numbers_as_strings = false;       ///< json only
    json::value document;                        ///< json: the parsed document; others: the object as given (kinds without own fields)
    multi_value_map parameters;                  ///< parameters only
    bool operator==(const body&) const = default;
};

} // namespace mockfleet::model
