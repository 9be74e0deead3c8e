// Leases, members and upkeep as the JSON of the engine's gateway. 64-bit numbers are strings there, and
// fields with a zero value are left out.
#pragma once

#include "etcd/engine.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated::etcd_json {

/// {"name": "number"}
[[nodiscard]] std::string encode_number(std::string_view name, std::uint64_t number);
[[nodiscard]] std::string encode_new_member(std::string_view peer_url, bool learner);

/// What an error answer says; `grpc` is -1 when the body is no such thing.
struct refusal {
    int grpc = -1;
    std::string message;
};
[[nodiscard]] refusal decode_refusal(simdjson::dom::parser& parser, const std::string& body);

// false: the body is not what it should be.
[[nodiscard]] bool decode(simdjson::dom::parser& parser, const std::string& body, engine_status& to);
[[nodiscard]] bool decode(simdjson::dom::parser& parser, const std::string& body,
                          std::vector<engine_member>& to);
/// Of member add.
[[nodiscard]] bool decode(simdjson::dom::parser& parser, const std::string& body, engine_member& to);

struct lease_answer {
    std::int64_t id = 0;
    std::uint32_t seconds = 0; ///< 0 = there is no such lease
};
/// Of a grant and of a renewal.
[[nodiscard]] bool decode(simdjson::dom::parser& parser, const std::string& body, lease_answer& to);

struct alarm {
    std::uint64_t member = 0;
    std::string kind; ///< NOSPACE, CORRUPT
};
[[nodiscard]] bool decode(simdjson::dom::parser& parser, const std::string& body, std::vector<alarm>& to);

} // namespace mockfleet::replicated::etcd_json
