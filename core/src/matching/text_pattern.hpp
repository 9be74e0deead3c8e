// One text matcher compiled once: equality, full regular-expression match with Java's semantics
// (core.md 3.3).
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// The un-negated, non-schema part of core.md 3.3: blank matches all; equal; equal ignoring case; the whole
/// text as a Java regular expression with the flags DOTALL, CASE_INSENSITIVE and UNICODE_CASE. A pattern that
/// Java would not compile, or of more than 8192 characters, is compared literally only. A match that takes
/// too many steps counts as no match. One pointer in size; copies share. Immutable after construction;
/// matches() is safe from any thread and allocates nothing in steady state. Views returned live as long as a
/// copy of the pattern.
class text_pattern {
public:
    /// An empty pattern: matches everything.
    text_pattern() = default;
    explicit text_pattern(std::string_view pattern);

    /// `text` as received; `lower` what to_lower makes of it if the caller has it (else an empty view with
    /// data()==nullptr).
    [[nodiscard]] bool matches(std::string_view text, std::string_view lower = {}) const;

    /// Empty or white space only.
    [[nodiscard]] bool blank() const;
    [[nodiscard]] std::string_view source() const;
    /// True when the pattern has no regular-expression meaning beyond itself: equality ignoring case decides,
    /// that is lower() == to_lower(text).
    [[nodiscard]] bool literal() const;
    /// to_lower of source(): the key of literal look-ups.
    [[nodiscard]] std::string_view lower() const;
    /// Why the pattern is not used as a regular expression (position and reason), empty if it is one or has
    /// no metacharacters.
    [[nodiscard]] std::string_view regex_error() const;
    /// Lower-cased literal runs, longest first. to_lower(text) contains every one of them if the regular
    /// expression matches text; this holds for letters like U+212A too because to_lower maps whatever Java
    /// takes for equal to one character. Empty for a literal pattern or when nothing is required (`.*`,
    /// top-level alternation). A text can also match by plain equality ignoring case with source(): callers
    /// index that as a literal as well.
    [[nodiscard]] std::vector<std::string_view> required_literals() const;

private:
    struct record;
    friend void intrusive_ptr_add_ref(const record* counted);
    friend void intrusive_ptr_release(const record* counted);

    boost::intrusive_ptr<const record> record_;
};

/// Folds case into `out` (replaced): simple lower case of the simple upper case, as Java compares ignoring
/// case, so that texts equal ignoring case give the same bytes. ASCII fast path; invalid UTF-8 bytes stay as
/// they are.
void to_lower(std::string_view text, std::string& out);

} // namespace mockfleet::matching
