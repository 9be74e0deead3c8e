// One text matcher compiled once: equality, full regular-expression match with Java's semantics (core.md 3.3).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// The un-negated, non-schema part of core.md 3.3: blank matches all; equal; equal ignoring case; the whole text as a Java regular
/// expression. A pattern that Java would not compile, or of more than 8192 characters, is compared literally only.
/// Immutable after construction; matches() is safe from any thread and allocates nothing in steady state.
class text_pattern {
public:
    /// An empty pattern: matches everything.
    text_pattern() = default;
    explicit text_pattern(std::string_view pattern);

    /// `text` as received; `lower` the same in lower case if the caller has it (else an empty view with data()==nullptr).
    [[nodiscard]] bool matches(std::string_view text, std::string_view lower = {}) const;

    [[nodiscard]] bool blank() const { return source_.empty(); }
    [[nodiscard]] const std::string& source() const { return source_; }
    /// True when the pattern has no regular-expression meaning beyond itself: equality ignoring case decides.
    [[nodiscard]] bool literal() const { return !program_; }
    /// The pattern in lower case: the key of literal look-ups.
    [[nodiscard]] const std::string& lower() const { return lower_; }
    /// Why the pattern is not a regular expression (position and reason), empty if it is one or has no metacharacters.
    [[nodiscard]] const std::string& regex_error() const { return regex_error_; }
    /// Lower-cased literal runs that every text matched by the regular expression contains (once lower-cased), longest first.
    /// Empty for a literal pattern or when nothing is required (`.*`, top-level alternation). A text can also match by plain
    /// equality with the pattern's own source: callers index that as a literal as well.
    [[nodiscard]] const std::vector<std::string>& required_literals() const { return required_; }

    struct program;

private:
    std::string source_;
    std::string lower_;
    std::string regex_error_;
    std::vector<std::string> required_;
    std::shared_ptr<const program> program_;
};

/// Lower-cases into `out` (replaced); ASCII fast path, Unicode simple mapping otherwise; invalid UTF-8 bytes stay as they are.
void to_lower(std::string_view text, std::string& out);

} // namespace mockfleet::matching
