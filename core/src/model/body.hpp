// Bodies as the JSON API names them (core.md 2.7): one value type for matchers, responses and recorded
// requests.
#pragma once

#include "model/text_matcher.hpp"
#include "json/value.hpp"

#include <optional>
#include <string>

namespace mockfleet::model {

enum class body_kind {
    string,
    regex,
    json,
    json_schema,
    json_path,
    xml,
    xml_schema,
    xpath,
    binary,
    parameters,
    graphql,
    json_rpc,
    file,
    wasm,
};

enum class json_match_type { only_matching_fields, strict };

struct body {
    body_kind kind = body_kind::string;
    bool negated = false;
    bool optional = false;
    /// string, regex, xml: the text (a string keeps its prefix marks in front, core.md 2.6); binary: the raw
    /// bytes; file: the path; json: the document's text, as given or, when it was given as a structure,
    /// pretty (core.md 2.15).
    std::string text;
    std::string content_type; ///< empty = none given, or the default of the kind (core.md 2.7.2)
    std::string charset;      ///< the charset parameter of content_type; empty = none
    bool sub_string = false;  ///< string only
    json_match_type match_type = json_match_type::only_matching_fields; ///< json only
    bool match_numbers_as_strings = false;                              ///< json only
    json::value
        document; ///< json: the parsed document; others: the object as given (kinds without own fields)
    multi_value_map parameters; ///< parameters only
    bool operator==(const body&) const = default;
};

} // namespace mockfleet::model
