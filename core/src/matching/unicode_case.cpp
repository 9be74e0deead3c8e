// Look-ups in the generated case tables.
#include "matching/unicode_case.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace mockfleet::matching {
namespace {

/// Code points first, first + stride, ... last map to themselves plus delta.
struct case_range {
    std::uint32_t first;
    std::uint32_t last;
    std::uint8_t stride;
    std::int32_t delta;
};

#include "matching/tables/case.inc"

template <std::size_t Size>
char32_t mapped(const case_range (&ranges)[Size], char32_t code) {
    const auto* found =
        std::upper_bound(std::begin(ranges), std::end(ranges), code,
                         [](char32_t wanted, const case_range& range) { return wanted < range.first; });
    if (found == std::begin(ranges)) return code;
    --found;
    if (code > found->last || (code - found->first) % found->stride != 0) return code;
    return static_cast<char32_t>(static_cast<std::int32_t>(code) + found->delta);
}

bool ascii_upper(char32_t code) {
    return code >= 'A' && code <= 'Z';
}

bool ascii_lower(char32_t code) {
    return code >= 'a' && code <= 'z';
}

/// Both derived tables are needed by uncommon patterns only, so they are made at the first use.
struct derived {
    std::vector<char32_t> cased;
    std::vector<char32_t> members;
    std::map<char32_t, std::pair<std::uint32_t, std::uint32_t>> groups; // fold -> slice of members

    derived() {
        for (char32_t code = 'A'; code <= 'Z'; ++code)
            cased.push_back(code);
        for (char32_t code = 'a'; code <= 'z'; ++code)
            cased.push_back(code);
        for (const auto& table :
             {std::span<const case_range>(upper_ranges), std::span<const case_range>(lower_ranges)})
            for (const case_range& range : table)
                for (char32_t code = range.first; code <= range.last; code += range.stride)
                    cased.push_back(code);
        std::sort(cased.begin(), cased.end());
        cased.erase(std::unique(cased.begin(), cased.end()), cased.end());

        std::set<std::pair<char32_t, char32_t>> by_fold;
        for (const char32_t code : cased) {
            const char32_t fold = fold_case(code);
            by_fold.emplace(fold, code);
            by_fold.emplace(fold, fold); // has perhaps no mapping of its own (U+00DF)
        }
        for (auto at = by_fold.begin(); at != by_fold.end();) {
            const char32_t fold = at->first;
            const auto start = static_cast<std::uint32_t>(members.size());
            for (; at != by_fold.end() && at->first == fold; ++at)
                members.push_back(at->second);
            groups[fold] = {start, static_cast<std::uint32_t>(members.size()) - start};
        }
    }
};

const derived& derived_tables() {
    static const derived tables;
    return tables;
}

constexpr std::uint64_t high_bits = 0x8080808080808080u;

std::uint64_t word_at(const char* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    return word;
}

/// Folds the ASCII letters of eight bytes at once; every byte must be below 0x80.
std::uint64_t fold_word(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    const std::uint64_t from_a = word + ones * (0x80 - 'A');
    const std::uint64_t beyond_z = word + ones * (0x80 - 'Z' - 1);
    return word | ((from_a & ~beyond_z & ones * 0x80) >> 2);
}

char fold_byte(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
}

/// Folds the longest ASCII prefix into `out`, which has room for it; returns its length.
std::size_t fold_ascii_prefix(std::string_view text, char* out) {
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = word_at(text.data() + at);
        if ((word & high_bits) != 0) break;
        word = fold_word(word);
        std::memcpy(out + at, &word, 8);
    }
    for (; at < text.size() && static_cast<unsigned char>(text[at]) < 0x80; ++at)
        out[at] = fold_byte(text[at]);
    return at;
}

/// Takes the first code point off `text` and returns its fold; a malformed byte counts as a value of its own.
char32_t take_folded(std::string_view& text) {
    const base::utf8_step step = base::decode_utf8(text);
    const char32_t folded =
        step.valid ? fold_case(step.code) : 0x110000 + static_cast<unsigned char>(text[0]);
    text.remove_prefix(step.valid ? step.size : 1);
    return folded;
}

} // namespace

char32_t upper_case(char32_t code) {
    if (code < 0x80) return ascii_lower(code) ? code - 32 : code;
    return mapped(upper_ranges, code);
}

char32_t lower_case(char32_t code) {
    if (code < 0x80) return ascii_upper(code) ? code + 32 : code;
    return mapped(lower_ranges, code);
}

char32_t fold_case(char32_t code) {
    if (code < 0x80) return ascii_upper(code) ? code + 32 : code;
    return lower_case(upper_case(code));
}

std::span<const char32_t> fold_members(char32_t fold) {
    const derived& tables = derived_tables();
    const auto found = tables.groups.find(fold);
    if (found == tables.groups.end() || found->second.second < 2) return {};
    return std::span(tables.members).subspan(found->second.first, found->second.second);
}

std::span<const char32_t> cased_code_points() {
    return derived_tables().cased;
}

void fold_text(std::string_view text, std::string& out) {
    out.resize(text.size());
    std::size_t at = fold_ascii_prefix(text, out.data());
    if (at == text.size()) return;

    out.resize(at);
    while (at < text.size()) {
        const base::utf8_step step = base::decode_utf8(text.substr(at));
        if (step.valid)
            base::append_utf8(out, fold_case(step.code));
        else
            out.append(text.substr(at, step.size));
        at += step.size;
    }
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    const std::size_t words = left.size() == right.size() ? left.size() / 8 : 0;
    std::size_t same = 0;
    for (; same < words; ++same) {
        const std::uint64_t first = word_at(left.data() + same * 8);
        const std::uint64_t second = word_at(right.data() + same * 8);
        if (((first | second) & high_bits) != 0) break;
        if (fold_word(first) != fold_word(second)) return false;
    }
    left.remove_prefix(same * 8);
    right.remove_prefix(same * 8);
    while (!left.empty() && !right.empty()) {
        const auto first = static_cast<unsigned char>(left.front());
        const auto second = static_cast<unsigned char>(right.front());
        if ((first | second) < 0x80) {
            if (fold_byte(left.front()) != fold_byte(right.front())) return false;
            left.remove_prefix(1);
            right.remove_prefix(1);
        } else if (take_folded(left) != take_folded(right)) {
            return false;
        }
    }
    return left.empty() && right.empty();
}

} // namespace mockfleet::matching
