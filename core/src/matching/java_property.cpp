// The table of Java's property names with their ASCII part and their PCRE2 counterpart.
#include "matching/java_property.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>

namespace mockfleet::matching {
namespace {

struct named_block {
    const char* name;
    std::uint32_t first;
    std::uint32_t last;
};

struct named_script {
    const char* name;
    const char* script;
};

#include "matching/tables/names.inc"

constexpr ascii_set chars(std::string_view members) {
    ascii_set set;
    for (const char member : members)
        set.add(static_cast<unsigned char>(member));
    return set;
}

constexpr ascii_set span(unsigned char first, unsigned char last) {
    ascii_set set;
    for (unsigned code = first; code <= last; ++code)
        set.add(static_cast<unsigned char>(code));
    return set;
}

constexpr ascii_set upper = span('A', 'Z');
constexpr ascii_set lower = span('a', 'z');
constexpr ascii_set letters = upper | lower;
constexpr ascii_set digits = span('0', '9');
constexpr ascii_set controls = span(0, 0x1f) | chars("\x7f");
constexpr ascii_set blank = chars(" \t");
constexpr ascii_set space = span(9, 13) | chars(" ");
constexpr ascii_set unicode_punctuation = chars("!\"#%&'()*,-./:;?@[\\]_{}");
constexpr ascii_set symbols = chars("$+<=>^`|~");
constexpr ascii_set ignorable = span(0, 8) | span(0x0e, 0x1b) | chars("\x7f");

using class_table = std::unordered_map<std::string_view, char_class>;

char_class codes(std::initializer_list<code_set::range> ranges) {
    return char_class(code_set(ranges));
}

char_class ascii_only(ascii_set set) {
    code_set result;
    for (unsigned char code = 0; code < 0x80; ++code)
        if (set.contains(code)) result.add(code);
    return char_class(std::move(result));
}

char_class operator|(char_class left, const char_class& right) {
    left.unite(right);
    return left;
}

char_class operator!(char_class operand) {
    operand.negate();
    return operand;
}

/// Sensitive to the case of the name: general categories, POSIX names in ASCII, java* methods.
const class_table& plain_names() {
    static const class_table table = [] {
        class_table names;
        const auto category = [&names](const char* name, ascii_set ascii) {
            names.emplace(name, char_class(ascii, "\\p{" + std::string(name) + "}"));
        };
        for (const char* name : {"Cn", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nl", "No", "Zl", "Zp", "Cf", "Co",
                                 "Cs", "So", "Pi", "Pf", "M"})
            category(name, {});
        category("Lu", upper);
        category("Ll", lower);
        category("L", letters);
        category("Nd", digits);
        category("N", digits);
        category("Zs", chars(" "));
        category("Z", chars(" "));
        category("Cc", controls);
        category("C", controls);
        category("Pd", chars("-"));
        category("Ps", chars("([{"));
        category("Pe", chars(")]}"));
        category("Pc", chars("_"));
        category("Po", chars("!\"#%&'*,./:;?@\\"));
        category("P", unicode_punctuation);
        category("Sm", chars("+<=>|~"));
        category("Sc", chars("$"));
        category("Sk", chars("^`"));
        category("S", symbols);
        const char_class letter = names.at("L");
        const char_class digit = names.at("Nd");
        const char_class ignored = ascii_only(ignorable) | codes({{0x80, 0x9f}}) | names.at("Cf");
        names.emplace("LC", char_class(letters, "\\p{L&}"));
        names.emplace("LD", letter | digit);
        names.emplace("L1", codes({{0, 0xff}}));
        names.emplace("all", char_class(code_set::all()));
        names.emplace("ASCII", codes({{0, 0x7f}}));

        names.emplace("Alnum", ascii_only(letters | digits));
        names.emplace("Alpha", ascii_only(letters));
        names.emplace("Blank", ascii_only(blank));
        names.emplace("Cntrl", ascii_only(controls));
        names.emplace("Digit", ascii_only(digits));
        names.emplace("Graph", ascii_only(span(0x21, 0x7e)));
        names.emplace("Lower", ascii_only(lower));
        names.emplace("Print", ascii_only(span(0x20, 0x7e)));
        names.emplace("Punct", ascii_only(unicode_punctuation | symbols));
        names.emplace("Space", ascii_only(space));
        names.emplace("Upper", ascii_only(upper));
        names.emplace("XDigit", ascii_only(digits | span('a', 'f') | span('A', 'F')));

        names.emplace("javaLowerCase", char_class(lower, "\\p{Lowercase}"));
        names.emplace("javaUpperCase", char_class(upper, "\\p{Uppercase}"));
        names.emplace("javaAlphabetic", char_class(letters, "\\p{Alphabetic}"));
        names.emplace("javaIdeographic", char_class({}, "\\p{Ideographic}"));
        names.emplace("javaTitleCase", names.at("Lt"));
        names.emplace("javaDigit", digit);
        names.emplace("javaDefined", !names.at("Cn"));
        names.emplace("javaLetter", letter);
        names.emplace("javaLetterOrDigit", letter | digit);
        const char_class java_start = letter | names.at("Nl") | names.at("Sc") | names.at("Pc");
        const char_class marks = names.at("Mc") | names.at("Mn");
        names.emplace("javaJavaIdentifierStart", java_start);
        names.emplace("javaJavaIdentifierPart", java_start | digit | marks | ignored);
        names.emplace("javaUnicodeIdentifierStart", char_class(letters, "\\p{ID_Start}"));
        names.emplace("javaUnicodeIdentifierPart",
                      char_class(letters | digits | chars("_"), "\\p{ID_Continue}") | ignored);
        names.emplace("javaIdentifierIgnorable", ignored);
        names.emplace("javaSpaceChar", names.at("Z"));
        const ascii_set java_space = space | span(0x1c, 0x1f);
        names.emplace("javaWhitespace", ascii_only(java_space) | codes({{0x1680, 0x1680},
                                                                        {0x2000, 0x2006},
                                                                        {0x2008, 0x200a},
                                                                        {0x2028, 0x2029},
                                                                        {0x205f, 0x205f},
                                                                        {0x3000, 0x3000}}));
        names.emplace("javaISOControl", codes({{0, 0x1f}, {0x7f, 0x9f}}));
        names.emplace("javaMirrored", char_class(chars("()<>[]{}"), "\\p{Bidi_M}"));
        return names;
    }();
    return table;
}

/// Any case of the name (keys in upper case): the properties behind `Is`, and POSIX names under (?U).
const class_table& unicode_names() {
    static const class_table table = [] {
        const class_table& plain = plain_names();
        class_table names;
        const char_class alphabetic = plain.at("javaAlphabetic");
        const char_class digit = plain.at("Nd");
        const char_class joiners = codes({{0x200c, 0x200d}});
        const char_class blanks = plain.at("Zs") | codes({{9, 9}});
        const char_class invisible = plain.at("Z") | plain.at("Cc") | plain.at("Cs") | plain.at("Cn");
        names.emplace("ALPHABETIC", alphabetic);
        names.emplace("LETTER", plain.at("L"));
        names.emplace("IDEOGRAPHIC", plain.at("javaIdeographic"));
        names.emplace("LOWERCASE", plain.at("javaLowerCase"));
        names.emplace("UPPERCASE", plain.at("javaUpperCase"));
        names.emplace("TITLECASE", plain.at("Lt"));
        names.emplace("WHITE_SPACE", char_class(space, "\\p{White_Space}"));
        names.emplace("CONTROL", plain.at("Cc"));
        names.emplace("PUNCTUATION", plain.at("P"));
        names.emplace("HEX_DIGIT",
                      digit | codes({{'A', 'F'}, {'a', 'f'}, {0xff21, 0xff26}, {0xff41, 0xff46}}));
        names.emplace("ASSIGNED", !plain.at("Cn"));
        code_set noncharacters{{0xfdd0, 0xfdef}};
        for (char32_t plane = 0; plane <= 0x10; ++plane)
            noncharacters.add(plane << 16 | 0xfffe, plane << 16 | 0xffff);
        names.emplace("NONCHARACTER_CODE_POINT", char_class(noncharacters));
        names.emplace("DIGIT", digit);
        names.emplace("ALNUM", alphabetic | digit);
        names.emplace("BLANK", blanks);
        names.emplace("GRAPH", !invisible);
        names.emplace("PRINT",
                      !(plain.at("Zl") | plain.at("Zp") | plain.at("Cc") | plain.at("Cs") | plain.at("Cn")));
        names.emplace("WORD", alphabetic | plain.at("M") | digit | plain.at("Pc") | joiners);
        names.emplace("JOIN_CONTROL", joiners);
        names.emplace("WHITESPACE", names.at("WHITE_SPACE"));
        names.emplace("HEXDIGIT", names.at("HEX_DIGIT"));
        names.emplace("NONCHARACTERCODEPOINT", names.at("NONCHARACTER_CODE_POINT"));
        names.emplace("JOINCONTROL", joiners);
        return names;
    }();
    return table;
}

/// POSIX name in upper case -> key of unicode_names().
const char* posix_property(std::string_view name) {
    static const std::unordered_map<std::string_view, const char*> table{
        {"ALPHA", "ALPHABETIC"},  {"LOWER", "LOWERCASE"},  {"UPPER", "UPPERCASE"}, {"SPACE", "WHITE_SPACE"},
        {"PUNCT", "PUNCTUATION"}, {"XDIGIT", "HEX_DIGIT"}, {"ALNUM", "ALNUM"},     {"CNTRL", "CONTROL"},
        {"DIGIT", "DIGIT"},       {"BLANK", "BLANK"},      {"GRAPH", "GRAPH"},     {"PRINT", "PRINT"},
    };
    const auto found = table.find(name);
    return found == table.end() ? nullptr : found->second;
}

std::string in_upper_case(std::string_view text) {
    std::string result(text);
    for (char& each : result)
        if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 32);
    return result;
}

using maybe_class = std::optional<char_class>;

maybe_class look_up(const class_table& table, std::string_view name) {
    const auto found = table.find(name);
    return found == table.end() ? maybe_class() : found->second;
}

maybe_class plain_property(std::string_view name, property_case casing) {
    if (casing == property_case::insensitive) {
        if (name == "Lu" || name == "Ll" || name == "Lt") name = "LC";
        if (name == "Lower" || name == "Upper") name = "Alpha";
        if (name == "javaLowerCase" || name == "javaUpperCase" || name == "javaTitleCase") {
            const class_table& plain = plain_names();
            return plain.at("javaLowerCase") | plain.at("javaUpperCase") | plain.at("Lt");
        }
    }
    return look_up(plain_names(), name);
}

maybe_class unicode_property(std::string_view key, property_case casing) {
    if (casing == property_case::insensitive &&
        (key == "LOWERCASE" || key == "UPPERCASE" || key == "TITLECASE"))
        return plain_property("javaLowerCase", casing);
    return look_up(unicode_names(), key);
}

maybe_class posix_unicode(std::string_view name, property_case casing) {
    const char* key = posix_property(in_upper_case(name));
    return key == nullptr ? maybe_class() : unicode_property(key, casing);
}

maybe_class block_property(std::string_view name) {
    std::string key = in_upper_case(name);
    if (key.empty()) return {};
    std::erase_if(key, [](char each) { return each == ' ' || each == '_' || each == '-'; });
    const auto* found = std::lower_bound(
        std::begin(blocks), std::end(blocks), key,
        [](const named_block& block, const std::string& wanted) { return block.name < wanted; });
    if (found == std::end(blocks) || found->name != key) return {};
    return codes({{found->first, found->last}});
}

maybe_class script_property(std::string_view name) {
    const std::string key = in_upper_case(name);
    const auto* found = std::lower_bound(
        std::begin(scripts), std::end(scripts), key,
        [](const named_script& script, const std::string& wanted) { return script.name < wanted; });
    if (found == std::end(scripts) || found->name != key) return {};
    const std::string_view script = found->script;
    const ascii_set ascii = script == "LATIN" ? letters : script == "COMMON" ? ~letters : ascii_set();
    return char_class(ascii, "\\p{sc:" + std::string(script) + "}");
}

maybe_class assigned_property(std::string_view name, std::string_view value, property_case casing) {
    const std::string key = in_upper_case(name);
    if (key == "SC" || key == "SCRIPT") return script_property(value);
    if (key == "BLK" || key == "BLOCK") return block_property(value);
    if (key == "GC" || key == "GENERAL_CATEGORY") return plain_property(value, casing);
    return {};
}

} // namespace

