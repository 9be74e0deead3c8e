// Java regular expressions (java.util.regex of Java 17) as a syntax tree: what Pattern.compile accepts and
// what it means.
#pragma once

#include "matching/char_class.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

enum class case_mode : std::uint8_t { exact, ascii, unicode };

/// One node of the tree. Which members mean something depends on `kind`.
struct pattern_node {
    enum class kind_type : std::uint8_t {
        literal,        ///< text, casing
        set,            ///< set: one code point
        line_break,     ///< \R
        grapheme,       ///< \X
        sequence,       ///< children in order; none matches the empty text
        alternation,    ///< children, at least two
        group,          ///< group, number; one child
        repeat,         ///< minimum, maximum, greed; one child
        back_reference, ///< number, casing
        position        ///< position, unix_lines or unicode_words
    };
    enum class group_type : std::uint8_t { plain, capturing, atomic, ahead, not_ahead, behind, not_behind };
    enum class greed_type : std::uint8_t { greedy, lazy, possessive };
    enum class position_type : std::uint8_t {
        text_begin,
        text_end,
        line_begin,
        line_end,
        last_line_end, ///< `$` outside (?m): before a final line terminator too
        word_boundary,
        not_word_boundary
    };
    static constexpr std::uint32_t unlimited = std::numeric_limits<std::int32_t>::max();

    kind_type kind = kind_type::sequence;
    case_mode casing = case_mode::exact;
    group_type group = group_type::plain;
    greed_type greed = greed_type::greedy;
    position_type position = position_type::text_begin;
    bool unix_lines = false;
    bool unicode_words = false;
    std::uint32_t number = 0;
    std::uint32_t minimum = 1;
    std::uint32_t maximum = 1;
    std::u32string text;
    std::shared_ptr<const char_class> set;
    std::vector<pattern_node> children;
};

/// What a literal of more than one code point or of one matches at each place: Java compares a lone character
/// whose upper and lower case agree (U+00DF) exactly, the same character inside a longer literal by its fold.
enum class literal_place { alone, within };
[[nodiscard]] code_set literal_codes(char32_t code, case_mode casing, literal_place place);

struct pattern_error {
    enum class cause_type {
        syntax,     ///< Java rejects it too
        unsupported ///< Java accepts it; it has no faithful counterpart here
    };
    cause_type cause = cause_type::syntax;
    std::uint32_t position = 0; ///< in code points, as Java counts (after \Q..\E is spelled out)
    std::string reason;
};

struct java_pattern {
    pattern_node root;
    std::uint32_t groups = 0; ///< capturing groups
    bool back_references = false;
};

/// Either a tree or an error. `source` is UTF-8; compiled with CASE_INSENSITIVE, UNICODE_CASE and DOTALL,
/// which `(?-i)` and so on switch off. Groups nested more than 200 deep are unsupported.
struct java_parse {
    std::optional<java_pattern> pattern;
    pattern_error error;
};
[[nodiscard]] java_parse parse_java_pattern(std::string_view source);

} // namespace mockfleet::matching
