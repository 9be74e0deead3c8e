// The configuration keys of the plugin as constant data: the descriptor must be complete before any code
// runs.
#pragma once

#include <mockfleet/abi.h>

#include <array>

namespace mockfleet::replicated {

inline constexpr auto config_key_table = std::to_array<mf_config_key>({
    {"clusterEnabled", "bool", "false", "Join a fleet of nodes that share their state."},
    {"clusterName", "string", "mockserver-cluster", "Only nodes of equal name form a fleet."},
    {"clusterTransportConfig", "string", "",
     "YAML file with the fleet's settings, or a JGroups stack whose addresses are taken over."},
    {"clusterEngine", "string", "supervised", "supervised starts and watches etcd; external uses one."},
    {"clusterSeeds", "list", "", "host:peer-port of all nodes, the same list on every node."},
    {"clusterDnsQuery", "string", "", "Headless service of a StatefulSet whose pods are the nodes."},
    {"clusterVoters", "int", "3", "Nodes that vote: 1, 3 or 5; the first of the list."},
    {"clusterWitness", "bool", "false", "Only vote: run the engine and hold no state."},
    {"clusterAdvertisedAddress", "string", "",
     "Host of clusterSeeds that is this node, when it cannot tell."},
    {"clusterEngineEndpoints", "list", "", "http(s)://host:port of an external engine."},
    {"clusterEngineBinaryPath", "string", "", "The etcd program; empty looks for it in PATH."},
    {"clusterEngineDataDir", "string", "", "Directory of the engine's data; empty: see docs/fleet.md."},
    {"clusterEngineFsync", "bool", "true", "Flush the engine's data; false only where it may be lost."},
    {"clusterEngineProcessors", "int", "0", "Processors that the engine may use; 0 = all."},
    {"clusterEngineMemory", "size", "1GiB", "Memory at which the engine cleans up harder; 0 = no limit."},
    {"clusterPeerPort", "int", "7800", "Port for the engine's peers."},
    {"clusterAckPort", "int", "", "Port for calls between nodes; the one after clusterPeerPort."},
    {"clusterClientPort", "int", "2379", "Port for the engine's clients."},
    {"clusterTlsCert", "string", "", "PEM file of this node's certificate for peers and engine."},
    {"clusterTlsKey", "secret", "", "PEM file of this node's private key for peers and engine."},
    {"clusterTlsCa", "string", "", "PEM file of the authority of the nodes' certificates."},
    {"clusterToken", "secret", "", "Shared token that every node of the fleet must show."},
    {"clusterAllowPlaintext", "bool", "false", "Allow unencrypted traffic between nodes off loopback."},
    {"clusterHeartbeatMillis", "int", "50", "Time between heartbeats of the engine."},
    {"clusterElectionMillis", "int", "500", "Silence after which a new leader is chosen."},
    {"clusterLeaseSeconds", "int", "1", "Life of a node's membership without renewal."},
    {"clusterBarrierTimeoutMillis", "int", "4000", "Longest wait until every node has applied a write."},
    {"clusterAttemptMillis", "int", "250", "Longest wait for one attempt of a call to the engine."},
    {"clusterOnIsolation", "string", "refuse", "refuse or stale: what an isolated node answers."},
    {"clusterFastFail", "bool", "true", "Exclude a node at once when its port refuses connections."},
    {"clusterTwoNodeSurvivor", "string", "none",
     "none, witness-only or force: whether the last of two voters goes on alone."},
    {"clusterTieBreaker", "string", "", "host:port that only the right side of a split can reach."},
});

} // namespace mockfleet::replicated
