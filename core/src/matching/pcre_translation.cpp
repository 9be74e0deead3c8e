// Writes each node in PCRE2 syntax; sets are spelled out so that Java's rules of case decide, not PCRE2's.
#include "matching/pcre_translation.hpp"

#include "matching/java_property.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mockfleet::matching {
namespace {

using kind_type = pattern_node::kind_type;
using group_type = pattern_node::group_type;
using greed_type = pattern_node::greed_type;
using position_type = pattern_node::position_type;

constexpr std::uint32_t largest_count = 65535;
constexpr std::size_t most_variants = 256;

// PCRE2 10.42 takes neighbouring emoji for one cluster; they are one only with a joiner between them.
constexpr const char* grapheme = "(?>\\p{ExtPict}(?:[\\p{Gr_Ext}\\p{EMod}]*\\x{200d}\\p{ExtPict})*"
                                 "[\\p{Gr_Ext}\\p{EMod}\\p{Mc}\\x{200d}]*|\\X)";

struct untranslatable {
    const char* reason;
};

bool ascii_letter(char32_t code) {
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}

void append_literal(std::string& out, char32_t code) {
    if (ascii_letter(code) || (code >= '0' && code <= '9')) {
        out.push_back(static_cast<char>(code));
        return;
    }
    std::array<char, 8> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint32_t>(code), 16).ptr;
    if (code > 0x20 && code < 0x7f)
        out.append("\\").push_back(static_cast<char>(code));
    else
        out.append("\\x{").append(digits.data(), end).push_back('}');
}

bool same_in_both_cases(ascii_set set) {
    const std::uint64_t upper = set.high & 0x07fffffe;
    const std::uint64_t lower = set.high >> 32 & 0x07fffffe;
    return upper == lower;
}

std::string in_group(std::string_view prefix, std::string_view text) {
    return std::string("(").append(prefix).append(text).append(")");
}

class translator {
public:
    translator(const java_pattern& pattern, subject_type subject)
        : pattern_(pattern), ascii_(subject == subject_type::ascii) {}

    std::string write(const pattern_node& node) const {
        switch (node.kind) {
        case kind_type::literal:
            return literal(node);
        case kind_type::set:
            return set(*node.set);
        case kind_type::line_break:
            return ascii_ ? "(?:\\r\\n|[\\n-\\r])" : "(?:\\r\\n|[\\n-\\r\\x{85}\\x{2028}\\x{2029}])";
        case kind_type::grapheme:
            return ascii_ ? "(?>\\r\\n|.)" : grapheme;
        case kind_type::sequence:
            return joined(node.children, "");
        case kind_type::alternation:
            return in_group("?:", joined(node.children, "|"));
        case kind_type::group:
            return group(node);
        case kind_type::repeat:
            return repeat(node);
        case kind_type::back_reference:
            return back_reference(node);
        case kind_type::position:
            break;
        }
        return position(node);
    }

private:
    std::string joined(const std::vector<pattern_node>& nodes, const char* separator) const {
        std::string text;
        for (const pattern_node& node : nodes) {
            if (&node != nodes.data()) text += separator;
            text += write(node);
        }
        return text;
    }

    std::string literal(const pattern_node& node) const {
        const auto place = node.text.size() == 1 ? literal_place::alone : literal_place::within;
        std::string text;
        for (const char32_t code : node.text) {
            if (ascii_ && code < 0x80) {
                const bool exact = node.casing == case_mode::exact && ascii_letter(code);
                if (exact) text += "(?-i:";
                append_literal(text, code);
                if (exact) text += ")";
                continue;
            }
            const code_set codes = literal_codes(code, node.casing, place);
            const bool single =
                codes.ranges().size() == 1 && codes.ranges().front().first == codes.ranges().front().last;
            if (ascii_)
                text += ascii_bracket(codes.ascii());
            else if (single && (code < 0xd800 || code > 0xdfff))
                append_literal(text, code);
            else
                text += pcre_bracket(codes);
        }
        return text;
    }

    std::string set(const char_class& codes) const {
        return ascii_ ? ascii_bracket(codes.ascii()) : codes.pcre();
    }

    static std::string ascii_bracket(ascii_set set) {
        if (set == ~ascii_set()) return ".";
        if (set.empty()) return pcre_bracket({});
        std::string text = "[";
        for (unsigned first = 0; first < 0x80; ++first) {
            if (!set.contains(static_cast<unsigned char>(first))) continue;
            unsigned last = first;
            while (set.contains(static_cast<unsigned char>(last + 1)))
                ++last;
            append_literal(text, first);
            if (last > first + 1) text += "-";
            if (last > first) append_literal(text, last);
            first = last;
        }
        text += "]";
        return same_in_both_cases(set) ? text : in_group("?-i:", text);
    }

    std::string group(const pattern_node& node) const {
        const pattern_node& body = node.children.front();
        switch (node.group) {
        case group_type::capturing:
            return in_group(pattern_.back_references ? "" : "?:", write(body));
        case group_type::atomic:
            return in_group("?>", write(body));
        case group_type::ahead:
            return in_group("?=", write(body));
        case group_type::not_ahead:
            return in_group("?!", write(body));
        case group_type::behind:
            return in_group("?<=", behind(body));
        case group_type::not_behind:
            return in_group("?<!", behind(body));
        case group_type::plain:
            break;
        }
        return in_group("?:", write(body));
    }

