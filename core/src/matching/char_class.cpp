// Combination of classes and their PCRE2 text.
#include "matching/char_class.hpp"

#include <array>
#include <charconv>

namespace mockfleet::matching {
namespace {

void append_code(std::string& out, char32_t code) {
    std::array<char, 8> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint32_t>(code), 16).ptr;
    out.append("\\x{").append(digits.data(), end).push_back('}');
}

} // namespace

char_class::char_class(code_set codes) : ascii_(codes.ascii()), codes_(std::move(codes)) {}

char_class::char_class(ascii_set ascii, std::string item) : ascii_(ascii), items_(std::move(item)) {}

void char_class::unite(const char_class& other) {
    const bool mergeable = composite_.empty() && other.composite_.empty() && !negated_ && !other.negated_;
    if (mergeable) {
        codes_.add(other.codes_);
        items_ += other.items_;
    } else {
        composite_ = "(?:" + pcre() + "|" + other.pcre() + ")";
    }
    ascii_ = ascii_ | other.ascii_;
}

void char_class::intersect(const char_class& other) {
    ascii_ = ascii_ & other.ascii_;
    if (codes() != nullptr && other.codes() != nullptr)
        codes_ = codes_.intersection(other.codes_);
    else
        composite_ = "(?:(?=" + pcre() + ")" + other.pcre() + ")";
}

void char_class::negate() {
    ascii_ = ~ascii_;
    if (!composite_.empty())
        composite_ = "(?:(?!" + composite_ + ").)";
    else if (items_.empty())
        codes_ = codes_.complement();
    else
        negated_ = !negated_;
}

std::string char_class::pcre() const {
    return composite_.empty() ? pcre_bracket(codes_, items_, negated_) : composite_;
}

std::string pcre_bracket(const code_set& codes, const std::string& items, bool negated) {
    static const code_set encodable = code_set{{0xd800, 0xdfff}}.complement();
    const code_set shown = codes.intersection(encodable);
    // What matches nothing is still one code point long, or PCRE2 would refuse it beside others in a
    // look-behind.
    const char* const nothing = "(?:(?!).)";
    if (shown.empty() && items.empty()) return negated ? "." : nothing;
    if (shown.ranges() == encodable.ranges()) return negated ? nothing : ".";

    std::string text = negated ? "[^" : "[";
    for (const code_set::range& each : shown.ranges()) {
        append_code(text, each.first);
        if (each.first == each.last) continue;
        if (each.last > each.first + 1) text.push_back('-');
        append_code(text, each.last);
    }
    return text.append(items).append("]");
}

} // namespace mockfleet::matching
