// Walks a document along its rule and words what it finds as the original does (core.md 1.2).
#include "model/schema.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace mockfleet::model::schema {
namespace {

constexpr std::string_view not_defined =
    "is not defined in the schema and the schema does not allow additional properties";
constexpr std::string_view none_valid = "should be valid to one and only one schema, but 0 are valid";
constexpr std::string_view two_valid =
    "should be valid to one and only one schema, but 2 are valid with indexes '0, 1'";

constexpr std::string_view style_names[] = {"SIMPLE",
                                            "SIMPLE_EXPLODED",
                                            "LABEL",
                                            "LABEL_EXPLODED",
                                            "MATRIX",
                                            "MATRIX_EXPLODED",
                                            "FORM_EXPLODED",
                                            "FORM",
                                            "SPACE_DELIMITED_EXPLODED",
                                            "SPACE_DELIMITED",
                                            "PIPE_DELIMITED_EXPLODED",
                                            "PIPE_DELIMITED",
                                            "DEEP_OBJECT"};
constexpr std::string_view key_style_names[] = {"MATCHING_KEY", "SUB_SET"};
constexpr rule boolean{.kind = rule_kind::boolean};
constexpr rule string{.kind = rule_kind::string};
constexpr rule json_schema{.kind = rule_kind::json_schema};
constexpr rule style{.kind = rule_kind::string_enumeration, .values = style_names};
constexpr field text_fields[] = {{"value", &string},
                                 {"not", &boolean},
                                 {"optional", &boolean},
                                 {"schema", &json_schema},
                                 {"parameterStyle", &style}};

/// Kinds of request definition other than HTTP, by the field that marks them.
struct other_definition {
    std::string_view marker;
    rule content;
};
constexpr other_definition other_definitions[] = {
    {"anyOf", {.kind = rule_kind::open_array}},        {"binaryData", {.kind = rule_kind::string}},
    {"dnsName", {.kind = rule_kind::string}},          {"if", {.kind = rule_kind::open_object}},
    {"specUrlOrPayload", {.kind = rule_kind::string}},
};
constexpr std::string_view other_fields[] = {
    "operationId", "contextPathPrefix", "dnsType", "dnsClass",        "then", "else", "anyOf",
    "binaryData",  "dnsName",           "if",      "specUrlOrPayload"};
/// Fields whose presence the original does not hold against the other kinds of definition.
constexpr std::string_view quiet_fields[] = {
    "method", "path",        "pathParameters",  "queryStringParameters", "headers",      "cookies",
    "body",   "secure",      "keepAlive",       "socketAddress",         "localAddress", "remoteAddress",
    "not",    "operationId", "specUrlOrPayload"};

constexpr std::string_view multi_examples = R"(

{
  "name": ["value", "pattern.*", "!unwanted"]
}

or:

{
  "name": [{"value": "text", "not": true}]
})";
constexpr std::string_view single_examples = R"(

{
  "name": "value",
  "other": "!unwanted"
}

or:

{
  "name": {"value": "text", "not": true}
})";
constexpr std::string_view body_forms =
    R"("text", [document], {document} or {"not": boolean, "optional": boolean, "type": one of
  STRING {"string", "subString", "contentType"}, REGEX {"regex"}, JSON {"json", "matchType", "contentType"},
  XML {"xml", "contentType"}, BINARY {"base64Bytes", "contentType"}, PARAMETERS {"parameters"}, FILE {"filePath"}})";

/// Where in the document: a chain on the stack that becomes text only for a message.
struct place {
    const place* parent = nullptr;
    std::string_view name;
    std::ptrdiff_t index = -1;

    [[nodiscard]] std::string text() const {
        if (parent == nullptr) return "$";
        auto out = parent->text();
        return index >= 0 ? out + "[" + std::to_string(index) + "]" : out + "." + std::string(name);
    }
};

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_integer(const json::value& value) {
    std::int64_t parsed = 0;
    if (value.to_int64(parsed)) return true;
    const double number = value.to_double();
    return value.is_number() && std::isfinite(number) && std::trunc(number) == number;
}

