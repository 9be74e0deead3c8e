// Fuzz target of the tolerant reader: whatever is read can be written and read again as the same document.
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

void require_same(const std::string& text, const json::value& document) {
    json::value again;
    require(!json::parse_tolerant(text, again));
    require(again == document);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    json::value document;
    if (const auto failure = json::parse_tolerant(text, document)) {
        require(!failure->what.empty() && failure->line >= 1 && failure->column >= 1);
        return 0;
    }
    require_same(json::compact(document), document);
    require_same(json::pretty(document), document);
    require_same(json::pretty_lines(document), document);
    return 0;
}
