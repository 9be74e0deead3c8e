// Fuzz target of the request reader: the first byte says how the rest is cut into reads; the cut must make no
// difference.
#include "http/request_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using mockfleet::http::request_reader;

struct outcome {
    std::vector<std::string> requests;
    bool refused = false;
    bool waiting = false; // for the rest of a request
};

void require(bool holds) {
    if (!holds) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

std::string flattened(const mockfleet::model::request_view& request) {
    require(!request.method.empty() && !request.path.empty());
    std::string made(request.method);
    made.append(" ").append(request.path).append("?").append(request.query).append("\n");
    if (!request.head.empty())
        require(inside(request.path, request.head) && inside(request.query, request.head));
    for (const auto& header : request.headers) {
        require(!header.name.empty() && header.value.find_first_of("\r\n") == std::string_view::npos);
        if (!request.head.empty())
            require(inside(header.name, request.head) && inside(header.value, request.head));
        made.append(header.name).append(":").append(header.value).append("\n");
    }
    // The bytes promised behind a body must be readable.
    volatile char last = 0;
    for (std::size_t i = 0; i < 64; ++i)
        last = request.body.data()[request.body.size() + i];
    static_cast<void>(last);
    return made.append(request.body).append(request.keep_alive ? "+" : "-");
}

outcome read_all(std::string_view bytes, std::uint32_t cuts) {
    using result = request_reader::outcome;
    static const mockfleet::http::request_limits limits{300, 2000, 5000};
    request_reader reader(limits);
    outcome made;
    for (;;) {
        const auto got = reader.next();
        if (got == result::refused) {
            require(reader.why().status >= 400 && !reader.why().reason.empty());
            require(reader.next() == result::refused);
            made.refused = true;
            return made;
        }
        if (got == result::ready) {
            made.requests.push_back(flattened(reader.request()));
            reader.finish();
        }
        if (got != result::need_more) continue;
        if (bytes.empty()) {
            made.waiting = reader.where() != request_reader::progress::idle;
            return made;
        }
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
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read_all(bytes, 0);
    const auto cut = read_all(bytes, 1U + data[0]);
    require(whole.requests == cut.requests);
    // A malformed head may be noticed before its end or only there.
    require(whole.refused == cut.refused || (whole.refused ? cut.waiting : whole.waiting));
    return 0;
}
