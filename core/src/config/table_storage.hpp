// Properties of initialisation, persistence, the state backend, the fleet and the blob stores.
#pragma once

#include "config/property.hpp"

#include <array>

namespace mockfleet::config {

inline constexpr auto initialization_properties = std::to_array<property>({
    text("initializationClass", "", "A Java class.").without_effect(),
    text("initializationJsonPath", "", "File or glob of expectations to load at start."),
    text("initializationOpenAPIPath", "", "OpenAPI document to make expectations of at start.")
        .environment("MOCKSERVER_INITIALIZATION_OPENAPI_PATH")
        .later(),
    text("openAPIContextPathPrefix", "", "Prefix of the paths made of OpenAPI documents.")
        .environment("MOCKSERVER_OPENAPI_CONTEXT_PATH_PREFIX")
        .later(),
    boolean("openAPIResponseValidation", "false",
            "Check answers against the OpenAPI document of their expectation.")
        .environment("MOCKSERVER_OPENAPI_RESPONSE_VALIDATION")
        .later(),
    boolean("generateRealisticExampleValues", "false", "Invent lifelike values for OpenAPI examples.")
        .later(),
    boolean("watchInitializationJson", "false", "Load the initialisation file again when it changes."),
    millis("watchInitializationJsonPollPeriodMillis", "5000", "How often to look whether it changed."),
    text("loadScenarioInitializationJsonPath", "", "File of load scenarios to register at start.").later(),
    boolean("persistExpectations", "false",
            "Keep expectations in a file; to load it, name it as initializationJsonPath too."),
    text("persistedExpectationsPath", "persistedExpectations.json", "That file."),
    choice("persistDurability", "acknowledged|behind", "acknowledged",
           "Whether an expectation is on disk before it is answered 201, or written shortly after.")
        .ours(),
    boolean("persistRecordedExpectations", "false", "Write what was forwarded to a file, as expectations."),
    text("persistedRecordedExpectationsPath", "persistedRecordedExpectations.json",
         "That file; its name is the key in a blob store."),
});

inline constexpr auto state_properties = std::to_array<property>({
    text("stateBackend", "memory",
         "Plugin that holds expectations and other shared state; replicated when clusterEnabled is set and "
         "this is "
         "not; infinispan means replicated.")
        .synonym("infinispan=replicated"),
    boolean("clusterEnabled", "false", "Join a fleet of nodes that share their state.")
        .of_backend("replicated"),
    text("clusterName", "mockserver-cluster", "Only nodes of equal name form a fleet.")
        .of_backend("replicated"),
    text("clusterTransportConfig", "",
         "YAML file with the fleet's settings, or a JGroups stack whose addresses are taken over.")
        .nullable()
        .of_backend("replicated"),
    choice("clusterEngine", "supervised|external", "supervised",
           "Start and watch an engine, or use one that runs.")
        .ours()
        .of_backend("replicated"),
    list("clusterSeeds", "", "host:peer-port of all nodes, the same list on every node.")
        .ours()
        .of_backend("replicated"),
    text("clusterDnsQuery", "", "Headless service of a StatefulSet whose pods are the nodes.")
        .ours()
        .of_backend("replicated"),
    integer("clusterVoters", "3", "Nodes that vote: 1, 3 or 5; the first of the list.")
        .within(1, 5)
        .ours()
        .of_backend("replicated"),
    boolean("clusterWitness", "false", "Only vote: run the engine and hold no state.")
        .ours()
        .of_backend("replicated"),
    text("clusterAdvertisedAddress", "", "Host of clusterSeeds that is this node, when it cannot tell.")
        .ours()
        .of_backend("replicated"),
    list("clusterEngineEndpoints", "", "http(s)://host:port of an external engine.")
        .ours()
        .of_backend("replicated"),
    text("clusterEngineBinaryPath", "", "The engine's program; empty looks for etcd in PATH.")
        .ours()
        .of_backend("replicated"),
    text("clusterEngineDataDir", "", "Directory for the engine's data.").ours().of_backend("replicated"),
    boolean("clusterEngineFsync", "true",
            "Flush the engine's data; false only for a directory that may be lost.")
        .ours()
        .of_backend("replicated"),
    integer("clusterEngineProcessors", "0", "Processors that the engine may use; 0 = all.")
        .within(0, 4096)
        .ours()
        .of_backend("replicated"),
    bytes("clusterEngineMemory", "1073741824", "Memory at which the engine cleans up harder; 0 = no limit.")
        .ours()
        .of_backend("replicated"),
    integer("clusterPeerPort", "7800", "Port for the engine's peers.")
        .within(0, 65535)
        .ours()
        .of_backend("replicated"),
    integer("clusterAckPort", "", "Port for calls between nodes; unset, the one after clusterPeerPort.")
        .within(0, 65535)
        .ours()
        .of_backend("replicated"),
    integer("clusterClientPort", "2379", "Port for the engine's clients.")
        .within(0, 65535)
        .ours()
        .of_backend("replicated"),
    text("clusterTlsCert", "", "PEM file of the node's certificate for peers and engine.")
        .ours()
        .of_backend("replicated"),
    secret("clusterTlsKey", "PEM file of the node's private key for peers and engine.")
        .ours()
        .of_backend("replicated"),
    text("clusterTlsCa", "", "PEM file of the authority of the nodes' certificates.")
        .ours()
        .of_backend("replicated"),
    secret("clusterToken", "Shared token that every node of the fleet must show.")
        .ours()
        .of_backend("replicated"),
    boolean("clusterAllowPlaintext", "false", "Allow unencrypted traffic between nodes off loop-back.")
        .ours()
        .of_backend("replicated"),
    millis("clusterHeartbeatMillis", "50", "Time between heartbeats of the engine.")
        .ours()
        .of_backend("replicated"),
    millis("clusterElectionMillis", "500", "Silence after which a new leader is chosen.")
        .ours()
        .of_backend("replicated"),
    integer("clusterLeaseSeconds", "1", "Life of a node's membership without renewal.")
        .within(1, 3600)
        .ours()
        .of_backend("replicated"),
    millis("clusterBarrierTimeoutMillis", "4000", "Longest wait until every node has applied a write.")
        .ours()
        .of_backend("replicated"),
    millis("clusterAttemptMillis", "250", "Longest wait for one attempt of a call to the engine.")
        .ours()
        .of_backend("replicated"),
    choice("clusterOnIsolation", "refuse|stale", "refuse",
           "Whether an isolated node refuses calls or answers from its copy.")
        .ours()
        .of_backend("replicated"),
    boolean("clusterFastFail", "true", "Exclude a node at once when its port refuses connections.")
        .ours()
        .of_backend("replicated"),
    choice("clusterTwoNodeSurvivor", "none|witness-only|force", "none",
           "What the last of two nodes does alone.")
        .ours()
        .of_backend("replicated"),
    text("clusterTieBreaker", "", "host:port that only the right side of a split can reach.")
        .ours()
        .of_backend("replicated"),
    millis("clusterStartTimeoutMillis", "600000", "Longest wait at start until the fleet can be joined.")
        .ours(),
    boolean("clusterSharedTimesEnabled", "true", "Count limited matches over the whole fleet."),
    boolean("clusterVerifyFanIn", "true", "Verify and retrieve over the whole fleet.").live(),
    list("clusterVerifyFanInPeers", "", "Base addresses of the other nodes; they are found by membership.")
        .without_effect(),
    secret("clusterFanInPeerAuthToken", "Authorization header for the other nodes; they use clusterToken.")
        .without_effect(),
});

inline constexpr auto blob_properties = std::to_array<property>({
    choice("blobStoreType", "filesystem|memory|s3|gcs|azure", "filesystem",
           "Where persisted expectations go; filesystem is the file that persistedExpectationsPath names."),
    text("blobStoreDirectory", "",
         "Directory of cassettes and stored files when blobStoreType is filesystem; unset: neither is kept.")
        .ours(),
    boolean("blobStoreProbe", "true", "Check bucket and credentials at start.")
        .ours()
        .of_blobs("s3|gcs|azure"),
    boolean("blobStoreCreateIfMissing", "false", "Create the bucket or container when it is missing.")
        .ours()
        .of_blobs("s3|gcs|azure"),
    integer("blobStoreRestoreTimeoutSeconds", "10",
            "Longest wait for persisted expectations at start; 0 skips them.")
        .within(-1, 86400),
    text("blobStoreBucket", "", "Bucket (s3, gcs).").of_blobs("s3|gcs"),
    text("blobStoreRegion", "", "Region (s3).").of_blobs("s3"),
    text("blobStoreEndpoint", "",
         "Address other than the provider's own (s3, gcs); of the account, without a connection string "
         "(azure).")
        .of_blobs("s3|gcs|azure"),
    text("blobStoreKeyPrefix", "", "Prefix of all keys (s3, gcs, azure).").of_blobs("s3|gcs|azure"),
    text("blobStoreCaFile", "",
         "PEM file of the authorities to trust instead of the system's (s3, gcs, azure).")
        .ours()
        .of_blobs("s3|gcs|azure"),
    secret("blobStoreAccessKeyId", "Access key (s3).").of_blobs("s3"),
    secret("blobStoreSecretAccessKey", "Secret key (s3).").of_blobs("s3"),
    text("blobStoreProjectId", "", "Project (gcs).").of_blobs("gcs"),
    text("blobStoreContainer", "", "Container (azure).").of_blobs("azure"),
    secret("blobStoreConnectionString", "Connection string (azure).").of_blobs("azure"),
});

} // namespace mockfleet::config
