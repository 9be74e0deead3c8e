// JSON numbers as matchers compare them.
#pragma once

#include <cstdint>
#include <string_view>

namespace mockfleet::json {

/// A JSON number for comparison. An integer is one written without fraction and exponent.
struct numeric {
    bool integer = false;
    bool negative = false;
    std::uint64_t magnitude = 0; ///< of an integer that fits; else 0 with `digits`
    std::string_view digits;     ///< of an integer beyond 64 bits; without sign and leading zeros
    double real = 0;             ///< the value, rounded for what does not fit
};
/// `text` must outlive the result if it is a huge integer. NaN gives a not-a-number `real`.
[[nodiscard]] numeric numeric_of(std::string_view text);
/// The same kind (integer or not) and the same value; decimals compare as doubles.
[[nodiscard]] bool same_number(const numeric& left, const numeric& right);
/// The same value whatever the spelling: 1 = 1.0.
[[nodiscard]] bool equal_value(const numeric& left, const numeric& right);
/// Is `text` a number as strict JSON spells it?
[[nodiscard]] bool is_number(std::string_view text);

} // namespace mockfleet::json
