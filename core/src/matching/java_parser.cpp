// Structure of a Java pattern: alternatives, sequences, groups, flags, quantifiers and literals.
#include "matching/java_parser.hpp"

#include "matching/unicode_case.hpp"

#include <utility>

namespace mockfleet::matching {
namespace {

using kind_type = pattern_node::kind_type;
using group_type = pattern_node::group_type;
using greed_type = pattern_node::greed_type;
using position_type = pattern_node::position_type;

constexpr std::uint32_t deepest_nesting = 200;

bool ascii_digit(std::int32_t code) {
    return code >= '0' && code <= '9';
}

bool ascii_alpha(std::int32_t code) {
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}

std::shared_ptr<const char_class> shared(code_set codes) {
    return std::make_shared<const char_class>(std::move(codes));
}

pattern_node position_node(position_type position) {
    pattern_node node;
    node.kind = kind_type::position;
    node.position = position;
    return node;
}

} // namespace

/// Counts how deep groups and classes are nested while it lives.
class java_parser::nesting {
public:
    explicit nesting(java_parser& parser) : parser_(parser) {
        if (++parser_.depth_ > deepest_nesting)
            parser_.fail_unsupported("groups or classes nested more than 200 deep");
    }
    ~nesting() { --parser_.depth_; }
    nesting(const nesting&) = delete;
    nesting& operator=(const nesting&) = delete;

private:
    java_parser& parser_;
};

java_pattern java_parser::parse() {
    java_pattern result;
    result.root = alternatives();
    if (cursor_ != length_) fail(peek() == ')' ? "closing ')' without an opening one" : "trailing backslash");
    result.groups = groups_;
    result.back_references = back_references_;
    return result;
}

pattern_node java_parser::alternatives() {
    const nesting level(*this);
    pattern_node first = sequence();
    if (peek() != '|') return first;
    pattern_node node;
    node.kind = kind_type::alternation;
    node.children.push_back(std::move(first));
    while (peek() == '|') {
        next();
        node.children.push_back(sequence());
    }
    return node;
}

pattern_node java_parser::sequence() {
    pattern_node result;
    for (;;) {
        pattern_node item;
        const symbol found = peek();
        switch (found) {
        case '(': {
            auto grouped = group();
            if (grouped) result.children.push_back(std::move(*grouped));
            continue;
        }
        case '[':
            item.kind = kind_type::set;
            item.set = std::make_shared<const char_class>(bracket_class(closing::consumed));
            break;
        case '\\':
            item = atom();
            break;
        case '^':
            next();
            item = position_node(flags_.multiline ? position_type::line_begin : position_type::text_begin);
            item.unix_lines = flags_.unix_lines;
            break;
        case '$':
            next();
            item = position_node(flags_.multiline ? position_type::line_end : position_type::last_line_end);
            item.unix_lines = flags_.unix_lines;
            break;
        case '.': {
            static const auto any = shared(code_set::all());
            static const auto but_newline = shared(code_set{{'\n', '\n'}}.complement());
            static const auto but_line_ends =
                shared(code_set{{'\n', '\n'}, {'\r', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}}.complement());
            next();
            item.kind = kind_type::set;
            item.set = flags_.dot_all ? any : flags_.unix_lines ? but_newline : but_line_ends;
            break;
        }
        case '|':
        case ')':
            return result;
        case '?':
        case '*':
        case '+':
            next();
            fail("quantifier without anything to repeat");
        case 0:
            if (cursor_ >= length_) return result;
            [[fallthrough]];
        default:
            item = atom();
            break;
        }
        result.children.push_back(quantified(std::move(item)));
    }
}

std::optional<pattern_node> java_parser::group() {
    const flag_set outside = flags_;
    pattern_node node;
    node.kind = kind_type::group;
    const auto capture = [&] {
        node.group = group_type::capturing;
        node.number = ++groups_;
    };
    if (next() == '?') {
        symbol found = skip();
        switch (found) {
        case ':':
            break;
        case '=':
            node.group = group_type::ahead;
            break;
        case '!':
            node.group = group_type::not_ahead;
            break;
        case '>':
            node.group = group_type::atomic;
            break;
        case '<':
            found = read();
            if (found == '=' || found == '!') {
                node.group = found == '=' ? group_type::behind : group_type::not_behind;
            } else {
                const std::string name = group_name(found);
                if (names_.contains(name)) fail("group name given twice");
                capture();
                names_.emplace(name, node.number);
            }
            break;
        case '$':
        case '@':
            fail("unknown type of group");
        default:
            --cursor_;
            inline_flags();
            found = read();
            if (found == ')') return std::nullopt;
            if (found != ':') fail("unknown inline flag");
            break;
        }
    } else {
        capture();
    }
    node.children.push_back(alternatives());
    const bool behind = node.group == group_type::behind || node.group == group_type::not_behind;
    if (behind && !has_maximum_length(node.children.front()))
        fail("look-behind without an obvious longest match");
    accept(')', "group is not closed");
    flags_ = outside;
    return quantified(std::move(node));
}

std::string java_parser::group_name(symbol first) {
    std::string name;
    if (!ascii_alpha(first)) fail("group name does not begin with a Latin letter");
    for (symbol found = first;; found = read()) {
        if (!ascii_alpha(found) && !ascii_digit(found)) {
            if (found != '>') fail("group name is not closed by '>'");
            return name;
        }
        name.push_back(static_cast<char>(found));
    }
}

void java_parser::inline_flags() {
    switch_flags(true);
    if (peek() == '-') {
        next();
        switch_flags(false);
    }
}

void java_parser::switch_flags(bool on) {
    for (symbol found = peek();; found = next()) {
        switch (found) {
        case 'i':
            flags_.ignore_case = on;
            break;
        case 'm':
            flags_.multiline = on;
            break;
        case 's':
            flags_.dot_all = on;
            break;
        case 'd':
            flags_.unix_lines = on;
            break;
        case 'u':
            flags_.unicode_case = on;
            break;
        case 'x':
            flags_.comments = on;
            break;
        case 'U':
            flags_.unicode_class = on;
            flags_.unicode_case = on;
            break;
        case 'c':
            if (on) fail_unsupported("canonical equivalence (?c)");
            break;
        default:
            return;
        }
    }
}

pattern_node java_parser::quantified(pattern_node atom) {
    switch (peek()) {
    case '?':
        next();
        return repeated(std::move(atom), 0, 1);
    case '*':
        next();
        return repeated(std::move(atom), 0, pattern_node::unlimited);
    case '+':
        next();
        return repeated(std::move(atom), 1, pattern_node::unlimited);
    case '{':
        break;
    default:
        return atom;
    }

    const auto number = [this](symbol& found) {
        std::uint64_t value = 0;
        for (; ascii_digit(found); found = read()) {
            value = value * 10 + static_cast<std::uint64_t>(found - '0');
            if (value > pattern_node::unlimited) fail("repetition count too large");
        }
        return static_cast<std::uint32_t>(value);
    };
    if (!ascii_digit(at(cursor_ + 1))) {
        skip();
        fail("'{' without a repetition count");
    }
    symbol found = skip();
    const std::uint32_t minimum = number(found);
    std::uint32_t maximum = minimum;
    if (found == ',') {
        found = read();
        maximum = found == '}' ? pattern_node::unlimited : number(found);
    }
    if (found != '}') fail("repetition count is not closed");
    if (maximum < minimum) fail("repetition maximum below its minimum");
    return repeated(std::move(atom), minimum, maximum);
}

pattern_node java_parser::repeated(pattern_node atom, std::uint32_t minimum, std::uint32_t maximum) {
    pattern_node node;
    node.kind = kind_type::repeat;
    node.minimum = minimum;
    node.maximum = maximum;
    const symbol found = peek();
    if (found == '?' || found == '+') {
        node.greed = found == '?' ? greed_type::lazy : greed_type::possessive;
        next();
    }
    node.children.push_back(std::move(atom));
    return node;
}

pattern_node java_parser::atom() {
    pattern_node literal;
    literal.kind = kind_type::literal;
    literal.casing = casing();
    std::size_t last = 0;
    for (symbol found = peek();;) {
        switch (found) {
        case '*':
        case '+':
        case '?':
        case '{':
            // A quantifier applies to the last character only.
            if (literal.text.size() > 1) {
                cursor_ = last;
                literal.text.pop_back();
            }
            return literal;
        case '$':
        case '.':
        case '^':
        case '(':
        case '[':
        case '|':
        case ')':
            return literal;
        case '\\': {
            last = cursor_;
            const symbol letter = next_escaped();
            if (letter == 'p' || letter == 'P') {
                if (!literal.text.empty()) {
                    cursor_ = last;
                    return literal;
                }
                literal.kind = kind_type::set;
                literal.set = property(letter);
                return literal;
            }
            cursor_ = last;
            escaped result = escape(escape_place::text);
            if (result.character < 0) {
                if (literal.text.empty()) return std::move(result.node);
                cursor_ = last;
                return literal;
            }
            literal.text.push_back(static_cast<char32_t>(result.character));
            found = peek();
            break;
        }
        case 0:
            if (cursor_ >= length_) return literal;
            [[fallthrough]];
        default:
            last = cursor_;
            literal.text.push_back(static_cast<char32_t>(found));
            found = next();
            break;
        }
    }
}

code_set literal_codes(char32_t code, case_mode casing, literal_place place) {
    code_set result{{code, code}};
    if (casing == case_mode::ascii && code < 0x80) {
        result.add(upper_case(code));
        result.add(lower_case(code));
    } else if (casing == case_mode::unicode) {
        const char32_t upper = upper_case(code);
        const char32_t fold = lower_case(upper);
        if (place == literal_place::within || upper != fold) {
            result.add(fold);
            for (const char32_t member : fold_members(fold))
                result.add(member);
        }
    }
    return result;
}

} // namespace mockfleet::matching
