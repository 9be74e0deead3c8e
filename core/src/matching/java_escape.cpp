// What follows a backslash in a Java pattern.
#include "matching/java_parser.hpp"

#include <utility>

namespace mockfleet::matching {
namespace {

using kind_type = pattern_node::kind_type;
using position_type = pattern_node::position_type;

int hexadecimal_value(std::int32_t code) {
    if (code >= '0' && code <= '9') return code - '0';
    if (code >= 'a' && code <= 'f') return code - 'a' + 10;
    if (code >= 'A' && code <= 'F') return code - 'A' + 10;
    return -1;
}

bool octal(std::int32_t code) {
    return code >= '0' && code <= '7';
}

pattern_node position_node(position_type position) {
    pattern_node node;
    node.kind = kind_type::position;
    node.position = position;
    return node;
}

pattern_node plain_node(kind_type kind) {
    pattern_node node;
    node.kind = kind;
    return node;
}

void append_name(std::string& name, std::int32_t code) {
    // Names are ASCII; anything else only has to make the look-up fail.
    name.push_back(code >= 0 && code < 0x80 ? static_cast<char>(code) : '\x7f');
}

} // namespace

java_parser::escaped java_parser::escape(escape_place place) {
    const symbol letter = skip();
    const bool in_text = place == escape_place::text;
    escaped result;
    const auto character = [&result](symbol value) {
        result.character = value;
        return result;
    };
    const auto node = [&](pattern_node made) {
        if (!in_text) fail("escape not allowed in a class");
        result.node = std::move(made);
        return std::move(result);
    };
    switch (letter) {
    case '0':
        return character(octal_escape());
    case 'a':
        return character(7);
    case 'c':
        if (cursor_ >= length_) fail("control escape without a character");
        return character(read() ^ 64);
    case 'e':
        return character(27);
    case 'f':
        return character('\f');
    case 'n':
        return character('\n');
    case 'r':
        return character('\r');
    case 't':
        return character('\t');
    case 'u':
        return character(utf16_escape());
    case 'x':
        return character(hexadecimal_escape());
    case 'N':
        fail_unsupported("characters by name (\\N)");
    case 'A':
    case 'G':
        return node(position_node(position_type::text_begin));
    case 'B':
    case 'b': {
        if (in_text && letter == 'b' && grapheme_boundary_follows())
            fail_unsupported("grapheme cluster boundary \\b{g}");
        pattern_node boundary =
            position_node(letter == 'b' ? position_type::word_boundary : position_type::not_word_boundary);
        boundary.unicode_words = flags_.unicode_class;
        return node(std::move(boundary));
    }
    case 'R':
        return node(plain_node(kind_type::line_break));
    case 'X':
        return node(plain_node(kind_type::grapheme));
    case 'Z': {
        pattern_node end = position_node(position_type::last_line_end);
        end.unix_lines = flags_.unix_lines;
        return node(std::move(end));
    }
    case 'z':
        return node(position_node(position_type::text_end));
    case 'k':
        if (!in_text) fail("escape not allowed in a class");
        return node(named_reference());
    case 'v':
        // As the end of a range it is the one character it was before Java 8.
        if (place == escape_place::range_end) return character(11);
        return class_escape(letter);
    case 'd':
    case 'D':
    case 'h':
    case 'H':
    case 's':
    case 'S':
    case 'V':
    case 'w':
    case 'W':
        return class_escape(letter);
    default:
        break;
    }
    if (letter >= '1' && letter <= '9') {
        if (!in_text) fail("escape not allowed in a class");
        return node(back_reference(static_cast<std::uint32_t>(letter - '0')));
    }
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) fail("unknown escape");
    return character(letter);
}

java_parser::escaped java_parser::class_escape(symbol letter) const {
    escaped result;
    const bool negated = letter >= 'A' && letter <= 'Z';
    char_class found = java_shorthand(static_cast<char>(letter | 0x20), style());
    if (negated) found.negate();
    result.set = std::make_shared<const char_class>(std::move(found));
    result.node.kind = kind_type::set;
    result.node.set = result.set;
    return result;
}

