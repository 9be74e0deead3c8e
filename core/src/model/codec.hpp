// JSON codec of the model: validation with the original's messages (core.md 1.2), reading, writing
// (core.md 2.7.3, 2.15).
#pragma once

#include "base/error.hpp"
#include "model/expectation.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "model/verification.hpp"
#include "json/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::model {

/// Reads the body of `PUT /mockserver/expectation`: one object or an array; all or nothing. The error's
/// message is the exact response body (400 text/plain) of core.md 1.2. Ids may be empty (the store assigns
/// them).
[[nodiscard]] base::result<std::vector<expectation>> read_expectations(std::string_view body);

/// What a clear or retrieve body selects (core.md 1.5, 1.7): nothing given, an expectation id, or a request
/// matcher.
struct selection {
    std::optional<std::string> expectation_id;
    std::optional<request_matcher> matcher; ///< absent together with the id = everything
    std::string echo;                       ///< pretty JSON of the filter for log messages
};
[[nodiscard]] base::result<selection> read_selection(std::string_view body);

[[nodiscard]] base::result<verification> read_verification(std::string_view body);
[[nodiscard]] base::result<verification_sequence> read_verification_sequence(std::string_view body);

/// What is written for the API. Keys and omissions as core.md 2.15; ACTIVE_EXPECTATIONS and the 201 answer
/// use it.
[[nodiscard]] json::value to_json(const expectation& source);
[[nodiscard]] json::value to_json(const request_matcher& source);
[[nodiscard]] json::value to_json(const response& source);
[[nodiscard]] json::value to_json(const http_error& source);
[[nodiscard]] json::value to_json(const response_matcher& source);
[[nodiscard]] json::value to_json(const http_forward& source);

/// For the state backend and the persistence file: like to_json, and nothing is lost (texts of JSON bodies,
/// end of life).
[[nodiscard]] json::value to_stored_json(const expectation& source);
/// One expectation from JSON that this program itself wrote (state backend, golden files): no schema
/// messages.
[[nodiscard]] base::result<expectation> expectation_from_json(const json::value& source);

/// The same for what nodes tell each other of a verification.
[[nodiscard]] json::value to_stored_json(const response_matcher& source);
[[nodiscard]] base::result<response_matcher> response_matcher_from_json(const json::value& source);

/// How a received JSON body is shown; the three places of the original differ.
enum class json_body_form {
    with_bytes, ///< retrieve REQUESTS: typed, and the bytes where they are not the compact document
    typed,      ///< pairs, log entries, verification failures: the document with its content type
    document,   ///< log text: the document alone
    definition, ///< recorded expectations: bodies of every kind as objects that name their type
};

/// A recorded request in the reduced shape of retrieve REQUESTS (core.md 1.7.1, 2.7.4).
[[nodiscard]] json::value to_reduced_json(const request_view& source,
                                          json_body_form form = json_body_form::with_bytes);
/// A recorded request in full form (core.md 1.7.2, 2.15).
[[nodiscard]] json::value to_full_json(const request_view& source,
                                       json_body_form form = json_body_form::typed);
/// An expected request in the reduced shape used by verification failure texts (core.md 1.8).
[[nodiscard]] json::value to_reduced_json(const request_matcher& source);

} // namespace mockfleet::model
