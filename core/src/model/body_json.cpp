// JSON codec of bodies in matchers and responses (core.md 2.7).
#include "base/ascii.hpp"
#include "model/base64.hpp"
#include "model/charset.hpp"
#include "model/codec_parts.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace mockfleet::model {
namespace {

constexpr std::string_view json_default_type = "application/json; charset=utf-8";
constexpr std::string_view xml_default_type = "application/xml; charset=utf-8";

/// A body type, the key that marks it in an object without `type`, and where it is served.
struct body_form {
    std::string_view type;
    std::string_view key; ///< empty = only `type` tells it
    body_kind kind;
    bool in_matcher;
    bool in_response;
};

constexpr body_form forms[] = {
    {"STRING", "string", body_kind::string, true, true},
    {"JSON", "json", body_kind::json, true, true},
    {"REGEX", "regex", body_kind::regex, true, false},
    {"BINARY", "base64Bytes", body_kind::binary, true, true},
    {"PARAMETERS", "", body_kind::parameters, true, false},
    {"XML", "xml", body_kind::xml, false, true},
    {"FILE", "filePath", body_kind::file, false, true},
    {"JSON_SCHEMA", "jsonSchema", body_kind::json_schema, false, false},
    {"JSON_PATH", "jsonPath", body_kind::json_path, false, false},
    {"XML_SCHEMA", "xmlSchema", body_kind::xml_schema, false, false},
    {"XPATH", "xpath", body_kind::xpath, false, false},
    {"GRAPHQL", "graphQL", body_kind::graphql, false, false},
    {"JSON_RPC", "jsonRpc", body_kind::json_rpc, false, false},
    {"WASM", "moduleName", body_kind::wasm, false, false},
};

/// Body types of later work without a kind of their own in the model.
constexpr std::string_view later_types[] = {"MULTIPART", "FUZZY", "ALL_OF"};
constexpr std::string_view later_keys[] = {"fuzzy", "bodyAllOf"};

const body_form* form_of_key(std::string_view key) {
    for (const auto& form : forms) {
        if (!form.key.empty() && form.key == key) return &form;
    }
    return nullptr;
}

const body_form* form_of_type(std::string_view type) {
    for (const auto& form : forms) {
        if (base::equal_ignoring_case(form.type, type)) return &form;
    }
    return nullptr;
}

const body_form& form_of_kind(body_kind kind) {
    for (const auto& form : forms) {
        if (form.kind == kind) return form;
    }
    return forms[0];
}

bool served(const body_form& form, body_use use) {
    return use == body_use::matcher ? form.in_matcher : form.in_response;
}

class body_reader {
public:
    body_reader(body_use use, const field_path& where, read_issues& issues)
        : use_(use), where_(where), issues_(issues) {}

    std::optional<body> read(const json::value& source) {
        if (source.is_string()) {
            body_.text = source.as_string();
        } else if (source.is_array()) {
            read_document(source);
        } else if (source.is_object()) {
            read_object(source);
        } else {
            issues_.invalid(where_.text() + " must be a string, an object or an array");
        }
        if (use_ == body_use::response && body_.kind == body_kind::string && body_.text.empty())
            return std::nullopt;
        return std::move(body_);
    }

private:
    void read_object(const json::value& source) {
        const body_form* form = nullptr;
        const json::value* content = nullptr;
        for (const auto& [name, item] : source.as_object()) {
            if (const auto* found = form_of_key(name)) {
                if (use_ == body_use::response && !found->in_response) continue;
                form = found;
                content = &item;
            }
            if (use_ == body_use::matcher && is_later(later_keys, name))
                issues_.unsupported(field(name).text());
        }
        const auto* type = source.find("type");
        if (form == nullptr && type != nullptr && type->is_string()) {
            form = form_of_type(type->as_string());
            if (use_ == body_use::matcher && is_later(later_types, type->as_string()))
                refuse(type->as_string());
            if (form != nullptr && use_ == body_use::response && !form->in_response) form = nullptr;
        }
        if (form == nullptr) {
            read_document(source);
            return;
        }
        if (!served(*form, use_)) {
            refuse(form->type);
            return;
        }
        body_.kind = form->kind;
        read_common(source);
        read_content(source, content);
        settle_content_type();
    }

    template <std::size_t Count>
    static bool is_later(const std::string_view (&table)[Count], std::string_view name) {
        for (const auto entry : table) {
            if (entry == name) return true;
        }
        return false;
    }

    void refuse(std::string_view type) {
        issues_.unsupported(where_.text() + " of type " + std::string(type));
    }

    field_path field(std::string_view name) const { return {&where_, name}; }

    void read_document(const json::value& source) {
        body_.kind = body_kind::json;
        body_.document = source;
        body_.text = json::pretty(source);
    }

    void read_common(const json::value& source) {
        for (const auto& [name, content] : source.as_object()) {
            if (name == "not") {
                body_.negated = read_flag(content, field(name), issues_).value_or(false);
            } else if (name == "optional") {
                body_.optional = read_flag(content, field(name), issues_).value_or(false);
            } else if (name == "contentType") {
                body_.content_type = read_text(content, field(name), issues_);
            } else if (name == "charset") {
                body_.charset = read_text(content, field(name), issues_);
                if (!is_known_charset(body_.charset))
                    issues_.invalid(field(name).text() + ": unknown charset " + body_.charset);
            } else if (name == "subString" && body_.kind == body_kind::string) {
                body_.sub_string = read_flag(content, field(name), issues_).value_or(false);
            } else if (name == "templateType") {
                issues_.unsupported(field(name).text());
            }
        }
    }

