// The members of the fleet as their keys tell: who serves, where, since when, and who coordinates.
#pragma once

#include "etcd/engine.hpp"
#include "state/envelope.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

enum class member_state : std::uint8_t { joining = 1, serving = 2, leaving = 3 };

struct member_entry {
    member_state state = member_state::joining;
    std::string name; ///< for people: the seed's name or the host
    std::string host; ///< of its peer fabric
    std::uint16_t ack_port = 0;
    std::string program; ///< its version
    std::uint64_t life = 0;
    std::uint64_t started_ms = 0; ///< wall clock, for people only

    // Of the engine's entry, not stored in it.
    std::uint64_t since = 0; ///< the revision that created it
    std::uint64_t revision = 0;
    std::int64_t lease = 0;
};

[[nodiscard]] std::string encode(const member_entry& one, const write_id& by);
/// nullopt for an entry of a newer format: such a node is no peer of this program.
[[nodiscard]] std::optional<member_entry> decode_member(const engine_entry& entry);

using member_table = std::map<std::string, member_entry>; ///< by node id

/// The serving member that joined first (its key has the lowest creation revision); empty when none serves.
[[nodiscard]] std::string coordinator_of(const member_table& members);

/// The serving member that counts for this key: the same on all nodes that see the same members, and a member
/// that comes or goes moves only its own share. Empty when none serves.
[[nodiscard]] std::string owner_of(const member_table& members, std::string_view space, std::string_view key);

} // namespace mockfleet::replicated
