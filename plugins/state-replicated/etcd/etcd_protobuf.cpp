// Field numbers of the engine's messages, written and read.
#include "etcd/etcd_protobuf.hpp"

#include "etcd/protobuf.hpp"

namespace mockfleet::replicated::etcd_protobuf {

namespace {

// TxnRequest
constexpr std::uint32_t txn_compare = 1;
constexpr std::uint32_t txn_success = 2;
constexpr std::uint32_t txn_failure = 3;
// RequestOp and ResponseOp
constexpr std::uint32_t op_range = 1;
constexpr std::uint32_t op_put = 2;
constexpr std::uint32_t op_delete_range = 3;
// RangeRequest, PutRequest, DeleteRangeRequest and WatchCreateRequest begin alike
constexpr std::uint32_t any_key = 1;
constexpr std::uint32_t any_range_end = 2;
constexpr std::uint32_t put_value = 2;
constexpr std::uint32_t put_lease = 3;
constexpr std::uint32_t range_limit = 3;
constexpr std::uint32_t range_revision = 4;
constexpr std::uint32_t range_serializable = 7;
constexpr std::uint32_t range_keys_only = 8;
constexpr std::uint32_t watch_create = 1;
constexpr std::uint32_t watch_start_revision = 3;
constexpr std::uint32_t watch_fragment = 8;

void comparison_message(protobuf_writer& to, const comparison& one) {
    const auto place = to.begin(txn_compare);
    // Compare: result EQUAL 0, GREATER 1, LESS 2; target VERSION 0, CREATE 1, MOD 2, with a field for each
    if (one.how != comparison::relation::equal)
        to.number(1, one.how == comparison::relation::greater ? 1 : 2);
    switch (one.what) {
    case comparison::target::writes:
        to.bytes(3, one.key);
        to.number(4, one.than);
        break;
    case comparison::target::create_revision:
        to.number(2, 1);
        to.bytes(3, one.key);
        to.number(5, one.than);
        break;
    case comparison::target::mod_revision:
        to.number(2, 2);
        to.bytes(3, one.key);
        to.number(6, one.than);
        break;
    }
    to.end(place);
}

void operation_message(protobuf_writer& to, std::uint32_t branch, const operation& one) {
    const auto place = to.begin(branch);
    switch (one.what) {
    case operation::kind::put: {
        const auto inner = to.begin(op_put);
        to.bytes(any_key, one.key);
        to.bytes(put_value, one.value);
        if (one.lease != 0) to.number(put_lease, static_cast<std::uint64_t>(one.lease));
        to.end(inner);
        break;
    }
    case operation::kind::remove: {
        const auto inner = to.begin(op_delete_range);
        to.bytes(any_key, one.key);
        if (!one.range_end.empty()) to.bytes(any_range_end, one.range_end);
        to.end(inner);
        break;
    }
    case operation::kind::range: {
        const auto inner = to.begin(op_range);
        to.bytes(any_key, one.key);
        if (!one.range_end.empty()) to.bytes(any_range_end, one.range_end);
        if (one.limit != 0) to.number(range_limit, one.limit);
        if (one.keys_only) to.number(range_keys_only, 1);
        to.end(inner);
        break;
    }
    }
    to.end(place);
}

/// Each field of a message by `field`, which tells whether it could read it.
template <class Field>
bool fields_of(std::string_view message, Field field) {
    protobuf_reader from(message);
    while (from.next()) {
        if (!field(from)) return false;
    }
    return !from.broken();
}

/// KeyValue
bool entry_of(std::string_view message, engine_entry& to) {
    return fields_of(message, [&](protobuf_reader& from) {
        switch (from.field()) {
        case 1:
            to.key = from.bytes();
            break;
        case 2:
            to.create_revision = from.number();
            break;
        case 3:
            to.mod_revision = from.number();
            break;
        case 4:
            to.writes = from.number();
            break;
        case 5:
            to.value = from.bytes();
            break;
        case 6:
            to.lease = static_cast<std::int64_t>(from.number());
            break;
        default:
            break;
        }
        return !from.broken();
    });
}

/// ResponseHeader
bool revision_of(std::string_view message, std::uint64_t& to) {
    return fields_of(message, [&](protobuf_reader& from) {
        if (from.field() == 3) to = from.number();
        return !from.broken();
    });
}

/// RangeResponse, of which a transaction's parts leave the header out.
template <class Result>
bool range_of(std::string_view message, Result& to, std::uint64_t& revision) {
    return fields_of(message, [&](protobuf_reader& from) {
        switch (from.field()) {
        case 1:
            return revision_of(from.bytes(), revision) && !from.broken();
        case 2:
            return entry_of(from.bytes(), to.entries.emplace_back()) && !from.broken();
        case 3:
            to.more = from.number() != 0;
            break;
        case 4:
            to.count = from.number();
            break;
        default:
            break;
        }
        return !from.broken();
    });
}

/// ResponseOp
bool result_of(std::string_view message, operation_result& to) {
    return fields_of(message, [&](protobuf_reader& from) {
        if (from.field() == op_range) {
            std::uint64_t ignored = 0;
            return range_of(from.bytes(), to, ignored) && !from.broken();
        }
        if (from.field() != op_delete_range) return true;
        return fields_of(from.bytes(),
                         [&](protobuf_reader& inner) {
                             if (inner.field() == 2) to.count = inner.number();
                             return !inner.broken();
                         }) &&
               !from.broken();
    });
}

/// Event
bool event_of(std::string_view message, watch_event& to) {
    bool has_entry = false;
    const bool good = fields_of(message, [&](protobuf_reader& from) {
        if (from.field() == 1) to.removed = from.number() == 1;
        if (from.field() != 2) return !from.broken();
        has_entry = true;
        return entry_of(from.bytes(), to.entry) && !from.broken();
    });
    return good && has_entry;
}

} // namespace

std::string encode(const transaction& asked) {
    std::size_t size = 64 + asked.when.size() * 96 + asked.otherwise.size() * 96;
    for (const auto& one : asked.then)
        size += 32 + one.key.size() + one.value.size();
    protobuf_writer to;
    to.reserve(size);
    for (const auto& one : asked.when)
        comparison_message(to, one);
    for (const auto& one : asked.then)
        operation_message(to, txn_success, one);
    for (const auto& one : asked.otherwise)
        operation_message(to, txn_failure, one);
    return to.take();
}

std::string encode(const range_request& asked) {
    protobuf_writer to;
    to.bytes(any_key, asked.key);
    if (!asked.range_end.empty()) to.bytes(any_range_end, asked.range_end);
    if (asked.limit != 0) to.number(range_limit, asked.limit);
    if (asked.revision != 0) to.number(range_revision, asked.revision);
    if (!asked.linearizable) to.number(range_serializable, 1);
    if (asked.keys_only) to.number(range_keys_only, 1);
    return to.take();
}

std::string encode_watch(std::string_view prefix, std::uint64_t revision) {
    protobuf_writer to;
    const auto place = to.begin(watch_create);
    to.bytes(any_key, prefix);
    to.bytes(any_range_end, prefix_end(prefix));
    to.number(watch_start_revision, revision);
    to.number(watch_fragment, 1);
    to.end(place);
    return to.take();
}

bool decode(std::string_view message, transaction_result& to) {
    return fields_of(message, [&](protobuf_reader& from) {
        switch (from.field()) {
        case 1:
            return revision_of(from.bytes(), to.revision) && !from.broken();
        case 2:
            to.succeeded = from.number() != 0;
            break;
        case 3:
            return result_of(from.bytes(), to.results.emplace_back()) && !from.broken();
        default:
            break;
        }
        return !from.broken();
    });
}

bool decode(std::string_view message, range_result& to) {
    return range_of(message, to, to.revision);
}

bool decode(std::string_view message, watch_answer& to) {
    return fields_of(message, [&](protobuf_reader& from) {
        switch (from.field()) {
        case 3:
            to.created = from.number() != 0;
            break;
        case 4:
            to.cancelled = from.number() != 0;
            break;
        case 5:
            to.compacted = from.number();
            break;
        case 6:
            to.reason = from.bytes();
            break;
        case 7:
            to.fragment = from.number() != 0;
            break;
        case 11:
            return event_of(from.bytes(), to.events.emplace_back()) && !from.broken();
        default:
            break;
        }
        return !from.broken();
    });
}

} // namespace mockfleet::replicated::etcd_protobuf