std::string_view type_name(const json::value& value) {
    switch (value.type()) {
    case json::value_kind::boolean:
        return "boolean";
    case json::value_kind::number:
        return value.number_text().find_first_of(".eEN") == std::string::npos ? "integer" : "number";
    case json::value_kind::string:
        return "string";
    case json::value_kind::array:
        return "array";
    case json::value_kind::object:
        return "object";
    case json::value_kind::null:
        break;
    }
    return "null";
}

bool has_blank(std::string_view name) {
    return name.find_first_of(" \t\r\n\f\v") != std::string_view::npos;
}

class validator {
public:
    void check(const json::value& value, const rule& wanted, const place& at) {
        switch (wanted.kind) {
        case rule_kind::any:
            break;
        case rule_kind::boolean:
            if (!value.is_bool()) wrong_type(value, "boolean", at);
            break;
        case rule_kind::integer:
            check_integer(value, wanted, at);
            break;
        case rule_kind::string:
            if (!value.is_string()) wrong_type(value, "string", at);
            break;
        case rule_kind::enumeration:
            check_enumeration(value, wanted.values, at);
            break;
        case rule_kind::string_enumeration:
            check_string_enumeration(value, wanted.values, at);
            break;
        case rule_kind::object:
            check_object(value, wanted, at);
            break;
        case rule_kind::open_object:
            if (!value.is_object()) wrong_type(value, "object", at);
            break;
        case rule_kind::open_array:
            if (!value.is_array()) wrong_type(value, "array", at);
            break;
        case rule_kind::open_list:
            if (!value.is_object() && !value.is_array()) {
                wrong_type(value, "array", at);
                wrong_type(value, "object", at);
                add(at, none_valid);
            }
            break;
        case rule_kind::array:
            check_array(value, wanted, at);
            break;
        case rule_kind::json_schema:
            if (!value.is_object() && !value.is_bool()) wrong_type(value, "[object, boolean]", at);
            break;
        case rule_kind::text:
            check_text(value, at);
            break;
        case rule_kind::multi_values:
            check_container(value, wanted, at);
            break;
        case rule_kind::single_values:
            check_container(value, wanted, at);
            break;
        case rule_kind::body:
            if (!value.is_string() && !value.is_object() && !value.is_array()) {
                add(at, "should match one of its valid types: " + std::string(body_forms));
            }
            break;
        case rule_kind::request_definition:
            check_request_definition(value, wanted, at);
            break;
        }
    }

    std::vector<std::string> take() {
        std::sort(messages_.begin(), messages_.end());
        messages_.erase(std::unique(messages_.begin(), messages_.end()), messages_.end());
        return std::move(messages_);
    }

private:
    void add(const place& at, std::string_view what) {
        messages_.push_back(at.text() + ": " + std::string(what));
    }

    void wrong_type(const json::value& value, std::string_view wanted, const place& at) {
        add(at, std::string(type_name(value)) + " found, " + std::string(wanted) + " expected");
    }

    void undefined(const place& parent, std::string_view name) {
        if (name.empty()) {
            add(parent, "property '' " + std::string(not_defined));
        } else {
            add({&parent, name}, not_defined);
        }
    }

    void missing(const place& parent, std::string_view name) {
        const place at{&parent, name};
        const auto path = at.text();
        if (name == "specUrlOrPayload") {
            add(at, "is missing, but is required, if specifying OpenAPI request matcher");
        } else if (path.starts_with("$.http")) {
            add(at, "is missing, but is required, if specifying action of type " + path.substr(6));
        } else if (path.starts_with("$.grpc")) {
            add(at, "is missing, but is required, if specifying action of type Grpc" + path.substr(6));
        } else {
            add(at, "is missing but it is required");
        }
    }

    void check_integer(const json::value& value, const rule& wanted, const place& at) {
        if (!is_integer(value)) wrong_type(value, "integer", at);
        if (!value.is_number()) return;
        const double number = value.to_double();
        if (number < static_cast<double>(wanted.minimum)) {
            add(at, "must have a minimum value of " + std::to_string(wanted.minimum));
        } else if (number > static_cast<double>(wanted.maximum)) {
            add(at, "must have a maximum value of " + std::to_string(wanted.maximum));
        }
    }

    bool check_enumeration(const json::value& value, std::span<const std::string_view> values,
                           const place& at) {
        if (value.is_string() && contains(values, value.as_string())) return true;
        std::string list;
        for (const auto name : values) {
            if (!list.empty()) list += ", ";
            list += "\"" + std::string(name) + "\"";
        }
        add(at, "does not have a value in the enumeration [" + list + "]");
        return false;
    }

