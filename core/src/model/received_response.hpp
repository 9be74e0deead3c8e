// The answer of another server: as JSON of the API (core.md 1.7.2, 1.7.3, 2.7.4), and as the value that
// verifications compare (core.md 11.4).
#pragma once

#include "model/codec.hpp"
#include "model/response.hpp"
#include "json/value.hpp"

#include <string_view>

namespace mockfleet::model {

/// `head`: status line and headers, line ends included. `body` is decoded of every coding and typed by its
/// content type.
[[nodiscard]] json::value received_response_json(std::string_view head, std::string_view body,
                                                 json_body_form form = json_body_form::typed);

/// The same as a value: cookies of set-cookie headers beside those headers, texts as UTF-8.
[[nodiscard]] response received_response(std::string_view head, std::string_view body);

} // namespace mockfleet::model
