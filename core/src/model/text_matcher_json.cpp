// JSON codec of texts and of key/value containers (core.md 2.5, 2.6).
#include "model/codec_parts.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <vector>

namespace mockfleet::model {
namespace {

constexpr wire_name<parameter_style> styles[] = {
    {"SIMPLE", parameter_style::simple},
    {"SIMPLE_EXPLODED", parameter_style::simple_exploded},
    {"LABEL", parameter_style::label},
    {"LABEL_EXPLODED", parameter_style::label_exploded},
    {"MATRIX", parameter_style::matrix},
    {"MATRIX_EXPLODED", parameter_style::matrix_exploded},
    {"FORM", parameter_style::form},
    {"FORM_EXPLODED", parameter_style::form_exploded},
    {"SPACE_DELIMITED", parameter_style::space_delimited},
    {"SPACE_DELIMITED_EXPLODED", parameter_style::space_delimited_exploded},
    {"PIPE_DELIMITED", parameter_style::pipe_delimited},
    {"PIPE_DELIMITED_EXPLODED", parameter_style::pipe_delimited_exploded},
    {"DEEP_OBJECT", parameter_style::deep_object},
};

constexpr wire_name<multi_value_map::key_match_style> key_styles[] = {
    {"SUB_SET", multi_value_map::key_match_style::sub_set},
    {"MATCHING_KEY", multi_value_map::key_match_style::matching_key},
};

constexpr std::string_view key_style_name = "keyMatchStyle";

/// The keyMatchStyle of a multi-value container in object form; nullopt when the field is an ordinary entry.
std::optional<multi_value_map::key_match_style> key_style_of(const json::member& field) {
    if (field.name != key_style_name || !field.content.is_string()) return std::nullopt;
    return find_named(key_styles, field.content.as_string());
}

std::vector<text_matcher> read_values(const json::value& source, const field_path& where,
                                      read_issues& issues) {
    std::vector<text_matcher> out;
    if (source.is_array()) {
        out.reserve(source.as_array().size());
        for (const auto& item : source.as_array())
            out.push_back(read_text_matcher(item, where, issues));
    } else {
        out.push_back(read_text_matcher(source, where, issues));
    }
    return out;
}

multi_value_entry read_multi_entry(const json::member& field, const field_path& where, read_issues& issues) {
    multi_value_entry entry;
    entry.name = parse_prefixed(field.name);
    const auto* values = field.content.find("values");
    const auto* style = field.content.find("parameterStyle");
    if (values == nullptr && style == nullptr &&
        !(field.content.is_object() && field.content.as_object().empty())) {
        entry.values = read_values(field.content, where, issues);
        return entry;
    }
    entry.style = parameter_style::form_exploded;
    if (style != nullptr) {
        entry.style = find_named(styles, read_text(*style, where, issues));
        if (!entry.style) issues.invalid(field_path{&where, field.name}.text() + ": unknown parameterStyle");
    }
    if (values != nullptr) entry.values = read_values(*values, where, issues);
    return entry;
}

/// Finds the entries of a container by name; many names do not make it slow.
template <class Entry>
class entry_finder {
public:
    explicit entry_finder(std::vector<Entry>& entries) : entries_(entries) {}