    void read_content(const json::value& source, const json::value* content) {
        switch (body_.kind) {
        case body_kind::json:
            read_json(source, content);
            break;
        case body_kind::parameters:
            if (const auto* parameters = source.find("parameters")) {
                body_.parameters = read_multi_value(*parameters, field("parameters"), issues_);
            }
            break;
        case body_kind::binary:
            if (content != nullptr) read_bytes(*content);
            break;
        default:
            if (content != nullptr) read_plain(*content);
        }
    }

    void read_json(const json::value& source, const json::value* content) {
        if (content == nullptr || content->is_null()) {
            issues_.invalid(field("json").text() + " is missing");
            return;
        }
        if (content->is_string()) {
            body_.text = content->as_string();
            if (const auto failure = json::parse_tolerant(body_.text, body_.document)) {
                issues_.invalid(field("json").text() + " is not valid JSON: " + failure->what);
            }
        } else {
            read_document(*content);
        }
        if (use_ == body_use::response) return;
        if (const auto* type = source.find("matchType")) {
            const bool strict = type->is_string() && type->as_string() == "STRICT";
            if (strict) body_.match_type = json_match_type::strict;
        }
        if (const auto* numbers = source.find("matchNumbersAsStrings")) {
            body_.match_numbers_as_strings =
                read_flag(*numbers, field("matchNumbersAsStrings"), issues_).value_or(false);
        }
    }

    void read_bytes(const json::value& content) {
        auto bytes = decode_base64(read_text(content, field("base64Bytes"), issues_));
        if (!bytes) issues_.invalid(field("base64Bytes").text() + " is not valid base64");
        body_.text = std::move(bytes).value_or(std::string());
    }

    /// Other scalars and structures count as their JSON text.
    void read_plain(const json::value& content) {
        if (content.is_string()) {
            body_.text = content.as_string();
        } else if (content.is_null()) {
            issues_.invalid(where_.text() + " has null where a text is needed");
        } else {
            body_.text = json::pretty(content);
        }
    }

    /// One content type out of contentType and charset; a default or unreadable one counts as none.
    void settle_content_type() {
        if (!body_.content_type.empty() && media_type(body_.content_type).empty()) body_.content_type.clear();
        std::string_view fallback;
        if (body_.kind == body_kind::json) fallback = json_default_type;
        if (body_.kind == body_kind::xml) fallback = xml_default_type;
        if (body_.content_type.empty() && !body_.charset.empty()) {
            const auto type = body_.kind == body_kind::json  ? "application/json"
                              : body_.kind == body_kind::xml ? "application/xml"
                                                             : "text/plain";
            body_.content_type = std::string(type) + "; charset=" + body_.charset;
        }
        if (base::equal_ignoring_case(body_.content_type, fallback)) body_.content_type.clear();
        body_.charset = charset_of(body_.content_type);
    }

    body_use use_;
    const field_path& where_;
    read_issues& issues_;
    body body_;
};

bool written_short(const body& source) {
    if (source.negated || source.optional || !source.content_type.empty()) return false;
    if (source.kind == body_kind::string) return !source.sub_string;
    return source.kind == body_kind::json && source.match_type == json_match_type::only_matching_fields &&
           !source.match_numbers_as_strings;
}

json::value write_json_document(const body& source, written_form form) {
    // The text is what is served, so it must not change on the way through a store.
    return form == written_form::stored ? json::value(source.text) : source.document;
}

void write_content(json::value& out, const body& source, written_form form) {
    switch (source.kind) {
    case body_kind::string:
    case body_kind::xml:
        out.set(source.kind == body_kind::string ? "string" : "xml", source.text);
        if (form == written_form::api)
            out.set("rawBytes", encode_base64(from_utf8(source.text, source.charset)));
        if (source.sub_string) out.set("subString", true);
        if (!source.content_type.empty()) out.set("contentType", source.content_type);
        break;
    case body_kind::json:
        out.set("json", write_json_document(source, form));
        if (source.match_type == json_match_type::strict) out.set("matchType", "STRICT");
        if (source.match_numbers_as_strings) out.set("matchNumbersAsStrings", true);
        break;
    case body_kind::binary:
        out.set("base64Bytes", encode_base64(source.text));
        if (!source.content_type.empty()) out.set("contentType", source.content_type);
        break;
    case body_kind::parameters:
        if (!source.parameters.empty()) out.set("parameters", write_multi_value(source.parameters, form));
        break;
    default:
        out.set(std::string(form_of_kind(source.kind).key), source.text);
    }
}

} // namespace

std::optional<body> read_body(const json::value& source, body_use use, const field_path& where,
                              read_issues& issues) {
    return body_reader(use, where, issues).read(source);
}

json::value write_body(const body& source, written_form form) {
    if (source.kind == body_kind::string && written_short(source)) return source.text;
    if (source.kind == body_kind::json && form == written_form::api && written_short(source))
        return source.document;
    json::value out;
    if (source.negated) out.set("not", true);
    if (source.optional) out.set("optional", true);
    const bool type_after = source.kind == body_kind::json || source.kind == body_kind::file;
    if (type_after && !source.content_type.empty()) out.set("contentType", source.content_type);
    const auto& form_names = form_of_kind(source.kind);
    if (source.kind == body_kind::file) out.set("filePath", source.text);
    out.set("type", form_names.type);
    if (source.kind != body_kind::file) write_content(out, source, form);
    return out;
}

} // namespace mockfleet::model
