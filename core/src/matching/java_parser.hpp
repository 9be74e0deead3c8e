// The recursive-descent parser behind parse_java_pattern; for the .cpp files of the parser only.
#pragma once

#include "matching/java_pattern.hpp"
#include "matching/java_property.hpp"

#include <map>

namespace mockfleet::matching {

/// Thrown inside the parser only; parse_java_pattern turns it into a value.
struct parse_stop {
    pattern_error error;
};

class java_parser {
public:
    explicit java_parser(std::u32string pattern);
    [[nodiscard]] java_pattern parse();

private:
    using symbol = std::int32_t; // a code point, or a negative mark

    struct flag_set {
        bool ignore_case = true;
        bool unicode_case = true;
        bool dot_all = true;
        bool comments = false;
        bool multiline = false;
        bool unix_lines = false;
        bool unicode_class = false;
    };
    enum class escape_place { text, class_item, range_end };
    struct escaped {
        symbol character = -1; // negative: `node` (in text) or `set` (in a class) instead
        pattern_node node;
        std::shared_ptr<const char_class> set;
    };
    /// The class being collected: Java keeps single codes below 256 apart from everything else, which `&&`
    /// lets one see.
    struct class_state {
        std::optional<char_class> previous;
        std::optional<char_class> current;
        code_set bits;
        bool has_bits = false;
    };
    class nesting;

    // Reading; in comments mode white space and `#` comments are passed over as Java does.
    [[nodiscard]] symbol at(std::size_t index) const;
    [[nodiscard]] symbol peek();
    symbol read();
    symbol next();
    symbol next_escaped();
    symbol skip();
    void accept(symbol wanted, const char* reason);
    symbol peek_past_white(symbol found);
    symbol read_past_white(symbol found);
    [[nodiscard]] bool line_separator(symbol found) const;
    [[noreturn]] void fail(const char* reason) const;
    [[noreturn]] void fail_unsupported(const char* what) const;

    // Structure (java_parser.cpp)
    pattern_node alternatives();
    pattern_node sequence();
    std::optional<pattern_node> group();
    void named_group_check(const std::string& name);
    std::string group_name(symbol first);
    void inline_flags();
    void switch_flags(bool on);
    pattern_node quantified(pattern_node atom);
    pattern_node repeated(pattern_node atom, std::uint32_t minimum, std::uint32_t maximum);
    pattern_node atom();

    // Escapes (java_escape.cpp)
    escaped escape(escape_place place);
    escaped class_escape(symbol letter) const;
    pattern_node back_reference(std::uint32_t number);
    pattern_node named_reference();
    bool grapheme_boundary_follows();
    symbol octal_escape();
    symbol hexadecimal_escape();
    symbol utf16_escape();
    symbol utf16_unit();
    std::shared_ptr<const char_class> property(symbol letter);

    // Classes (java_class.cpp)
    enum class closing { consumed, left };
    char_class bracket_class(closing how);
    void class_intersection(class_state& state);
    std::optional<char_class> class_item(class_state& state);
    std::optional<char_class> class_code(class_state& state, char32_t found) const;
    [[nodiscard]] code_set class_range(char32_t first, char32_t last) const;

    [[nodiscard]] case_mode casing() const;
    [[nodiscard]] property_style style() const;

    std::u32string text_; // two zeros follow the pattern
    std::size_t length_ = 0;
    std::size_t cursor_ = 0;
    flag_set flags_;
    std::uint32_t groups_ = 0;
    std::uint32_t depth_ = 0;
    bool back_references_ = false;
    std::map<std::string, std::uint32_t, std::less<>> names_;
};

/// Does Java find a longest match for the body of a look-behind (its own, incomplete, analysis)?
[[nodiscard]] bool has_maximum_length(const pattern_node& body);

} // namespace mockfleet::matching
