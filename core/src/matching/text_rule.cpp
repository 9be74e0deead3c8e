// Compiling marked texts and matching them the other way round.
#include "matching/text_rule.hpp"

namespace mockfleet::matching {

text_pattern compile_pattern(std::string_view source, std::vector<std::string>* warnings,
                             std::string_view where) {
    text_pattern made(source);
    if (warnings != nullptr && !made.regex_error().empty()) {
        warnings->push_back(std::string(where) + " pattern \"" + std::string(source) +
                            "\" is no valid regular expression and is compared literally: " +
                            std::string(made.regex_error()));
    }
    return made;
}

text_rule::text_rule(const model::text_matcher& source, direction way, std::vector<std::string>* warnings,
                     std::string_view where)
    : pattern_(compile_pattern(source.value, warnings, where)), negated_(source.negated),
      optional_(source.optional), reverse_(way == direction::control_plane) {}

std::string text_rule::shown() const {
    std::string out;
    if (optional_) out.push_back('?');
    if (negated_) out.push_back('!');
    return out.append(pattern_.source());
}

bool matches_as_expression(std::string_view text, const text_pattern& pattern) {
    // Without metacharacters it could only be equal, which was tried the other way round.
    if (text.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos) return false;
    return text_pattern(text).matches(pattern.source());
}

bool text_rule::reverse_matches(std::string_view text) const {
    return matches_as_expression(text, pattern_);
}

} // namespace mockfleet::matching
