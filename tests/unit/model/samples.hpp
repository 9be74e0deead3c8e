// Shared by the codec's tests: documents from text, one expectation around a part.
#pragma once

#include "model/codec.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace mockfleet::samples {

inline json::value parsed(std::string_view text) {
    auto document = json::read_tolerant(text);
    REQUIRE_MESSAGE(document.has_value(), text);
    return *document;
}

inline model::expectation one(std::string_view text) {
    auto read = model::read_expectations(text);
    REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message));
    REQUIRE(read->size() == 1);
    return read->front();
}

/// Reads one expectation, checks that the store's form gives it back unchanged, and returns the API's form.
inline json::value echoed(std::string_view text) {
    const auto read = one(text);
    const auto again = model::expectation_from_json(parsed(json::compact(model::to_stored_json(read))));
    REQUIRE(again.has_value());
    CHECK(*again == read);
    return model::to_json(read);
}

inline std::string echoed_request(const std::string& request) {
    const auto written = echoed("{\"httpRequest\":" + request + ",\"httpResponse\":{}}");
    return json::compact(*written.find("httpRequest"));
}

inline std::string echoed_response(const std::string& response) {
    return json::compact(*echoed("{\"httpResponse\":" + response + "}").find("httpResponse"));
}

inline std::string refusal(std::string_view text) {
    const auto read = model::read_expectations(text);
    REQUIRE_MESSAGE(!read, text);
    return read.error().message;
}

} // namespace mockfleet::samples
