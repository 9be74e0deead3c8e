// Properties of forwarding, recording and OpenAPI validation of what passes through.
#pragma once

#include "config/property.hpp"

#include <array>

namespace mockfleet::config {

inline constexpr auto proxy_properties = std::to_array<property>({
    boolean("attemptToProxyIfNoMatchingExpectation", "true",
            "Forward unmatched requests to the host that they name.")
        .live(),
    text("proxyRemoteHost", "", "Host to which unmatched requests are forwarded; https://host for TLS.")
        .launch()
        .live(),
    integer("proxyRemotePort", "", "Port to which unmatched requests are forwarded.")
        .within(0, 65535)
        .launch()
        .nullable()
        .live(),
    json_text("proxyPass", "", "JSON list of path prefixes and the upstreams they go to.").nullable().live(),
    text("noProxyHosts", "", "Hosts reached directly, not through an upstream proxy.").live(),
    text("forwardHttpProxy", "", "host:port of the proxy for plain HTTP.").nullable().live(),
    text("forwardHttpsProxy", "", "host:port of the proxy for HTTPS.").nullable().live(),
    text("forwardSocksProxy", "", "host:port of the SOCKS proxy.").nullable().live(),
    text("forwardProxyAuthenticationUsername", "", "User name for the upstream proxy.").live(),
    secret("forwardProxyAuthenticationPassword", "Password for the upstream proxy.").live(),
    text("proxyAuthenticationUsername", "", "User name that clients of the proxy must send.").live(),
    secret("proxyAuthenticationPassword", "Password that clients of the proxy must send.").live(),
    text("proxyAuthenticationRealm", "MockServer HTTP Proxy",
         "Realm named when proxy authentication is demanded.")
        .environment("MOCKSERVER_PROXY_SERVER_REALM")
        .live(),
    boolean("forwardAdjustHostHeader", "true", "Set the Host header to the upstream's name.").later(),
    text("forwardDefaultHostHeader", "", "Host header for forwarded requests that have none.").later(),
    boolean("forwardProxyBlockPrivateNetworks", "false",
            "Refuse to forward to private and loop-back addresses.")
        .live(),
    text("forwardProxyAllowedHosts", "", "Hosts that may be forwarded to; empty means all.").later(),
    text("forwardProxyDeniedHosts", "", "Hosts that must not be forwarded to.").later(),
    choice("forwardProxyTLSX509CertificatesTrustManagerType", "ANY|JVM|CUSTOM", "ANY",
           "Upstream certificates that are trusted: any, the system's, or those of the custom file.")
        .environment("MOCKSERVER_FORWARD_PROXY_TLS_X509_CERTIFICATES_TRUST_MANAGER_TYPE")
        .live(),
    text("forwardProxyTLSCustomTrustX509Certificates", "", "PEM file of the upstream certificates to trust.")
        .live(),
    boolean("forwardProxyTLSHostnameVerificationEnabled", "true",
            "Check that an upstream's certificate names it.")
        .live(),
    secret("forwardProxyPrivateKey", "PEM file of the private key shown to upstreams.")
        .environment("MOCKSERVER_FORWARD_PROXY_TLS_PRIVATE_KEY")
        .live(),
    text("forwardProxyCertificateChain", "", "PEM file of the certificate shown to upstreams.")
        .environment("MOCKSERVER_FORWARD_PROXY_TLS_X509_CERTIFICATE_CHAIN")
        .live(),
    text("forwardProxyClientCertificatesByHost", "", "Client certificates for single upstream hosts.")
        .later(),
    boolean("forwardProxyCircuitBreakerEnabled", "false", "Stop calling an upstream that keeps failing.")
        .later(),
    integer("forwardProxyCircuitBreakerFailureThreshold", "5", "Failures that open the circuit.").later(),
    millis("forwardProxyCircuitBreakerWindowMillis", "30000", "How long an open circuit stays open.").later(),
    boolean("forwardProxyHttp2Enabled", "false", "Speak HTTP/2 to upstreams that offer it.").later(),
    boolean("forwardProxyHttp2Upgrade", "false", "Speak HTTP/2 without TLS to upstreams.").later(),
    integer("forwardProxyRetryCount", "0", "Further attempts when an upstream cannot be reached.").later(),
    millis("forwardProxyRetryBackoffMillis", "100", "Pause before a further attempt.").later(),
    boolean("forwardConnectionPoolEnabled", "true", "Keep upstream connections for further requests.").live(),
    millis("forwardConnectionPoolIdleTimeoutMillis", "30000",
           "Unused upstream connections are closed after this.")
        .live(),
    boolean("forwardConnectionPoolKeepAlive", "false", "Keep pooled connections beyond their idle time.")
        .later(),
    integer("forwardConnectionPoolMaxIdlePerKey", "8", "Unused connections kept for one upstream.").live(),
    integer("forwardConnectionPoolMaxTotalPerKey", "2000", "Connections to one upstream.").later(),
    boolean("forwardSocketKeepAlive", "true", "TCP keep-alive on upstream connections.").live(),
    integer("forwardSocketKeepAliveCount", "4", "Unanswered TCP keep-alive probes that end a connection.")
        .live(),
    integer("forwardSocketKeepAliveIdleSeconds", "60", "Silence before the first TCP keep-alive probe.")
        .live(),
    integer("forwardSocketKeepAliveIntervalSeconds", "15", "Time between TCP keep-alive probes.").live(),
    integer("forwardLoopMaxHops", "10",
            "Forwarding ends when a request has passed through this server so often.")
        .live(),
    boolean("forwardBinaryRequestsWithoutWaitingForResponse", "false",
            "Send the next binary message before the reply came.")
        .nullable()
        .later(),
    boolean("forwardBinaryRequestsUseSingleConnection", "true",
            "One upstream connection for each binary client.")
        .nullable()
        .later(),
    boolean("forwardBinaryRequestsMatchExpectations", "false",
            "Answer binary messages from expectations first.")
        .nullable()
        .later(),
    millis("forwardBinaryServerFirstWaitMillis", "0", "Wait so long for a binary server that speaks first.")
        .later(),
    boolean("matchBinaryExpectationsWhenProxying", "true", "Match binary expectations while forwarding.")
        .later(),
    boolean("streamingResponsesEnabled", "true", "Relay event streams as they come.").later(),
    bytes("maxStreamingCaptureBytes", "262144", "Bytes of a relayed stream kept in the event log.").live(),
    integer("streamIdleTimeoutSeconds", "60", "A silent stream is closed after so many seconds.").live(),
    integer("webSocketProxyIdleTimeoutSeconds", "0",
            "A silent relayed WebSocket is closed after this; 0 means never.")
        .later(),
    integer("webSocketProxyMaxRecordedFrames", "1000", "Frames of one relayed WebSocket that are recorded.")
        .later(),
    boolean("proxySetup", "false", "Serve a page that explains how to use this server as a proxy.").later(),
    boolean("proxySetupLogging", "true", "Log how to use this server as a proxy.").later(),
    boolean("transparentProxyEnabled", "false", "Accept connections redirected by the kernel.").later(),
    boolean("transparentProxyTproxy", "false", "Use TPROXY for them.").later(),
    boolean("transparentProxyEbpf", "false", "Find their target in an eBPF map.").later(),
    text("transparentProxyEbpfMapPath", "/sys/fs/bpf/mockserver_orig_dst", "That eBPF map.").later(),
});

inline constexpr auto recording_properties = std::to_array<property>({
    boolean("deduplicateRecordedExpectations", "false", "Record equal exchanges once.").later(),
    boolean("templatizeRecordedValues", "false", "Turn values that vary into templates.").later(),
    boolean("redactSecretsInRecordedExpectations", "false", "Hide credentials in recorded expectations.")
        .later(),
    text("fixtureBodyRedactFields", "", "JSON fields hidden in recorded bodies.").later(),
    text("recordedBodyFilesDirectory", "", "Directory for large recorded bodies.").later(),
    boolean("persistRecordedRequestsToDisk", "false", "Append each recorded request to a file.").later(),
    text("persistedRecordedRequestsPath", "recordedRequests.ndjson", "That file.").later(),
    text("validateProxyOpenAPISpec", "", "OpenAPI document that forwarded exchanges are checked against.")
        .environment("MOCKSERVER_VALIDATE_PROXY_OPENAPI_SPEC")
        .later(),
    boolean("validateProxyEnforce", "false", "Refuse what does not follow that document.").later(),
    boolean("validateRequestsAgainstOpenApiSpec", "false",
            "Check requests against the document of their expectation.")
        .environment("MOCKSERVER_VALIDATE_REQUESTS_AGAINST_OPENAPI_SPEC")
        .later(),
    boolean("enforceResponseValidationForMocks", "false",
            "Refuse mocked answers that do not follow their document.")
        .later(),
    boolean("driftDetectionEnabled", "true", "Compare forwarded answers with the mocks for the same request.")
        .later(),
    decimal("driftSampleRate", "1.0", "Share of the exchanges that is compared.").later(),
    integer("driftResponseTimeThresholdMs", "0", "Difference in time that counts as drift; 0 means none.")
        .later(),
    boolean("driftSemanticAnalysisEnabled", "false", "Have a language model judge differences.").later(),
    boolean("driftAlertWebhookEnabled", "false", "Call a webhook when drift is found.").later(),
    text("driftAlertWebhookUrl", "", "That webhook.").later(),
    text("driftAlertSeverityThreshold", "BREAKING", "Least severity that is reported.").later(),
    millis("driftAlertCooldownMillis", "60000", "Least time between two reports.").later(),
});

} // namespace mockfleet::config