std::optional<char_class> java_property(std::string_view name, property_style style, property_case casing) {
    if (const auto equals = name.find('='); equals != std::string_view::npos)
        return assigned_property(name.substr(0, equals), name.substr(equals + 1), casing);
    if (name.starts_with("In")) return block_property(name.substr(2));
    if (name.starts_with("Is")) {
        const std::string_view inner = name.substr(2);
        if (auto found = unicode_property(in_upper_case(inner), casing)) return found;
        if (auto found = posix_unicode(inner, casing)) return found;
        if (auto found = plain_property(inner, casing)) return found;
        return script_property(inner);
    }
    if (style == property_style::unicode)
        if (auto found = posix_unicode(name, casing)) return found;
    return plain_property(name, casing);
}

const char_class& java_shorthand(char letter, property_style style) {
    static const char_class digit = ascii_only(digits);
    static const char_class word = ascii_only(letters | digits | chars("_"));
    static const char_class white = ascii_only(space);
    static const char_class horizontal = codes({{9, 9},
                                                {' ', ' '},
                                                {0xa0, 0xa0},
                                                {0x1680, 0x1680},
                                                {0x180e, 0x180e},
                                                {0x2000, 0x200a},
                                                {0x202f, 0x202f},
                                                {0x205f, 0x205f},
                                                {0x3000, 0x3000}});
    static const char_class vertical = codes({{10, 13}, {0x85, 0x85}, {0x2028, 0x2029}});
    const bool unicode = style == property_style::unicode;
    switch (letter) {
    case 'd':
        return unicode ? unicode_names().at("DIGIT") : digit;
    case 'w':
        return unicode ? unicode_names().at("WORD") : word;
    case 's':
        return unicode ? unicode_names().at("WHITE_SPACE") : white;
    case 'h':
        return horizontal;
    default:
        return vertical;
    }
}

const char_class& java_boundary_word(property_style style) {
    static const char_class letter_or_digit = plain_names().at("javaLetterOrDigit") | codes({{'_', '_'}});
    return style == property_style::unicode ? unicode_names().at("WORD") : letter_or_digit;
}

} // namespace mockfleet::matching