    std::string repeat(const pattern_node& node) const {
        const pattern_node& body = node.children.front();
        // PCRE2 10.42 finds no match at all for some items repeated no time.
        if (node.maximum == 0 && !pattern_.back_references) return "";
        const bool possessive = node.greed == greed_type::possessive;
        const bool one_code =
            body.kind == kind_type::set || (body.kind == kind_type::literal && body.text.size() == 1);
        if (one_code) {
            return write(body) + quantifier(node.minimum, node.maximum, node.greed) + (possessive ? "+" : "");
        }
        // Java does not go back inside a repeated \\R, nor inside one round of a possessive group.
        const bool atomic = body.kind == kind_type::line_break || (possessive && !look_around(body));
        std::string text =
            in_group(atomic ? "?>" : "?:", write(body)) + quantifier(node.minimum, node.maximum, node.greed);
        return possessive ? in_group("?>", text) : text;
    }

    static std::string quantifier(std::uint32_t minimum, std::uint32_t maximum, greed_type greed) {
        const bool unlimited = maximum == pattern_node::unlimited;
        if (minimum > largest_count || (!unlimited && maximum > largest_count))
            throw untranslatable{"repetition count beyond 65535"};
        std::string text;
        if (minimum == 0 && unlimited)
            text = "*";
        else if (minimum == 1 && unlimited)
            text = "+";
        else if (minimum == 0 && maximum == 1)
            text = "?";
        else if (minimum == maximum)
            text = "{" + std::to_string(minimum) + "}";
        else
            text = "{" + std::to_string(minimum) + "," + (unlimited ? "" : std::to_string(maximum)) + "}";
        if (greed == greed_type::lazy) text += "?";
        return text;
    }

    std::string back_reference(const pattern_node& node) const {
        if (node.number > pattern_.groups) return "(?!)";
        const std::string text = "\\g{" + std::to_string(node.number) + "}";
        return in_group(node.casing == case_mode::exact ? "?-i:" : "?i:", text);
    }

    std::string position(const pattern_node& node) const {
        const std::string lone_ends = ascii_ || node.unix_lines ? "" : "\\x{85}\\x{2028}\\x{2029}";
        const std::string unicode_ends = lone_ends.empty() ? "" : "|[" + lone_ends + "]";
        switch (node.position) {
        case position_type::text_begin:
            return "\\A";
        case position_type::text_end:
            return "\\z";
        case position_type::line_begin:
            if (node.unix_lines) return "(?:(?!\\z)(?:\\A|(?<=\\n)))";
            return "(?:(?!\\z)(?:\\A|(?<=[\\n" + lone_ends + "])|(?<=\\r)(?!\\n)))";
        case position_type::line_end:
            if (node.unix_lines) return "(?=\\z|\\n)";
            return "(?=\\z|(?<!\\r)\\n|\\r" + unicode_ends + ")";
        case position_type::last_line_end:
            if (node.unix_lines) return "(?=\\n?\\z)";
            return "(?=(?:\\r\\n|(?<!\\r)\\n|\\r" + unicode_ends + "|)\\z)";
        case position_type::word_boundary:
        case position_type::not_word_boundary:
            break;
        }
        const bool boundary = node.position == position_type::word_boundary;
        if (ascii_) return boundary ? "\\b" : "\\B";
        return word_position(node, boundary);
    }

    /// A combining mark counts as the letter or digit it follows; up to eight marks in a row are looked at.
    static std::string word_position(const pattern_node& node, bool boundary) {
        const auto style = node.unicode_words ? property_style::unicode : property_style::plain;
        const std::string word = java_boundary_word(style).pcre();
        const std::string base = "[\\p{L}\\p{Nd}]";
        std::string marked;
        for (int marks = 1; marks <= 8; ++marks)
            marked += "|" + base + "\\p{Mn}{" + std::to_string(marks) + "}";
        const std::string left = word + marked;
        const std::string right = "(?=" + word + ")|(?=\\p{Mn})(?<=" + base + marked + ")";
        if (boundary) return "(?:(?<=" + left + ")(?!" + right + ")|(?<!" + left + ")(?:" + right + "))";
        return "(?:(?<=" + left + ")(?:" + right + ")|(?<!" + left + ")(?!" + right + "))";
    }

    // PCRE2 wants alternatives of fixed length behind `(?<=`, so a body that varies is written out as all its
    // variants.
    std::string behind(const pattern_node& body) const {
        const pattern_node shortened = with_shortest_start(body);
        const std::vector<std::string> all = variants(shortened);
        std::string text = all.front();
        for (auto variant = all.begin() + 1; variant != all.end(); ++variant)
            text.append("|").append(*variant);
        return text;
    }

