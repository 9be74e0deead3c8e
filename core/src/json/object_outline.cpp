// Listing the members of one object and comparing them with wanted fields.
#include "json/object_outline.hpp"

#include "json/reader.hpp"

namespace mockfleet::json {
namespace {

bool ends_scalar(char byte) {
    return byte == ',' || byte == '}' || byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

bool is_scalar(std::string_view text) {
    return text == "true" || text == "false" || text == "null" || is_number(text);
}

bool looks_like_number(std::string_view text) {
    return text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
}

scan_result answer_of(bool equal) {
    return equal ? scan_result::yes : scan_result::no;
}

scan_result string_equals(std::string_view quoted, std::string_view wanted) {
    if (quoted.front() != '"') return scan_result::no;
    const auto text = quoted.substr(1, quoted.size() - 2);
    if (text.find('\\') == std::string_view::npos) return answer_of(text == wanted);
    value unescaped;
    if (parse_tolerant(quoted, unescaped) || !unescaped.is_string()) return scan_result::unsure;
    return answer_of(unescaped.as_string() == wanted);
}

} // namespace

void object_outline::assign(std::string_view text) {
    text_ = text;
    if (members_.capacity() > kept_members) members_ = {};
    members_.clear();
    levels_.clear();
}

const char* object_outline::skip_space(const char* at) const {
    const char* const end = text_.data() + text_.size();
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        ++at;
    return at;
}

const char* object_outline::skip_value(const char* at) const {
    const char* const end = text_.data() + text_.size();
    switch (*at) {
    case '"': {
        const char* const quote = find_closing_quote(at + 1, end);
        return quote != nullptr ? quote + 1 : nullptr;
    }
    case '{':
        return skip_brackets(at + 1, end, '{', '}');
    case '[':
        return skip_brackets(at + 1, end, '[', ']');
    default: {
        const char* behind = at;
        while (behind < end && !ends_scalar(*behind))
            ++behind;
        return is_scalar({at, behind}) ? behind : nullptr;
    }
    }
}

const char* object_outline::list(const char* at) {
    const char* const end = text_.data() + text_.size();
    const auto first = members_.size();
    at = skip_space(at);
    const bool empty = *at == '}';
    while (!empty) {
        if (*at != '"') return nullptr;
        const char* const name = ++at;
        while (at < end && *at != '"' && *at != '\\')
            ++at;
        if (*at != '"') return nullptr;
        const char* const colon = skip_space(at + 1);
        if (*colon != ':') return nullptr;
        const char* const value = skip_space(colon + 1);
        const char* const behind = skip_value(value);
        if (behind == nullptr) return nullptr;
        members_.push_back({{name, at}, {value, behind}});
        at = skip_space(behind);
        if (*at == '}') break;
        if (*at != ',') return nullptr;
        at = skip_space(at + 1);
    }
    if (at >= end) return nullptr; // what follows the text was taken for a part of it
    levels_.push_back({first, members_.size()});
    return at + 1;
}

scan_result object_outline::holds(const field_tree& wanted) {
    if (levels_.empty()) {
        if (text_.empty()) return scan_result::unsure;
        const char* const start = skip_space(text_.data());
        const char* const behind = *start == '{' ? list(start + 1) : nullptr;
        if (behind == nullptr || skip_space(behind) != text_.data() + text_.size()) {
            assign({});
            return scan_result::unsure;
        }
    }
    return level_holds(0, wanted);
}

scan_result object_outline::level_holds(std::size_t number, const field_tree& wanted) {
    const auto [first, end] = levels_[number];
    for (const auto& field : wanted.fields) {
        auto at = end;
        while (at != first && members_[at - 1].name != field.name)
            --at;
        if (at == first) return scan_result::no;
        const auto answer = member_equals(at - 1, field);
        if (answer != scan_result::yes) return answer;
    }
    return scan_result::yes;
}

scan_result object_outline::member_equals(std::size_t number, const field_tree& wanted) {
    const auto text = members_[number].value;
    switch (wanted.kind) {
    case value_kind::object:
        if (text.front() != '{') return scan_result::no;
        if (members_[number].level == not_listed) {
            if (list(text.data() + 1) == nullptr) return scan_result::unsure;
            members_[number].level = levels_.size() - 1;
        }
        return level_holds(members_[number].level, wanted);
    case value_kind::string:
        return string_equals(text, wanted.text);
    case value_kind::number:
        if (!looks_like_number(text)) return scan_result::no;
        return answer_of(text == wanted.text || same_number(numeric_of(text), wanted.number));
    case value_kind::boolean:
        return answer_of(text == (wanted.flag ? "true" : "false"));
    case value_kind::null:
        return answer_of(text == "null");
    case value_kind::array:
        break;
    }
    return scan_result::unsure;
}

} // namespace mockfleet::json
