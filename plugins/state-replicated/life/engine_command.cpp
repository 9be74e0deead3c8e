// Flags and environment of etcd.
#include "life/engine_command.hpp"

#include "settings/seed_list.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdlib>

namespace mockfleet::replicated {

namespace {

constexpr const char* loopback = "127.0.0.1";

/// A name cannot be listened on, an address can; a node that is known by a name listens everywhere.
std::string listen_host(const std::string& host) {
    if (is_loopback(host)) return host == "localhost" ? loopback : host;
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(host, no_address);
    return no_address ? "0.0.0.0" : address.to_string();
}

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items)
        text += (text.empty() ? "" : ",") + item;
    return text;
}

} // namespace

std::string engine_url(const settings& from, std::string_view host, std::uint16_t port) {
    return (from.tls.on() && from.clustered ? "https://" : "http://") + authority(host, port);
}

std::string peer_url(const settings& from, const seed& of) {
    return engine_url(from, of.host, of.peer_port);
}

std::string own_client_url(const settings& from) {
    return engine_url(from, loopback, from.client_port);
}

child_command engine_command(const settings& from, const engine_place& place) {
    const auto host = from.clustered ? from.seeds[from.self].host : loopback;
    const auto own_peer = engine_url(from, host, from.peer_port);
    std::vector<std::string> clients{own_client_url(from)};
    std::string advertised = clients[0];
    // Nodes that do not vote have no engine of their own and come to the voters.
    const bool others_come = from.clustered && (from.seeds.size() > from.voters || !from.dns_query.empty());
    if (others_come && !is_loopback(host)) {
        const auto listened = listen_host(host);
        if (listened == "0.0.0.0") clients.clear();
        clients.push_back(engine_url(from, listened, from.client_port));
        advertised = engine_url(from, host, from.client_port);
    }
    child_command made;
    made.program = place.program;
    auto& flags = made.arguments;
    const auto flag = [&](const char* name, const std::string& value) {
        flags.push_back(std::string("--") + name + "=" + value);
    };
    flag("name", place.member);
    flag("data-dir", place.dir);
    flag("listen-peer-urls", engine_url(from, listen_host(host), from.peer_port));
    flag("initial-advertise-peer-urls", own_peer);
    flag("listen-client-urls", joined(clients));
    flag("advertise-client-urls", advertised);
    flag("initial-cluster", place.initial_cluster);
    flag("initial-cluster-state", place.how == engine_start::existing ? "existing" : "new");
    flag("initial-cluster-token", place.token.empty() ? from.cluster_name : place.token);
    if (place.how == engine_start::forced) flags.emplace_back("--force-new-cluster");
    flag("heartbeat-interval", std::to_string(from.heartbeat.count()));
    flag("election-timeout", std::to_string(from.election.count()));
    flags.emplace_back("--pre-vote");
    // A learner does not weaken a quorum, and when a member is replaced the lifecycle has looked already.
    flags.emplace_back("--strict-reconfig-check=false");
    flag("auto-compaction-mode", "revision");
    flag("auto-compaction-retention", "100000");
    flag("quota-backend-bytes", "8589934592");
    flag("max-txn-ops", "1024");
    flag("max-request-bytes", "4194304");
    flag("snapshot-count", "20000");
    flag("logger", "zap");
    flag("log-outputs", "stderr");
    if (!from.engine_fsync || !from.clustered) flags.emplace_back("--unsafe-no-fsync");
    if (from.tls.on() && from.clustered) {
        for (const std::string side : {"", "peer-"}) {
            flags.push_back("--" + side + "cert-file=" + from.tls.cert);
            flags.push_back("--" + side + "key-file=" + from.tls.key);
            flags.push_back("--" + side + "trusted-ca-file=" + from.tls.ca);
            flags.push_back("--" + side + "client-cert-auth");
        }
    }
    // Its own environment only: variables named ETCD_... would be settings too.
    made.environment.emplace_back("PATH=/usr/bin:/bin");
    if (from.engine_processors > 0)
        made.environment.push_back("GOMAXPROCS=" + std::to_string(from.engine_processors));
    if (from.engine_memory > 0)
        made.environment.push_back("GOMEMLIMIT=" + std::to_string(from.engine_memory));
    return made;
}

} // namespace mockfleet::replicated
