// A Java syntax tree written as a PCRE2 pattern.
#pragma once

#include "matching/java_pattern.hpp"

#include <string>

namespace mockfleet::matching {

/// Which subjects the result is for. The ASCII form is smaller and faster and may be used for pure ASCII
/// subjects only.
enum class subject_type {
    ascii,  ///< compile without PCRE2_UTF, with PCRE2_CASELESS
    unicode ///< compile with PCRE2_UTF, without PCRE2_CASELESS
};

/// Both forms want PCRE2_DOTALL, PCRE2_ANCHORED and PCRE2_ENDANCHORED. What has no faithful counterpart gives
/// an error: counts beyond 65535, and a look-behind that repeats without limit behind its first item, or
/// varies in length in too many ways, or varies while the pattern has back references. Known deviation: a
/// back reference ignoring case compares by PCRE2's case table, which does not join dotted and dotless i.
struct pcre_translation {
    std::string text;
    std::optional<pattern_error> error;
};
[[nodiscard]] pcre_translation translate_to_pcre(const java_pattern& pattern, subject_type subject);

} // namespace mockfleet::matching
