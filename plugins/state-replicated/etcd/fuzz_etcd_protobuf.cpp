// Fuzz target of the engine's gRPC answers: what is cut up by the message reader is read as each kind of
// answer.
#include "etcd/etcd_protobuf.hpp"
#include "net/grpc_message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace mockfleet::replicated;

void require(bool holds) {
    if (!holds) std::abort();
}

void read(std::string_view message) {
    transaction_result transaction;
    range_result range;
    etcd_protobuf::watch_answer watch;
    // Nothing can hold more entries than it has bytes.
    if (etcd_protobuf::decode(message, transaction)) require(transaction.results.size() <= message.size());
    if (etcd_protobuf::decode(message, range)) require(range.entries.size() <= message.size());
    if (etcd_protobuf::decode(message, watch)) require(watch.events.size() <= message.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read(bytes);
    grpc_message_reader reader;
    std::size_t total = 0;
    // The first byte tells the size of the pieces.
    const std::size_t piece = size == 0 ? 1 : data[0] + std::size_t{1};
    for (std::size_t at = 1; at < size; at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (const auto message = reader.next()) {
            total += message->size();
            read(*message);
        }
    }
    require(total <= size);
    require(percent_decoded(bytes).size() <= size);
    return 0;
}