    bool check_string_enumeration(const json::value& value, std::span<const std::string_view> values,
                                  const place& at) {
        if (!value.is_string()) wrong_type(value, "string", at);
        return check_enumeration(value, values, at);
    }

    void check_array(const json::value& value, const rule& wanted, const place& at) {
        if (!value.is_array()) {
            wrong_type(value, "array", at);
            return;
        }
        const auto& items = value.as_array();
        if (items.size() < wanted.least_items) {
            add(at, "must have at least " + std::to_string(wanted.least_items) + " items but found " +
                        std::to_string(items.size()));
        }
        for (std::size_t i = 0; i < items.size(); ++i) {
            check(items[i], *wanted.items, {&at, {}, static_cast<std::ptrdiff_t>(i)});
        }
    }

    void check_fields(const json::value& value, std::span<const field> fields, const place& at,
                      std::span<const std::string_view> also_known = {}) {
        for (const auto& [name, content] : value.as_object()) {
            const auto known =
                std::find_if(fields.begin(), fields.end(),
                             [&name = name](const field& candidate) { return candidate.name == name; });
            if (known != fields.end()) {
                check(content, *known->content, {&at, name});
            } else if (!contains(also_known, name)) {
                undefined(at, name);
            }
        }
        for (const auto& candidate : fields) {
            if (candidate.required && value.find(candidate.name) == nullptr) missing(at, candidate.name);
        }
    }

    void check_object(const json::value& value, const rule& wanted, const place& at) {
        check_groups(value, wanted, at);
        if (!value.is_object()) {
            wrong_type(value, "object", at);
            return;
        }
        check_fields(value, wanted.fields, at);
        if (wanted.any_of.empty() || has_any(value, wanted.any_of)) return;
        for (const auto name : wanted.any_of)
            missing(at, name);
    }

    static bool has_any(const json::value& value, std::span<const std::string_view> names) {
        return std::any_of(names.begin(), names.end(),
                           [&](std::string_view name) { return value.find(name) != nullptr; });
    }

    /// To a value that is no object a list of required fields says nothing, so every group is content with
    /// it.
    void check_groups(const json::value& value, const rule& wanted, const place& at) {
        if (wanted.one_of.empty()) return;
        std::size_t valid = 0;
        for (const auto group : wanted.one_of) {
            if (!value.is_object() || has_any(value, group)) ++valid;
        }
        if (valid == 1 || (valid == 0 && value.find(wanted.or_else) != nullptr)) return;
        add(at, valid == 0 ? none_valid : two_valid);
        if (valid != 0) return;
        for (const auto group : wanted.one_of) {
            for (const auto name : group)
                missing(at, name);
        }
        if (!wanted.or_else.empty()) missing(at, wanted.or_else);
    }

    bool check_text(const json::value& value, const place& at) {
        if (value.is_string()) return true;
        const auto before = messages_.size();
        if (value.is_object()) {
            check_fields(value, text_fields, at);
            if (messages_.size() == before) return true;
        }
        wrong_type(value, "string", at);
        add(at, none_valid);
        return false;
    }

    /// Headers, parameters and cookies: an array of name and values, or an object.
    void check_container(const json::value& value, const rule& wanted, const place& at) {
        if (value.is_array()) {
            check_pairs(value.as_array(), wanted, at);
        } else if (value.is_object()) {
            check_keys(value, wanted, at);
        } else {
            wrong_type(value, "array", at);
            wrong_type(value, "object", at);
            add(at, none_valid);
        }
    }

