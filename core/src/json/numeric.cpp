// Reading and comparing numbers by their spelling.
#include "json/numeric.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

namespace mockfleet::json {
namespace {

std::string_view stripped(std::string_view digits) {
    while (digits.size() > 1 && digits.front() == '0')
        digits.remove_prefix(1);
    return digits;
}

double real_of(std::string_view text) {
    return std::strtod(std::string(text).c_str(), nullptr);
}

} // namespace

numeric numeric_of(std::string_view text) {
    numeric out;
    out.negative = text.starts_with('-');
    const auto digits = stripped(text.substr(out.negative ? 1 : 0));
    out.integer = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!out.integer) {
        out.real = text == "NaN" ? std::numeric_limits<double>::quiet_NaN() : real_of(text);
        return out;
    }
    for (const char digit : digits) {
        const auto next = static_cast<std::uint64_t>(digit - '0');
        if (out.magnitude > (std::numeric_limits<std::uint64_t>::max() - next) / 10) {
            out.magnitude = 0;
            out.digits = digits;
            out.real = real_of(text);
            return out;
        }
        out.magnitude = out.magnitude * 10 + next;
    }
    out.real = out.negative ? -static_cast<double>(out.magnitude) : static_cast<double>(out.magnitude);
    return out;
}

namespace {

bool same_integer(const numeric& left, const numeric& right) {
    if (left.magnitude != right.magnitude || left.digits != right.digits) return false;
    const bool zero = left.magnitude == 0 && left.digits.empty();
    return zero || left.negative == right.negative;
}

} // namespace

bool same_number(const numeric& left, const numeric& right) {
    if (left.integer != right.integer) return false;
    return left.integer ? same_integer(left, right) : left.real == right.real;
}

bool equal_value(const numeric& left, const numeric& right) {
    return left.integer && right.integer ? same_integer(left, right) : left.real == right.real;
}

bool is_number(std::string_view text) {
    const auto digits = [&text] {
        const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(count);
        return count;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool zero = text.starts_with('0');
    const auto whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (digits() == 0) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (digits() == 0) return false;
    }
    return text.empty();
}

} // namespace mockfleet::json
