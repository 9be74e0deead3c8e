// Typed fields and issues, shared by the codec's files per kind.
#include "model/codec_parts.hpp"

#include <cmath>
#include <limits>

namespace mockfleet::model {

std::string field_path::text() const {
    return parent == nullptr ? std::string(name) : parent->text() + "." + std::string(name);
}

void read_issues::invalid(std::string message) {
    if (!first_) first_ = base::invalid(std::move(message));
}

void read_issues::unsupported(std::string_view what) {
    if (!first_) first_ = base::invalid(std::string(what) + " is not supported by this version of mockfleet");
}

std::optional<bool> read_flag(const json::value& source, const field_path& where, read_issues& issues) {
    if (source.is_bool()) return source.as_bool();
    issues.invalid(where.text() + " must be true or false");
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(const json::value& source, const field_path& where,
                                         read_issues& issues) {
    std::int64_t parsed = 0;
    if (source.to_int64(parsed)) return parsed;
    // 3.0 and 3e2 are integers too.
    constexpr double largest = 9007199254740992.0;
    const double number = source.to_double();
    if (source.is_number() && std::abs(number) <= largest && std::trunc(number) == number) {
        return static_cast<std::int64_t>(number);
    }
    issues.invalid(where.text() + " must be an integer of at most 64 bits");
    return std::nullopt;
}

std::optional<int> read_int(const json::value& source, const field_path& where, read_issues& issues) {
    const auto wide = read_integer(source, where, issues);
    if (!wide) return std::nullopt;
    if (*wide < std::numeric_limits<int>::min() || *wide > std::numeric_limits<int>::max()) {
        issues.invalid(where.text() + ": numeric value (" + source.number_text() +
                       ") out of range of int (-2147483648 - 2147483647)");
        return std::nullopt;
    }
    return static_cast<int>(*wide);
}

std::string read_text(const json::value& source, const field_path& where, read_issues& issues) {
    if (source.is_string()) return source.as_string();
    issues.invalid(where.text() + " must be a string");
    return {};
}

} // namespace mockfleet::model
