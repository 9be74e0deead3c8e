// The error bodies of core.md 1.2: what is wrong with a document, with the document echoed.
#pragma once

#include "json/reader.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mockfleet::model {

/// `what` names the kind of document ("expectation", "request matcher", ...); `echo` is the document as it is
/// shown.
[[nodiscard]] std::string schema_error_text(std::string_view what, std::string_view echo,
                                            std::span<const std::string> messages);
/// Malformed JSON of a matcher or verification: the same layout around the parser's words.
[[nodiscard]] std::string malformed_document_text(std::string_view what, std::string_view echo,
                                                  const json::parse_failure& failure);
/// Malformed JSON where an array may stand: the parser's words alone.
[[nodiscard]] std::string malformed_text(const json::parse_failure& failure);
/// Several bad elements of one array.
[[nodiscard]] std::string joined_error_text(std::span<const std::string> errors);
/// A blank verification; `what` is "verification" or "verification sequence". `body` empty: nothing was sent
/// at all.
[[nodiscard]] std::string missing_document_text(std::string_view what, std::string_view body);

} // namespace mockfleet::model
