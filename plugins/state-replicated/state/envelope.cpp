// The bytes of an envelope.
#include "state/envelope.hpp"

#include "base/wire.hpp"

namespace mockfleet::replicated {

namespace {

constexpr std::uint8_t format = 1;
constexpr std::uint8_t has_parts = 1;
constexpr std::uint8_t has_grants = 2;
constexpr std::uint8_t known_flags = has_parts | has_grants;
constexpr std::uint64_t most_grants = 4096;

} // namespace

std::string bytes_of(const write_id& id) {
    std::string bytes;
    wire_writer to(bytes);
    to.fixed64(id.life);
    to.fixed64(id.sequence);
    return bytes;
}

std::string seal(const envelope& made) {
    std::string bytes;
    bytes.reserve(made.payload.size() + 32 + made.grants.size() * 24);
    wire_writer to(bytes);
    to.byte(format);
    to.byte(
        static_cast<std::uint8_t>((made.in_parts ? has_parts : 0) | (made.grants.empty() ? 0 : has_grants)));
    to.fixed64(made.by.life);
    to.number(made.by.sequence);
    to.number(made.index);
    if (made.in_parts) {
        to.number(made.size);
        to.number(made.parts);
        to.fixed64(made.parts_by.life);
        to.number(made.parts_by.sequence);
    }
    if (!made.grants.empty()) {
        to.number(made.grants.size());
        for (const auto& one : made.grants) {
            to.fixed64(one.life);
            to.number(one.sequence);
            to.integer(one.before);
        }
    }
    to.raw(made.payload);
    return bytes;
}

std::optional<envelope> unseal(std::string_view bytes) {
    wire_reader from(bytes);
    if (from.byte() != format) return std::nullopt;
    const auto flags = from.byte();
    if ((flags & ~known_flags) != 0) return std::nullopt;
    envelope found;
    found.by.life = from.fixed64();
    found.by.sequence = from.number();
    const auto index = from.number();
    if (index > most_index) return std::nullopt;
    found.index = static_cast<std::uint32_t>(index);
    if ((flags & has_parts) != 0) {
        found.in_parts = true;
        found.size = from.number();
        found.parts = static_cast<std::uint32_t>(from.number());
        found.parts_by.life = from.fixed64();
        found.parts_by.sequence = from.number();
    }
    if ((flags & has_grants) != 0) {
        const auto count = from.number();
        if (count > most_grants) return std::nullopt;
        for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
            counter_grant one;
            one.life = from.fixed64();
            one.sequence = from.number();
            one.before = from.integer();
            found.grants.push_back(one);
        }
    }
    if (!from.ok()) return std::nullopt;
    found.payload = from.rest();
    return found;
}

} // namespace mockfleet::replicated