    /// Only whether the body matches somewhere matters, so its first item need not be repeated more than its
    /// minimum.
    pattern_node with_shortest_start(pattern_node node) const {
        if (node.kind == kind_type::repeat && node.greed != greed_type::possessive &&
            !pattern_.back_references) {
            node.maximum = node.minimum;
        } else if (node.kind == kind_type::alternation) {
            for (pattern_node& child : node.children)
                child = with_shortest_start(std::move(child));
        } else if (!node.children.empty() && (node.kind == kind_type::sequence || plain_group(node))) {
            node.children.front() = with_shortest_start(std::move(node.children.front()));
        }
        return node;
    }

    static bool plain_group(const pattern_node& node) {
        return node.kind == kind_type::group &&
               (node.group == group_type::plain || node.group == group_type::capturing);
    }

    static bool look_around(const pattern_node& node) {
        return node.kind == kind_type::group && node.group >= group_type::ahead;
    }

    /// The length in code points if every match has the same.
    std::optional<std::uint64_t> fixed_length(const pattern_node& node) const {
        switch (node.kind) {
        case kind_type::literal:
            return node.text.size();
        case kind_type::set:
            return 1;
        case kind_type::position:
            return 0;
        case kind_type::sequence: {
            std::uint64_t sum = 0;
            for (const pattern_node& child : node.children) {
                const auto length = fixed_length(child);
                if (!length) return {};
                sum += *length;
            }
            return sum;
        }
        case kind_type::alternation: {
            const auto first = fixed_length(node.children.front());
            const auto same = [&](const pattern_node& child) { return fixed_length(child) == first; };
            return first && std::all_of(node.children.begin(), node.children.end(), same) ? first
                                                                                          : std::nullopt;
        }
        case kind_type::group:
            return look_around(node) ? 0 : fixed_length(node.children.front());
        case kind_type::repeat: {
            const auto length = fixed_length(node.children.front());
            if (!length || node.minimum != node.maximum) return {};
            return *length * node.minimum;
        }
        default:
            return {};
        }
    }

    std::vector<std::string> variants(const pattern_node& node) const {
        if (fixed_length(node)) {
            // Alternatives may differ in what they hold but not in length, so the text is good as it is.
            return {write(node)};
        }
        if (pattern_.back_references)
            throw untranslatable{"look-behind of varying length beside back references"};
        switch (node.kind) {
        case kind_type::line_break:
            return {"\\r\\n", ascii_ ? "[\\n-\\r]" : "[\\n-\\r\\x{85}\\x{2028}\\x{2029}]"};
        case kind_type::sequence: {
            std::vector<std::string> result{""};
            for (const pattern_node& child : node.children)
                result = product(result, variants(child));
            return result;
        }
        case kind_type::alternation: {
            std::vector<std::string> result;
            for (const pattern_node& child : node.children)
                for (std::string& variant : variants(child))
                    result.push_back(std::move(variant));
            return limited(std::move(result));
        }
        case kind_type::group:
            if (plain_group(node)) return variants(node.children.front());
            break;
        case kind_type::repeat:
            return repeat_variants(node);
        default:
            break;
        }
        throw untranslatable{"look-behind of this kind"};
    }

    std::vector<std::string> repeat_variants(const pattern_node& node) const {
        if (node.maximum - node.minimum >= most_variants || node.greed == greed_type::possessive)
            throw untranslatable{"look-behind of unlimited length"};
        const pattern_node& body = node.children.front();
        std::vector<std::string> result;
        if (fixed_length(body)) {
            for (std::uint32_t count = node.minimum; count <= node.maximum; ++count)
                result.push_back(in_group("?:", write(body)) + quantifier(count, count, greed_type::greedy));
            return result;
        }
        if (node.maximum >= most_variants) throw untranslatable{"look-behind with too many variants"};
        std::vector<std::string> repeats{""};
        const std::vector<std::string> once = variants(body);
        for (std::uint32_t count = 0; count <= node.maximum; ++count) {
            if (count >= node.minimum) result.insert(result.end(), repeats.begin(), repeats.end());
            if (count < node.maximum) repeats = product(repeats, once);
        }
        return limited(std::move(result));
    }

    static std::vector<std::string> product(const std::vector<std::string>& left,
                                            const std::vector<std::string>& right) {
        if (left.size() * right.size() > most_variants)
            throw untranslatable{"look-behind with too many variants"};
        std::vector<std::string> result;
        result.reserve(left.size() * right.size());
        for (const std::string& first : left)
            for (const std::string& second : right)
                result.push_back(first + second);
        return result;
    }

    static std::vector<std::string> limited(std::vector<std::string> all) {
        if (all.size() > most_variants) throw untranslatable{"look-behind with too many variants"};
        return all;
    }

    const java_pattern& pattern_;
    bool ascii_;
};

} // namespace

pcre_translation translate_to_pcre(const java_pattern& pattern, subject_type subject) {
    pcre_translation result;
    try {
        result.text = translator(pattern, subject).write(pattern.root);
    } catch (const untranslatable& stop) {
        result.error = pattern_error{pattern_error::cause_type::unsupported, 0, stop.reason};
    }
    return result;
}

} // namespace mockfleet::matching
