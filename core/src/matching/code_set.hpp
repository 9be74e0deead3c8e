// Sets of code points as sorted ranges, and the small bitmap of their ASCII part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mockfleet::matching {

constexpr char32_t last_code_point = 0x10ffff;

/// Which of the 128 ASCII codes belong to a set.
struct ascii_set {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    [[nodiscard]] constexpr bool contains(unsigned char code) const {
        return code < 0x80 && ((code < 64 ? low >> code : high >> (code - 64)) & 1) != 0;
    }
    constexpr void add(unsigned char code) { (code < 64 ? low : high) |= std::uint64_t{1} << (code & 63); }
    [[nodiscard]] constexpr bool empty() const { return (low | high) == 0; }
    [[nodiscard]] constexpr ascii_set operator~() const { return {~low, ~high}; }
    [[nodiscard]] constexpr ascii_set operator|(ascii_set other) const {
        return {low | other.low, high | other.high};
    }
    [[nodiscard]] constexpr ascii_set operator&(ascii_set other) const {
        return {low & other.low, high & other.high};
    }
    bool operator==(const ascii_set&) const = default;
};

class code_set {
public:
    struct range {
        char32_t first;
        char32_t last;
        bool operator==(const range&) const = default;
    };

    code_set() = default;
    code_set(std::initializer_list<range> ranges);
    [[nodiscard]] static code_set all();

    void add(char32_t first, char32_t last);
    void add(char32_t code) { add(code, code); }
    void add(const code_set& other);
    [[nodiscard]] code_set complement() const;
    [[nodiscard]] code_set intersection(const code_set& other) const;

    [[nodiscard]] bool contains(char32_t code) const;
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    [[nodiscard]] const std::vector<range>& ranges() const { return ranges_; }
    [[nodiscard]] ascii_set ascii() const;

private:
    std::vector<range> ranges_; ///< sorted, disjoint, not adjacent
};

} // namespace mockfleet::matching
