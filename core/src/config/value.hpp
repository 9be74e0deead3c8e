// The text of one property read according to its row of the table.
#pragma once

#include "config/property.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::config {

/// A value in the forms its kind has; `text` is canonical (`true`, `30000`, `a,b`) and empty when unset.
struct value {
    std::string text;
    std::int64_t number = -1;
    double fraction = 0;
    bool flag = false;
    std::vector<std::string> list;
    std::vector<std::pair<std::string, std::string>> map;
};

/// Why a text was refused: not of the kind at all, or of the kind and not allowed.
struct flaw {
    enum class kind { malformed, not_allowed } what;
    std::string wanted; ///< completes "... is not" in a message: `a whole number from 0 to 65535`
};

[[noreturn]] void throw_exception_from_error(const flaw& why, const boost::source_location& where);

/// Empty text is accepted where the default is empty and means unset.
[[nodiscard]] boost::system::result<value, flaw> parse_value(const property& about, std::string_view text);

/// What parse_value accepts, in words.
[[nodiscard]] std::string wanted_by(const property& about);

/// A number of bytes, or one with a unit (`64k`, `256MiB`: powers of 1024, in any case).
[[nodiscard]] std::optional<std::int64_t> bytes_of(std::string_view text);

/// Without the double quotes that surround it, if there is such a pair.
[[nodiscard]] std::string_view unquoted(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The parts of "a|b|c".
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

} // namespace mockfleet::config
