// What a user may set of the fleet, parsed and checked: the configuration keys of state-replicated.
#pragma once

#include "base/seed_probe.hpp"
#include "net/tls_files.hpp"

#include <mockfleet/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

enum class engine_mode { supervised, external };
enum class on_isolation { refuse, stale };
enum class two_node_survivor { none, witness_only, force };

/// A node of the seed list. `name` is the same on every node that reads the same list; it names the engine's
/// member.
struct seed {
    std::string name;
    std::string host;
    std::uint16_t peer_port = 0;
    std::uint16_t ack_port = 0;
    [[nodiscard]] seed_address ack_address() const { return {host, ack_port}; }
};

struct settings {
    bool clustered = false;
    std::string cluster_name = "mockserver-cluster";
    bool witness = false; ///< a vote without a seat: the engine only, no replica
    engine_mode engine = engine_mode::supervised;

    std::vector<seed> seeds;  ///< clusterSeeds, in order; of a DNS name only after discovery
    std::string dns_query;    ///< headless service of a StatefulSet; seeds is empty then
    std::size_t self = npos;  ///< index of this node in seeds; npos until discovery found it
    std::string own_name;     ///< the name of this node; set when not clustered too
    std::uint32_t voters = 3; ///< the first this many seeds vote
    std::string address;      ///< clusterAdvertisedAddress; empty = taken from the seed list

    std::vector<std::string> engine_endpoints; ///< external: http(s)://host:port
    std::string engine_binary;                 ///< empty = etcd of PATH
    std::string engine_data_dir;               ///< empty = the default rule (see data_dir.hpp)
    bool engine_fsync = true;
    std::uint32_t engine_processors = 0; ///< GOMAXPROCS, 0 = as many as there are
    std::uint64_t engine_memory = 0;     ///< GOMEMLIMIT in bytes, 0 = none

    std::uint16_t peer_port = 7800;
    std::uint16_t ack_port = 7801;
    std::uint16_t client_port = 2379;

    tls_files tls;
    std::string token;
    bool allow_plaintext = false;

    std::chrono::milliseconds heartbeat{50};
    std::chrono::milliseconds election{500};
    std::uint32_t lease_seconds = 1;
    std::chrono::milliseconds barrier_timeout{4000};
    std::chrono::milliseconds attempt_timeout{250}; ///< of one attempt of an engine call
    on_isolation isolation = on_isolation::refuse;
    bool fast_fail = true;
    two_node_survivor survivor = two_node_survivor::none;
    std::string
        tie_breaker; ///< host:port that answers a connection when this side of a split is the right one

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    /// All addresses named are of this host's loopback: plain text is no risk.
    [[nodiscard]] bool loopback_only() const;
    [[nodiscard]] bool is_voter() const { return self < seeds.size() && self < voters; }
};

/// For the plugin's descriptor.
[[nodiscard]] std::span<const mf_config_key> config_keys();

/// Reads and checks everything that can be checked without the network; a bad combination throws
/// plugin::failure (MF_INVALID) with one line that says what to do. What is only worth a word of warning goes
/// to `warnings`.
[[nodiscard]] settings parse_settings(const plugin::config& given, std::vector<std::string>& warnings);

} // namespace mockfleet::replicated
