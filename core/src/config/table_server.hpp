// Properties of the server itself: ports, log, limits, threads, shutdown, plugins.
#pragma once

#include "config/property.hpp"

#include <array>

namespace mockfleet::config {

inline constexpr auto general_properties = std::to_array<property>({
    list("serverPort", "", "Ports to listen on, separated by commas; 0 takes any free port.")
        .also("port")
        .within(0, 65535)
        .launch()
        .ours(),
    text("localBoundIP", "", "Address to listen on; empty means every address."),
    choice("logLevel", "TRACE|DEBUG|INFO|WARN|ERROR", "INFO",
           "Least level of the lines that are logged; OFF logs none.")
        .synonym("OFF=OFF|FINEST=TRACE|FINER=TRACE|FINE=DEBUG|WARNING=WARN|SEVERE=ERROR")
        .launch()
        .live(),
    json_text("logLevelOverrides", "", "JSON object from entry type to the level at which it is printed.")
        .nullable()
        .later(),
    boolean("disableSystemOut", "false", "Print no event entries on standard output.").live().later(),
    boolean("disableLogging", "false", "Log nothing and keep only the entries that verification needs.")
        .live()
        .later(),
    boolean("compactLogFormat", "false", "Print each event entry on one line.").later(),
    boolean("logRawNetworkTraffic", "false", "Log the bytes that arrive and leave.").later(),
    boolean("redactSecretsInLog", "false", "Hide credentials of requests in log entries.").later(),
    boolean("devMode", "false",
            "Small limits for a developer's machine: 1000 expectations and 1000 log entries unless set."),
    text("livenessHttpGetPath", "",
         "A further path whose GET answers like the status call; empty means none.")
        .live(),
    boolean("metricsEnabled", "false", "Serve /mockserver/metrics in the format of Prometheus.").live(),
    boolean("metricsRequestDurationRouteLabels", "false", "Label request durations with method and route.")
        .later(),
    boolean("perExpectationMetricsEnabled", "false", "Count matches of each expectation.")
        .also("perExpectationMetrics")
        .later(),
    integer("slowRequestThresholdMillis", "0",
            "Count and log requests that take longer than this; 0 means none.")
        .later(),
    millis("stopDrainMillis", "15000", "How long a stop waits for running requests before it cuts them off."),
    boolean("failOnInitializationError", "false",
            "End the start when an initialisation file cannot be used."),
    text("pluginDir", "",
         "Directory of the backend plugins; empty means the one mockfleet was installed with.")
        .ours(),
    text("propertyFile", "mockserver.properties",
         "Properties file, or a flat JSON file when its name ends in .json.")
        .nullable(),
});

inline constexpr auto network_properties = std::to_array<property>({
    integer("ioThreads", "0", "Threads that serve connections; 0 means one for each usable processor.")
        .within(0, 1024)
        .ours(),
    integer("controlThreads", "2", "Threads that run control-plane calls.").within(1, 1024).ours(),
    integer("maxInboundConnections", "0",
            "Connections held at once, further ones are answered 503; 0 means no limit.")
        .within(0, 10'000'000)
        .also("maxConnections"),
    integer("soBacklog", "1024", "Length of the queue of connections not accepted yet.").within(1, 65535),
    millis("requestHeaderTimeoutMillis", "30000",
           "How long a client may take for the head of a request; 0 means any time.")
        .ours(),
    millis("requestBodyTimeoutMillis", "60000",
           "How long a client may pause within a request body; 0 means any time.")
        .ours(),
    millis("inboundConnectionIdleTimeoutMillis", "300000",
           "A connection without a request is closed after this; 0 means never.")
        .also("idleTimeoutMillis"),
    millis("responseWriteStallTimeoutMillis", "60000",
           "A client that takes nothing of its answer for so long is cut off; 0 means never."),
    bytes("maxInitialLineLength", "65536", "Longest request line; a longer one is answered 414.")
        .within(64, 2147483647),
    bytes("maxHeaderSize", "262144", "Largest request head; a larger one is answered 431.")
        .within(256, 2147483647),
    bytes("maxRequestBodySize", "10485760", "Largest request body; a larger one is answered 413.")
        .within(0, 2147483647),
    bytes("maxResponseBodySize", "52428800", "Largest body taken from an upstream server.")
        .within(0, 2147483647)
        .live(),
    integer("maxChunkSize", "2147483647",
            "Chunks of any size are read piecewise, so that this limits nothing.")
        .without_effect(),
    boolean("alwaysCloseSocketConnections", "false", "Close every connection after its first answer.").live(),
    millis("connectionDelayMillis", "0", "Wait so long before the first read of a connection.")
        .json_name("connectionDelay")
        .nullable()
        .later(),
    millis("globalResponseDelayMillis", "", "Delay added to every matched answer.").nullable().live(),
    millis("maxFutureTimeout", "90000", "Longest wait for a callback or another internal answer.")
        .json_name("maxFutureTimeoutInMillis")
        .later(),
    millis("maxSocketTimeout", "20000", "Longest wait for an upstream's answer.")
        .json_name("maxSocketTimeoutInMillis")
        .live(),
    millis("socketConnectionTimeout", "20000", "Longest wait for an upstream connection.")
        .json_name("socketConnectionTimeoutInMillis")
        .live(),
    boolean("assumeAllRequestsAreHttp", "false", "Never treat what arrives as a binary protocol.").later(),
    boolean("http1PipeliningInOrder", "true", "Answers to pipelined requests always leave in order.")
        .without_effect(),
    boolean("http2Enabled", "true", "Offer HTTP/2.").later(),
    integer("nioEventLoopThreadCount", "5", "Threads are set by ioThreads.").without_effect(),
    integer("clientNioEventLoopThreadCount", "5", "Threads are set by ioThreads.").without_effect(),
    integer("webSocketClientEventLoopThreadCount", "5", "Threads are set by ioThreads.").without_effect(),
    integer("actionHandlerThreadCount", "5", "No answer occupies a thread while it waits.").without_effect(),
    integer("maxPendingDelayedResponses", "96128", "Delayed answers held at once.").later(),
    boolean("useNativeTransport", "true", "The transport is always native.").without_effect(),
    boolean("startupWarmup", "true", "Nothing needs warming up.").without_effect(),
    integer("ringBufferSize", "16384", "The event log has no ring buffer.").without_effect(),
    boolean("outputMemoryUsageCsv", "false", "Write memory figures to a CSV file.").without_effect(),
    text("memoryUsageCsvDirectory", ".", "Directory of that CSV file.").without_effect(),
});

} // namespace mockfleet::config
