// Fuzz target of the codec: no input breaks a reader, and what was read survives the store's form and the
// API's form.
#include "model/codec.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace mockfleet;

void require(bool holds) {
    if (!holds) std::abort();
}

json::value parsed(const std::string& text) {
    json::value out;
    require(!json::parse_tolerant(text, out));
    return out;
}

void check_expectations(std::string_view text) {
    const auto read = model::read_expectations(text);
    if (!read) {
        require(!read.error().message.empty());
        return;
    }
    require(!read->empty());
    for (const auto& one : *read) {
        const auto again = model::expectation_from_json(parsed(json::compact(model::to_stored_json(one))));
        require(again.has_value());
        require(*again == one);
        const auto shown = json::pretty(model::to_json(one));
        require(json::pretty(parsed(shown)) == shown);
    }
}

void check_selection(std::string_view text) {
    const auto read = model::read_selection(text);
    if (!read) {
        require(!read.error().message.empty());
    } else if (read->matcher) {
        (void)parsed(json::pretty(model::to_reduced_json(*read->matcher)));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_expectations(text);
    check_selection(text);
    (void)model::read_verification(text);
    (void)model::read_verification_sequence(text);
    return 0;
}
