// Compiling marked texts and matching them the other way round.
#include "matching/text_rule.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace mockfleet::matching {

text_pattern compile_pattern(std::string_view source, std::vector<std::string>* warnings,
                             std::string_view where) {
    text_pattern made(source);
    if (warnings != nullptr && !made.regex_error().empty()) {
        constexpr std::size_t most_shown = 200;
        const auto shown =
            std::string(source.substr(0, most_shown)) + (source.size() > most_shown ? "..." : "");
        warnings->push_back(std::string(where) + " pattern \"" + shown +
                            "\" is no valid regular expression and is compared literally: " +
                            std::string(made.regex_error()));
    }
    return made;
}

text_rule::text_rule(const model::text_matcher& source, direction way, std::vector<std::string>* warnings,
                     std::string_view where)
    : text_rule(compile_pattern(source.value, warnings, where), source, way) {}

std::string text_rule::shown() const {
    std::string out;
    if (optional_) out.push_back('?');
    if (negated_) out.push_back('!');
    return out.append(pattern_.source());
}

namespace {

/// False if the letters before the first metacharacter of `expression` already rule `subject` out. Compiling
/// an expression costs far more, and a filter tries every entry of the log.
bool may_match(std::string_view expression, std::size_t first_mark, std::string_view subject) {
    if (expression.find('|') != std::string_view::npos) return true;
    auto start = expression.substr(0, first_mark);
    const bool counted = std::string_view("?*{").find(expression[first_mark]) != std::string_view::npos;
    if (counted && !start.empty()) start.remove_suffix(1);
    subject = subject.substr(0, start.size());
    return !base::is_ascii(start) || !base::is_ascii(subject) || base::equal_ignoring_case(start, subject);
}

} // namespace

bool matches_as_expression(std::string_view text, const text_pattern& pattern) {
    // Without metacharacters it could only be equal, which was tried the other way round.
    const auto first_mark = text.find_first_of("\\^$.|?*+()[]{}");
    if (first_mark == std::string_view::npos || !may_match(text, first_mark, pattern.source())) return false;
    return text_pattern(text).matches(pattern.source());
}

bool text_rule::reverse_matches(std::string_view text) const {
    return matches_as_expression(text, pattern_);
}

} // namespace mockfleet::matching
