// Each refusal is one line: what was found, what is wanted.
#include "settings/settings_check.hpp"

#include "net/http_link.hpp"
#include "net/tls_context.hpp"
#include "settings/seed_list.hpp"

#include <algorithm>
#include <set>

namespace mockfleet::replicated {

namespace {

void refuse_if(bool bad, const std::string& what) {
    if (bad) throw plugin::failure(MF_INVALID, what);
}

void check_name(const std::string& name) {
    const bool good = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                              "0123456789._-") == std::string::npos;
    refuse_if(!good, "clusterName is '" + name + "'; letters, digits, '.', '_' and '-' are allowed");
}

void check_timing(const settings& one) {
    refuse_if(one.election < one.heartbeat * 5,
              "clusterElectionMillis is " + std::to_string(one.election.count()) +
                  "; it must be at least five times clusterHeartbeatMillis (" +
                  std::to_string(one.heartbeat.count()) + ")");
    // The engine would grant a longer lease than it was asked for.
    const auto least = static_cast<std::uint32_t>((one.election.count() * 3 + 1999) / 2000);
    refuse_if(one.lease_seconds < least,
              "clusterLeaseSeconds is " + std::to_string(one.lease_seconds) +
                  "; with clusterElectionMillis=" + std::to_string(one.election.count()) +
                  " it must be at least " + std::to_string(least));
    const auto least_wait = std::chrono::seconds(one.lease_seconds) + one.election;
    refuse_if(one.barrier_timeout <= least_wait,
              "clusterBarrierTimeoutMillis is " + std::to_string(one.barrier_timeout.count()) +
                  "; it must be more than lease and election together (" +
                  std::to_string(std::chrono::milliseconds(least_wait).count()) + ")");
}

void check_tls(const settings& one) {
    const int given = int(!one.tls.cert.empty()) + int(!one.tls.key.empty()) + int(!one.tls.ca.empty());
    refuse_if(given != 0 && given != 3,
              "clusterTlsCert, clusterTlsKey and clusterTlsCa belong together: set all three or none");
    if (given == 3) {
        (void)make_tls_context(one.tls, tls_role::client);
    }
}

void check_ports(const settings& one) {
    refuse_if(
        one.peer_port == 0 || one.ack_port == 0 || one.client_port == 0,
        "clusterPeerPort, clusterAckPort and clusterClientPort must be real ports in a fleet: the other "
        "nodes have to find them");
    refuse_if(std::set{one.peer_port, one.ack_port, one.client_port}.size() < 3,
              "clusterPeerPort, clusterAckPort and clusterClientPort must be three different ports");
}

void check_seeds(settings& one, std::vector<std::string>& warnings) {
    refuse_if(
        one.seeds.empty() && one.dns_query.empty(),
        "clusterEnabled=true without clusterSeeds or clusterDnsQuery: this node would form a fleet of its "
        "own; set clusterSeeds to host:peer-port of all nodes, or clusterEnabled=false");
    refuse_if(!one.seeds.empty() && !one.dns_query.empty(),
              "clusterSeeds and clusterDnsQuery both name the nodes: set one of them");
    std::set<std::string> names;
    for (const auto& seed : one.seeds)
        refuse_if(!names.insert(seed.name).second, "clusterSeeds names " +
                                                       authority(seed.host, seed.peer_port) +
                                                       " twice; name each node once");
    refuse_if(one.voters % 2 == 0, "clusterVoters is " + std::to_string(one.voters) +
                                       "; it must be 1, 3 or 5: an even number survives no more losses");
    refuse_if(!one.address.empty() && !one.seeds.empty() &&
                  std::none_of(one.seeds.begin(), one.seeds.end(),
                               [&](const seed& seed) {
                                   return seed.host == one.address && seed.peer_port == one.peer_port;
                               }),
              "clusterAdvertisedAddress with clusterPeerPort is " + authority(one.address, one.peer_port) +
                  ", which is not in clusterSeeds; add it there on every node");
    if (one.seeds.size() == 2 && one.survivor == two_node_survivor::none) {
        warnings.push_back("a fleet of two nodes stops when one of them is lost; add a third as witness "
                           "(clusterWitness=true), or see clusterTwoNodeSurvivor");
    }
}

void check_survivor(settings& one, std::vector<std::string>& warnings) {
    if (one.survivor == two_node_survivor::none) return;
    refuse_if(!one.tie_breaker.empty() && !parse_host_port(one.tie_breaker),
              "clusterTieBreaker is '" + one.tie_breaker + "'; host:port is wanted");
    refuse_if(
        one.survivor == two_node_survivor::witness_only && one.tie_breaker.empty(),
        "clusterTwoNodeSurvivor=witness-only needs clusterTieBreaker: host:port that only the right side of "
        "a split can reach");
    if (one.seeds.size() != 2) {
        warnings.push_back("clusterTwoNodeSurvivor has an effect with exactly two nodes only");
        one.survivor = two_node_survivor::none;
    } else {
        warnings.push_back(
            "clusterTwoNodeSurvivor lets one of two nodes go on alone: when both live and cannot "
            "see each other, both may, and the changes of one are lost");
    }
}

void check_external(settings& one) {
    bool local = true;
    refuse_if(one.engine_endpoints.empty(),
              "clusterEngine=external without clusterEngineEndpoints: set it to "
              "http(s)://host:port of the etcd to use");
    for (auto& url : one.engine_endpoints) {
        if (url.find("://") == std::string::npos) url = (one.tls.on() ? "https://" : "http://") + url;
        const auto origin = parse_origin(url);
        refuse_if(!origin, "clusterEngineEndpoints has '" + url + "'; http(s)://host:port is wanted");
        refuse_if(origin->tls && !one.tls.on(),
                  "clusterEngineEndpoints has '" + url +
                      "'; set clusterTlsCert, clusterTlsKey and clusterTlsCa too");
        refuse_if(!origin->tls && !is_loopback(origin->host) && !one.allow_plaintext,
                  "clusterEngineEndpoints has '" + url +
                      "', plain text off loopback: use https, or set clusterAllowPlaintext=true");
        local = local && is_loopback(origin->host);
    }
    // Nodes beside an engine on loopback are taken to be there too, unless an address is set.
    if (local && one.address.empty() && one.seeds.empty()) one.address = "127.0.0.1";
}

/// The fabric and, when it is supervised, the engine talk to other hosts.
void check_exposure(const settings& one) {
    if (one.loopback_only() || one.tls.on()) return;
    refuse_if(
        !one.allow_plaintext,
        "the nodes are not all on loopback: set clusterTlsCert, clusterTlsKey and clusterTlsCa, or, on a "
        "network that nobody else can reach, clusterAllowPlaintext=true with a clusterToken");
    refuse_if(one.token.empty(),
              "clusterAllowPlaintext=true needs at least a clusterToken, the same on every "
              "node");
}

} // namespace

void check_settings(settings& one, std::vector<std::string>& warnings) {
    check_name(one.cluster_name);
    check_tls(one);
    check_timing(one);
    if (one.engine == engine_mode::external) check_external(one);
    if (!one.clustered) {
        refuse_if(one.witness, "clusterWitness=true needs clusterEnabled=true");
        one.seeds.clear();
        one.dns_query.clear();
        return;
    }
    check_ports(one);
    if (one.engine == engine_mode::supervised) {
        check_seeds(one, warnings);
        check_survivor(one, warnings);
        if (!one.engine_fsync && !one.engine_data_dir.empty()) {
            warnings.push_back("clusterEngineFsync=false: after a crash of the host the data in '" +
                               one.engine_data_dir + "' counts as lost");
        }
    } else {
        refuse_if(one.witness, "clusterWitness=true has no use with clusterEngine=external");
    }
    check_exposure(one);
}

} // namespace mockfleet::replicated
