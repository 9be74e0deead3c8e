// Finding where a JSON value ends without reading what is in it.
#pragma once

namespace mockfleet::json {

/// How many readable bytes must follow a text that is searched.
inline constexpr int skip_padding = 64;

/// `from` stands behind an opening quote; the closing one, or nullptr if there is none before `end`.
[[nodiscard]] const char* find_closing_quote(const char* from, const char* end);

/// `from` stands behind `open`, `[` or `{`; answers the place behind its partner `close`, nullptr if there is
/// none before `end`. Only strings and these two brackets are looked at: whatever else is wrong in between
/// goes unnoticed.
[[nodiscard]] const char* skip_brackets(const char* from, const char* end, char open, char close);
/// The same, for processors without AVX2: ten times slower.
[[nodiscard]] const char* skip_brackets_bytewise(const char* from, const char* end, char open, char close);

} // namespace mockfleet::json
