// The engine's calls on keys, and their answers, as the messages of its gRPC service: fields of etcd 3.4's
// rpc.proto and kv.proto. Fields that nobody here needs are skipped.
#pragma once

#include "etcd/engine.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated::etcd_protobuf {

[[nodiscard]] std::string encode(const transaction& asked);   ///< TxnRequest
[[nodiscard]] std::string encode(const range_request& asked); ///< RangeRequest
/// WatchRequest: everything under `prefix` from `revision` on.
[[nodiscard]] std::string encode_watch(std::string_view prefix, std::uint64_t revision);

/// WatchResponse. `fragment`: the rest of the same answer follows.
struct watch_answer {
    bool created = false;
    bool cancelled = false;
    bool fragment = false;
    std::uint64_t compacted = 0;
    std::string reason;
    std::vector<watch_event> events;
};

// false: the message is not what it should be.
[[nodiscard]] bool decode(std::string_view message, transaction_result& to);
[[nodiscard]] bool decode(std::string_view message, range_result& to);
[[nodiscard]] bool decode(std::string_view message, watch_answer& to);

} // namespace mockfleet::replicated::etcd_protobuf
