// How the parser of Java patterns reads its text: quotes spelled out, white space and comments passed over,
// errors placed.
#include "matching/java_parser.hpp"

#include "base/utf8.hpp"

#include <utility>

namespace mockfleet::matching {
namespace {

bool ascii_space(std::int32_t code) {
    return code == ' ' || (code >= 9 && code <= 13);
}

bool ascii_digit(std::int32_t code) {
    return code >= '0' && code <= '9';
}

bool ascii_alpha(std::int32_t code) {
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}

/// Spells `\Q...\E` out as single escapes, which is how Java treats it: before anything else is looked at.
std::u32string without_quotes(const std::u32string& pattern) {
    const std::size_t length = pattern.size();
    std::size_t from = 0;
    while (from + 1 < length && !(pattern[from] == '\\' && pattern[from + 1] == 'Q'))
        from += pattern[from] == '\\' ? 2 : 1;
    if (from + 1 >= length) return pattern;

    std::u32string result = pattern.substr(0, from);
    from += 2;
    bool quoted = true;
    bool first = true;
    while (from < length) {
        const char32_t found = pattern[from++];
        const char32_t follower = from < length ? pattern[from] : 0;
        const auto code = static_cast<std::int32_t>(found);
        if (found >= 0x80 || ascii_alpha(code)) {
            result.push_back(found);
        } else if (ascii_digit(code)) {
            // A digit must not lengthen an escape before the quote.
            if (first) result.append(U"\\x3");
            result.push_back(found);
        } else if (found != '\\') {
            if (quoted) result.push_back('\\');
            result.push_back(found);
        } else if (quoted) {
            if (follower == 'E') {
                ++from;
                quoted = false;
            } else {
                result.append(U"\\\\");
            }
        } else if (follower == 'Q') {
            ++from;
            quoted = true;
            first = true;
            continue;
        } else {
            result.push_back(found);
            if (from < length) result.push_back(pattern[from++]);
        }
        first = false;
    }
    return result;
}

std::u32string decoded(std::string_view source) {
    std::u32string result;
    result.reserve(source.size() + 2);
    while (!source.empty()) {
        const base::utf8_step step = base::decode_utf8(source);
        result.push_back(step.code);
        source.remove_prefix(step.size);
    }
    return result;
}

} // namespace

java_parser::java_parser(std::u32string pattern) : text_(without_quotes(pattern)), length_(text_.size()) {
    text_.append(2, U'\0');
}

void java_parser::fail(const char* reason) const {
    throw parse_stop{{pattern_error::cause_type::syntax,
                      static_cast<std::uint32_t>(cursor_ > 0 ? cursor_ - 1 : 0), reason}};
}

void java_parser::fail_unsupported(const char* what) const {
    throw parse_stop{{pattern_error::cause_type::unsupported,
                      static_cast<std::uint32_t>(cursor_ > 0 ? cursor_ - 1 : 0), what}};
}

java_parser::symbol java_parser::at(std::size_t index) const {
    return index < text_.size() ? static_cast<symbol>(text_[index]) : 0;
}

java_parser::symbol java_parser::peek() {
    const symbol found = at(cursor_);
    return flags_.comments ? peek_past_white(found) : found;
}

java_parser::symbol java_parser::read() {
    const symbol found = at(cursor_++);
    return flags_.comments ? read_past_white(found) : found;
}

java_parser::symbol java_parser::next() {
    const symbol found = at(++cursor_);
    return flags_.comments ? peek_past_white(found) : found;
}

java_parser::symbol java_parser::next_escaped() {
    return at(++cursor_);
}

java_parser::symbol java_parser::skip() {
    cursor_ += 2;
    return at(cursor_ - 1);
}

void java_parser::accept(symbol wanted, const char* reason) {
    if (read() != wanted) fail(reason);
}

java_parser::symbol java_parser::peek_past_white(symbol found) {
    while (ascii_space(found) || found == '#') {
        while (ascii_space(found))
            found = at(++cursor_);
        if (found != '#') continue;
        do
            found = at(++cursor_);
        while (cursor_ < length_ && !line_separator(found));
    }
    return found;
}

java_parser::symbol java_parser::read_past_white(symbol found) {
    while (ascii_space(found) || found == '#') {
        while (ascii_space(found))
            found = at(cursor_++);
        if (found != '#') continue;
        do
            found = at(cursor_++);
        while (cursor_ <= length_ && !line_separator(found));
    }
    return found;
}

bool java_parser::line_separator(symbol found) const {
    if (flags_.unix_lines) return found == '\n';
    return found == '\n' || found == '\r' || (found | 1) == 0x2029 || found == 0x85;
}

case_mode java_parser::casing() const {
    if (!flags_.ignore_case) return case_mode::exact;
    return flags_.unicode_case ? case_mode::unicode : case_mode::ascii;
}

property_style java_parser::style() const {
    return flags_.unicode_class ? property_style::unicode : property_style::plain;
}

java_parse parse_java_pattern(std::string_view source) {
    java_parse result;
    try {
        result.pattern = java_parser(decoded(source)).parse();
    } catch (const parse_stop& stop) {
        result.error = stop.error;
    }
    return result;
}

} // namespace mockfleet::matching
