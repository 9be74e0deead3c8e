// Fuzz target of the XML answers of S3: what is read keeps within what the reader promises.
#include "list_page.hpp"

#include "common/xml.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void require_sound(const mockfleet::common::xml_element& one, int depth) {
    require(!one.name.empty() && depth <= 32);
    for (const auto& child : one.children)
        require_sound(child, depth + 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto root = mockfleet::common::read_xml(text)) require_sound(*root, 1);
    if (const auto page = mockfleet::s3::read_list_page(text)) {
        for (const auto& name : page->names)
            require(!name.empty());
    }
    return 0;
}
