// Fuzz target of the response reader: the first byte says how the rest is cut into reads, whether the answer
// is to HEAD, and whether the connection ends; the cut must make no difference.
#include "upstream/response_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using mockfleet::upstream::expected_body;
using mockfleet::upstream::response_head;
using mockfleet::upstream::response_reader;

void require(bool holds) {
    if (!holds) std::abort();
}

struct outcome {
    std::string head;
    std::string body;
    bool broken = false;
    bool complete = false;
};

outcome read_all(std::string_view bytes, expected_body body, bool ends, std::uint32_t cuts) {
    using result = response_reader::outcome;
    static const mockfleet::upstream::response_limits limits{2000, 5000};
    response_reader reader(limits);
    reader.begin(body);
    outcome made;
    bool has_head = false;
    for (;;) {
        const auto got = reader.next();
        if (got == result::broken) {
            require(!reader.why().empty() && reader.next() == result::broken && !reader.reusable());
            made.broken = true;
            return made;
        }
        if (got == result::complete) {
            require(has_head);
            made.complete = true;
            return made;
        }
        if (got == result::head) {
            const auto& head = reader.head();
            require(!has_head && head.status >= 200);
            has_head = true;
            made.head = std::to_string(head.status) + " " + std::string(head.reason) + "\n";
            for (const auto& header : head.headers) {
                require(!header.name.empty() && header.value.find_first_of("\r\n") == std::string_view::npos);
                made.head.append(header.name).append(":").append(header.value).append("\n");
            }
            made.head += std::to_string(static_cast<int>(head.body)) + " " + std::to_string(head.length);
            require(body == expected_body::as_framed || head.body == response_head::framing::none);
        } else if (got == result::piece) {
            require(has_head && !reader.piece().empty());
            made.body += reader.piece();
            require(made.body.size() <= limits.body);
        } else if (!bytes.empty()) {
            const auto room = reader.room();
            require(!room.empty());
            std::size_t size = std::min(room.size(), bytes.size());
            if (cuts != 0) {
                cuts = cuts * 1664525U + 1013904223U; // a plain generator, so that a crash can be repeated
                size = std::min<std::size_t>(size, 1 + (cuts >> 24U) % 40);
            }
            std::memcpy(room.data(), bytes.data(), size);
            reader.received(size);
            bytes.remove_prefix(size);
        } else if (ends) {
            reader.ended();
            ends = false;
        } else {
            return made;
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto body = (data[0] & 1U) != 0 ? expected_body::none : expected_body::as_framed;
    const bool ends = (data[0] & 2U) != 0;
    const auto whole = read_all(bytes, body, ends, 0);
    const auto cut = read_all(bytes, body, ends, 1U + data[0]);
    // What is malformed may be noticed earlier or later, but never be taken for a whole answer.
    require(whole.complete == cut.complete);
    if (!whole.complete) return 0;
    require(whole.head == cut.head && whole.body == cut.body);
    return 0;
}
