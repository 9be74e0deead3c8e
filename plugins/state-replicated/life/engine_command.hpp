// The command line of a supervised engine.
#pragma once

#include "life/child_process.hpp"
#include "settings/settings.hpp"

#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// How a member comes to its fleet. With data in the directory only `forced` makes a difference.
enum class engine_start { fresh, existing, forced };

struct engine_place {
    std::string program;
    std::string dir;
    std::string member;
    std::string initial_cluster; ///< name=url,name=url of all voters
    std::string token;           ///< fresh: tells this fleet from an earlier one of the same nodes
    engine_start how = engine_start::fresh;
};

/// http or https, as the settings have it.
[[nodiscard]] std::string engine_url(const settings& from, std::string_view host, std::uint16_t port);
/// Where the other nodes reach the peer port of a member.
[[nodiscard]] std::string peer_url(const settings& from, const seed& of);
/// Where this node's own client reaches its member.
[[nodiscard]] std::string own_client_url(const settings& from);

[[nodiscard]] child_command engine_command(const settings& from, const engine_place& place);

} // namespace mockfleet::replicated
