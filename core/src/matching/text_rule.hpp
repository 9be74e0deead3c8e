// A text_pattern with its marks: negated, optional, and the reverse attempt of control-plane matching.
#pragma once

#include "matching/text_pattern.hpp"
#include "model/text_matcher.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::matching {

/// Whether the reverse attempt of core.md 3.3 is made (request text as the expression): filters of clear,
/// retrieve and verify.
enum class direction { forward, control_plane };

/// A text that itself may be negated: only the texts of an expectation are, when a filter looks at them.
struct actual_text {
    std::string_view text;
    bool negated = false;
};

class text_rule {
public:
    /// Matches everything.
    text_rule() = default;
    text_rule(const model::text_matcher& source, direction way, std::vector<std::string>* warnings,
              std::string_view where);
    /// With a pattern that was made before of `source.value`.
    text_rule(text_pattern made, const model::text_matcher& source, direction way)
        : pattern_(std::move(made)), negated_(source.negated), optional_(source.optional),
          reverse_(way == direction::control_plane) {}

    /// `lower` as for text_pattern::matches.
    [[nodiscard]] bool matches(std::string_view text, std::string_view lower = {}) const {
        return base_matches(text, lower) != negated_;
    }
    /// Two negations cancel out.
    [[nodiscard]] bool matches(const actual_text& text) const {
        return (base_matches(text.text, {}) != negated_) != text.negated;
    }
    /// As if the rule were not negated.
    [[nodiscard]] bool base_matches(std::string_view text, std::string_view lower = {}) const {
        return pattern_.matches(text, lower) || (reverse_ && reverse_matches(text));
    }

    [[nodiscard]] const text_pattern& pattern() const { return pattern_; }
    /// Is it that the text equals the pattern, ignoring case, and nothing else?
    [[nodiscard]] bool plain() const {
        return pattern_.literal() && !pattern_.blank() && !reverse_ && !negated_;
    }
    [[nodiscard]] bool negated() const { return negated_; }
    [[nodiscard]] bool optional() const { return optional_; }
    /// With marks, as the user wrote it.
    [[nodiscard]] std::string shown() const;

private:
    [[nodiscard]] bool reverse_matches(std::string_view text) const;

    text_pattern pattern_;
    bool negated_ = false;
    bool optional_ = false;
    bool reverse_ = false;
};

/// Does `text`, taken as a regular expression, match all of `pattern`'s source?
[[nodiscard]] bool matches_as_expression(std::string_view text, const text_pattern& pattern);

/// Compiles `source`; a regular expression that is none leaves a sentence naming `where` in `warnings`.
[[nodiscard]] text_pattern compile_pattern(std::string_view source, std::vector<std::string>* warnings,
                                           std::string_view where);

} // namespace mockfleet::matching
