// The stored form of a member, the coordinator and the owner of a key.
#include "state/members.hpp"

#include "base/wire.hpp"

namespace mockfleet::replicated {

namespace {

constexpr std::uint8_t format = 1;

std::uint64_t weight(std::string_view node, std::string_view space, std::string_view key) {
    auto value = 0xcbf29ce484222325ULL;
    for (const auto part : {node, space, key}) {
        for (const char c : part)
            value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        value = (value ^ 0xff) * 0x100000001b3ULL;
    }
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    return value ^ (value >> 33);
}

} // namespace

std::string encode(const member_entry& one, const write_id& by) {
    std::string payload;
    wire_writer to(payload);
    to.byte(format);
    to.byte(static_cast<std::uint8_t>(one.state));
    to.text(one.name);
    to.text(one.host);
    to.number(one.ack_port);
    to.text(one.program);
    to.fixed64(one.life);
    to.number(one.started_ms);
    envelope made;
    made.by = by;
    made.payload = payload;
    return seal(made);
}

std::optional<member_entry> decode_member(const engine_entry& entry) {
    const auto found = unseal(entry.value);
    if (!found) return std::nullopt;
    wire_reader from(found->payload);
    if (from.byte() != format) return std::nullopt;
    member_entry one;
    const auto state = from.byte();
    one.name = from.text();
    one.host = from.text();
    one.ack_port = static_cast<std::uint16_t>(from.number());
    one.program = from.text();
    one.life = from.fixed64();
    one.started_ms = from.number();
    if (!from.ok() || state < 1 || state > 3) return std::nullopt;
    one.state = static_cast<member_state>(state);
    one.since = entry.create_revision;
    one.revision = entry.mod_revision;
    one.lease = entry.lease;
    return one;
}

std::string coordinator_of(const member_table& members) {
    std::string found;
    std::uint64_t first = 0;
    for (const auto& [node, one] : members) {
        if (one.state != member_state::serving) continue;
        if (!found.empty() && one.since >= first) continue;
        found = node;
        first = one.since;
    }
    return found;
}

std::string owner_of(const member_table& members, std::string_view space, std::string_view key) {
    std::string found;
    std::uint64_t most = 0;
    for (const auto& [node, one] : members) {
        if (one.state != member_state::serving) continue;
        const auto its = weight(node, space, key);
        if (!found.empty() && its <= most) continue;
        found = node;
        most = its;
    }
    return found;
}

} // namespace mockfleet::replicated