    Entry* find(const text_matcher& name) {
        if (entries_.size() <= few) {
            for (auto& entry : entries_) {
                if (entry.name == name) return &entry;
            }
            return nullptr;
        }
        for (auto i = indexed_.size(); i < entries_.size(); ++i)
            indexed_.emplace(to_prefixed(entries_[i].name), i);
        const auto known = indexed_.find(to_prefixed(name));
        return known == indexed_.end() ? nullptr : &entries_[known->second];
    }

private:
    static constexpr std::size_t few = 16;
    std::vector<Entry>& entries_;
    std::unordered_map<std::string, std::size_t> indexed_;
};

/// Entries of one name are one entry; names without values say nothing (as the original has it).
void add_entry(entry_finder<multi_value_entry>& finder, multi_value_map& map, multi_value_entry entry) {
    if (entry.values.empty()) return;
    if (auto* known = finder.find(entry.name)) {
        std::move(entry.values.begin(), entry.values.end(), std::back_inserter(known->values));
    } else {
        map.entries.push_back(std::move(entry));
    }
}

void add_entry(entry_finder<single_value_entry>& finder, single_value_map& map, single_value_entry entry) {
    if (auto* known = finder.find(entry.name)) {
        known->value = std::move(entry.value);
    } else {
        map.entries.push_back(std::move(entry));
    }
}

/// The name of an entry in array form. It is written back as a key, so it has to survive the prefix notation.
text_matcher read_name(const json::value& item, const field_path& where, read_issues& issues) {
    const auto* name = item.find("name");
    if (name == nullptr) {
        issues.invalid(where.text() + " has an entry without a name");
        return {};
    }
    auto out = read_text_matcher(*name, where, issues);
    if (parse_prefixed(to_prefixed(out)) != out) {
        issues.invalid(where.text() + " has a name that itself begins with ! or ?");
    }
    return out;
}

json::value write_values(const std::vector<text_matcher>& values) {
    json::array out;
    out.reserve(values.size());
    for (const auto& text : values)
        out.push_back(write_text_matcher(text));
    return out;
}

} // namespace

text_matcher read_text_matcher(const json::value& source, const field_path& where, read_issues& issues) {
    if (source.is_string()) return parse_prefixed(source.as_string());
    text_matcher out;
    if (!source.is_object()) {
        issues.invalid(where.text() + " must be a string or an object with value, not, optional");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        if (name == "value") {
            out.value = read_text(content, {&where, name}, issues);
        } else if (name == "not") {
            out.negated = read_flag(content, {&where, name}, issues).value_or(false);
        } else if (name == "optional") {
            out.optional = read_flag(content, {&where, name}, issues).value_or(false);
        } else if (name == "schema") {
            issues.unsupported(field_path{&where, name}.text());
        } else if (name != "parameterStyle") {
            issues.invalid(field_path{&where, name}.text() + " is unknown");
        }
    }
    return out.value.empty() ? text_matcher{} : out;
}

multi_value_map read_multi_value(const json::value& source, const field_path& where, read_issues& issues) {
    multi_value_map out;
    entry_finder finder(out.entries);
    if (source.is_object()) {
        out.entries.reserve(source.as_object().size());
        for (const auto& field : source.as_object()) {
            if (const auto style = key_style_of(field)) {
                out.key_style = *style;
            } else {
                add_entry(finder, out, read_multi_entry(field, where, issues));
            }
        }
    } else if (source.is_array()) {
        for (const auto& item : source.as_array()) {
            multi_value_entry entry;
            entry.name = read_name(item, where, issues);
            if (const auto* values = item.find("values")) entry.values = read_values(*values, where, issues);
            add_entry(finder, out, std::move(entry));
        }
    } else {
        issues.invalid(where.text() + " must be an object or an array");
    }
    return out;
}

single_value_map read_single_value(const json::value& source, const field_path& where, read_issues& issues) {
    single_value_map out;
    entry_finder finder(out.entries);
    const auto add = [&](single_value_entry entry) {
        const auto style =
            entry.name.value == key_style_name ? find_named(key_styles, entry.value.value) : std::nullopt;
        if (style) {
            out.key_style = *style;
        } else {
            add_entry(finder, out, std::move(entry));
        }
    };
    if (source.is_object()) {
        for (const auto& field : source.as_object()) {
            add({parse_prefixed(field.name), read_text_matcher(field.content, where, issues)});
        }
    } else if (source.is_array()) {
        for (const auto& item : source.as_array()) {
            single_value_entry entry;
            entry.name = read_name(item, where, issues);
            if (const auto* content = item.find("value"))
                entry.value = read_text_matcher(*content, where, issues);
            add(std::move(entry));
        }
    } else {
        issues.invalid(where.text() + " must be an object or an array");
    }
    return out;
}

json::value write_text_matcher(const text_matcher& source) {
    if (source.schema) {
        json::value out;
        if (source.negated) out.set("not", true);
        out.set("schema", *source.schema);
        return out;
    }
    auto prefixed = to_prefixed(source);
    const bool marked =
        source.negated || source.optional || prefixed.starts_with('!') || prefixed.starts_with('?');
    if (!marked || parse_prefixed(prefixed) == source) return prefixed;
    // A value that itself begins with a mark can only be told from the notation in the long form.
    json::value out;
    out.set("not", source.negated);
    if (source.optional) out.set("optional", true);
    out.set("value", source.value);
    return out;
}

json::value write_multi_value(const multi_value_map& source, written_form form) {
    std::vector<std::pair<std::string, const multi_value_entry*>> sorted;
    sorted.reserve(source.entries.size());
    for (const auto& entry : source.entries)
        sorted.emplace_back(to_prefixed(entry.name), &entry);
    // The API lists names in descending order, whatever order they are used in.
    if (form == written_form::api) {
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const auto& left, const auto& right) { return left.first > right.first; });
    }
    json::value out(json::object{});
    if (source.key_style != multi_value_map::key_match_style::sub_set) {
        out.set(std::string(key_style_name), name_of(key_styles, source.key_style));
    }
    for (auto& [name, entry] : sorted) {
        if (!entry->style) {
            out.set(std::move(name), write_values(entry->values));
            continue;
        }
        json::value styled;
        styled.set("parameterStyle", name_of(styles, *entry->style));
        styled.set("values", write_values(entry->values));
        out.set(std::move(name), std::move(styled));
    }
    return out;
}

json::value write_single_value(const single_value_map& source) {
    json::value out(json::object{});
    if (source.key_style != multi_value_map::key_match_style::sub_set) {
        out.set(std::string(key_style_name), name_of(key_styles, source.key_style));
    }
    for (const auto& [name, content] : source.entries)
        out.set(to_prefixed(name), write_text_matcher(content));
    return out;
}

} // namespace mockfleet::model
