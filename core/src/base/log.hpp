// Operator log: level, stable id, fixed English sentence, key/value fields. One line each on standard output.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace mockfleet::base::log {

enum class level { trace, debug, info, warn, error, off };

struct field {
    std::string_view key;
    std::string value;
};

/// Parses TRACE DEBUG INFO WARN ERROR OFF and the legacy names FINEST FINE WARNING SEVERE (core.md 7.3), in
/// any case. Returns false and leaves `out` alone for anything else.
bool parse_level(std::string_view text, level& out);

/// Sets the least level that is printed. Any thread.
void set_level(level least);
[[nodiscard]] bool enabled(level at);

/// Prints `YYYY-MM-DD HH:MM:SS.mmm LEVEL sentence key=value ...`. `id` is a stable name from log_ids.hpp that
/// operators can search for; it is printed last, in brackets. Values with blanks are quoted, long
/// ones cut; control characters are escaped everywhere. Any thread.
void write(level at, std::string_view id, std::string_view sentence,
           std::initializer_list<field> fields = {});
void write(level at, std::string_view id, std::string_view sentence, const field* fields, std::size_t count);

inline void debug(std::string_view id, std::string_view sentence, std::initializer_list<field> f = {}) {
    write(level::debug, id, sentence, f);
}
inline void info(std::string_view id, std::string_view sentence, std::initializer_list<field> f = {}) {
    write(level::info, id, sentence, f);
}
inline void warn(std::string_view id, std::string_view sentence, std::initializer_list<field> f = {}) {
    write(level::warn, id, sentence, f);
}
inline void error(std::string_view id, std::string_view sentence, std::initializer_list<field> f = {}) {
    write(level::error, id, sentence, f);
}

} // namespace mockfleet::base::log
