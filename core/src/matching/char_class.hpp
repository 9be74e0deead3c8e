// What matches exactly one code point: explicit code points, Unicode properties, and combinations of them.
#pragma once

#include "matching/code_set.hpp"

#include <optional>
#include <string>

namespace mockfleet::matching {

/// Its ASCII part is always known exactly; the rest may be left to PCRE2's Unicode properties.
class char_class {
public:
    char_class() = default; ///< matches nothing
    explicit char_class(code_set codes);
    /// `item` is a PCRE2 bracket item such as `\p{Lu}`, `ascii` its ASCII part.
    char_class(ascii_set ascii, std::string item);

    void unite(const char_class& other);
    void intersect(const char_class& other);
    void negate();

    [[nodiscard]] ascii_set ascii() const { return ascii_; }
    /// The code points if no property is involved.
    [[nodiscard]] const code_set* codes() const {
        return items_.empty() && composite_.empty() ? &codes_ : nullptr;
    }
    /// A PCRE2 fragment (UTF mode, case-sensitive, DOTALL) that matches exactly one code point of the class.
    [[nodiscard]] std::string pcre() const;

private:
    ascii_set ascii_;
    code_set codes_;
    std::string items_;     ///< bracket items beside codes_
    bool negated_ = false;  ///< of codes_ and items_, only if there are items
    std::string composite_; ///< takes the place of all of the above unless empty
};

/// `[...]` of explicit code points for PCRE2, or a fragment that matches nothing or everything.
[[nodiscard]] std::string pcre_bracket(const code_set& codes, const std::string& items = {},
                                       bool negated = false);

} // namespace mockfleet::matching
