// How the body of a received request is understood, by its content type (core.md 2.7.4).
#pragma once

#include <string>
#include <string_view>

namespace mockfleet::model {

enum class received_kind {
    untyped, ///< no content type: text if it is UTF-8, else binary
    json,
    xml,
    form, ///< text that holds form parameters
    text,
    binary,
};

struct received_type {
    received_kind kind = received_kind::untyped;
    std::string media;   ///< type/subtype in lower case; empty when the header has no such form
    std::string charset; ///< in effect: as given, or the default of the kind; empty = UTF-8
};

[[nodiscard]] received_type received_type_of(std::string_view content_type);

} // namespace mockfleet::model