pattern_node java_parser::back_reference(std::uint32_t number) {
    for (symbol found = peek(); found >= '0' && found <= '9'; found = peek()) {
        const std::uint32_t longer = number * 10 + static_cast<std::uint32_t>(found - '0');
        if (longer > groups_) break;
        number = longer;
        read();
    }
    pattern_node node;
    node.kind = kind_type::back_reference;
    node.number = number;
    node.casing = casing();
    back_references_ = true;
    return node;
}

pattern_node java_parser::named_reference() {
    if (read() != '<') fail("\\k without '<'");
    const auto found = names_.find(group_name(read()));
    if (found == names_.end()) fail("\\k of an unknown group");
    pattern_node node;
    node.kind = kind_type::back_reference;
    node.number = found->second;
    node.casing = casing();
    back_references_ = true;
    return node;
}

bool java_parser::grapheme_boundary_follows() {
    const std::size_t start = cursor_;
    if (peek() != '{' || skip() != 'g') {
        cursor_ = start;
        return false;
    }
    if (read() != '}') fail("\\b{g is not closed");
    return true;
}

java_parser::symbol java_parser::octal_escape() {
    const symbol first = read();
    if (!octal(first)) fail("octal escape without an octal digit");
    const symbol second = read();
    if (!octal(second)) {
        --cursor_;
        return first - '0';
    }
    const symbol third = read();
    if (octal(third) && first <= '3') return (first - '0') * 64 + (second - '0') * 8 + (third - '0');
    --cursor_;
    return (first - '0') * 8 + (second - '0');
}

java_parser::symbol java_parser::hexadecimal_escape() {
    const symbol first = read();
    if (hexadecimal_value(first) >= 0) {
        const symbol second = read();
        if (hexadecimal_value(second) >= 0) return hexadecimal_value(first) * 16 + hexadecimal_value(second);
    } else if (first == '{' && hexadecimal_value(peek()) >= 0) {
        symbol value = 0;
        symbol found = read();
        for (; hexadecimal_value(found) >= 0; found = read()) {
            value = value * 16 + hexadecimal_value(found);
            if (value > static_cast<symbol>(last_code_point)) fail("hexadecimal escape beyond U+10FFFF");
        }
        if (found != '}') fail("hexadecimal escape is not closed");
        return value;
    }
    fail("hexadecimal escape without two digits");
}

java_parser::symbol java_parser::utf16_unit() {
    symbol value = 0;
    for (int digit = 0; digit < 4; ++digit) {
        const int found = hexadecimal_value(read());
        if (found < 0) fail("\\u without four hexadecimal digits");
        value = value * 16 + found;
    }
    return value;
}

java_parser::symbol java_parser::utf16_escape() {
    const symbol high = utf16_unit();
    if (high < 0xd800 || high > 0xdbff) return high;
    const std::size_t start = cursor_;
    if (read() == '\\' && read() == 'u') {
        const symbol low = utf16_unit();
        if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    cursor_ = start;
    return high;
}

std::shared_ptr<const char_class> java_parser::property(symbol letter) {
    std::string name;
    if (next() != '{') {
        --cursor_;
        next();
        append_name(name, at(cursor_));
        read();
    } else {
        next();
        const std::size_t start = cursor_;
        std::size_t end = start;
        while (end < length_ && at(end) != '}')
            ++end;
        cursor_ = end + 1;
        if (end >= length_) fail("property name is not closed");
        if (start == end) fail("empty property name");
        for (std::size_t index = start; index < end; ++index)
            append_name(name, at(index));
    }
    const auto wanted = flags_.ignore_case ? property_case::insensitive : property_case::sensitive;
    auto found = java_property(name, style(), wanted);
    if (!found) fail("unknown property name");
    if (letter == 'P') found->negate();
    return std::make_shared<const char_class>(std::move(*found));
}

} // namespace mockfleet::matching