    void check_pairs(const json::array& items, const rule& wanted, const place& at) {
        const auto before = messages_.size();
        const bool multi = wanted.kind == rule_kind::multi_values;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const place item_at{&at, {}, static_cast<std::ptrdiff_t>(i)};
            if (!items[i].is_object()) {
                wrong_type(items[i], "object", item_at);
                continue;
            }
            for (const auto& [name, content] : items[i].as_object()) {
                const place field_at{&item_at, name};
                if (name == "name" || (!multi && name == "value")) {
                    check_text(content, field_at);
                } else if (multi && name == "values") {
                    check_value_list(content, field_at);
                } else {
                    add(field_at, not_defined);
                }
            }
        }
        if (messages_.size() == before) return;
        add(at, "array found, object expected");
        add(at, none_valid);
    }

    bool check_value_list(const json::value& value, const place& at) {
        if (!value.is_array()) {
            wrong_type(value, "array", at);
            return false;
        }
        bool valid = true;
        const auto& items = value.as_array();
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (!check_text(items[i], {&at, {}, static_cast<std::ptrdiff_t>(i)})) valid = false;
        }
        return valid;
    }

    void check_keys(const json::value& value, const rule& wanted, const place& at) {
        bool valid = true;
        for (const auto& [name, content] : value.as_object()) {
            const place key_at{&at, name};
            if (name.empty() || has_blank(name)) {
                valid = false;
            } else if (wanted.kind == rule_kind::single_values) {
                if (!check_text(content, key_at)) valid = false;
            } else if (name == "keyMatchStyle") {
                if (!check_string_enumeration(content, key_style_names, key_at)) valid = false;
            } else if (!check_key_values(content, key_at)) {
                valid = false;
            }
        }
        if (valid) return;
        // One bad key makes the original disown all of them.
        for (const auto& entry : value.as_object())
            undefined(at, entry.name);
        const bool multi = wanted.kind == rule_kind::multi_values;
        add(at, "invalid " + std::string(wanted.label) + " format, the following are valid examples: " +
                    std::string(multi ? multi_examples : single_examples));
        add(at, none_valid);
    }

    /// A text, a list of texts, or values with a parameter style.
    bool check_key_values(const json::value& value, const place& at) {
        if (value.is_string()) return true;
        if (value.is_array()) {
            if (check_value_list(value, at)) return true;
            wrong_type(value, "string", at);
            add(at, none_valid);
            return false;
        }
        if (value.is_object() && check_styled_values(value, at)) return true;
        wrong_type(value, "array", at);
        wrong_type(value, "string", at);
        add(at, none_valid);
        return false;
    }

    bool check_styled_values(const json::value& value, const place& at) {
        bool valid = true;
        for (const auto& [name, content] : value.as_object()) {
            const place field_at{&at, name};
            if (name == "values") {
                if (!check_value_list(content, field_at)) valid = false;
            } else if (name != "parameterStyle" ||
                       !check_string_enumeration(content, style_names, field_at)) {
                valid = false;
            }
        }
        if (valid) return true;
        for (const auto& entry : value.as_object())
            undefined(at, entry.name);
        return false;
    }

    /// Any one kind of definition has to fit; if none does, the complaints of all kinds come together.
    void check_request_definition(const json::value& value, const rule& wanted, const place& at) {
        if (!value.is_object()) {
            wrong_type(value, "object", at);
            return;
        }
        if (has_any(value, other_fields)) {
            if (fits_other_definition(value, at)) return;
            check_fields(value, wanted.fields, at, other_fields);
        } else {
            const auto before = messages_.size();
            check_fields(value, wanted.fields, at);
            if (messages_.size() == before) return;
        }
        for (const auto& entry : value.as_object()) {
            if (!contains(quiet_fields, entry.name)) undefined(at, entry.name);
        }
        for (const auto& other : other_definitions) {
            if (value.find(other.marker) == nullptr) missing(at, other.marker);
        }
    }

    /// True when there is a marker with the right content and no field of the HTTP kind beside it.
    bool fits_other_definition(const json::value& value, const place& at) {
        const auto before = messages_.size();
        bool marked = false;
        for (const auto& other : other_definitions) {
            const auto* content = value.find(other.marker);
            if (content == nullptr) continue;
            marked = true;
            check(*content, other.content, {&at, other.marker});
        }
        const auto& members = value.as_object();
        const bool alone = std::all_of(members.begin(), members.end(), [](const json::member& entry) {
            return contains(other_fields, entry.name) || entry.name == "not" || entry.name == "socketAddress";
        });
        return marked && alone && messages_.size() == before;
    }

    std::vector<std::string> messages_;
};

} // namespace

std::vector<std::string> validate(const json::value& document, const rule& top) {
    validator walk;
    walk.check(document, top, place{});
    return walk.take();
}

} // namespace mockfleet::model::schema
