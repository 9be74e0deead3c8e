// Properties of matching, the event log, verification, CORS, templates, faults and debugging.
#pragma once

#include "config/property.hpp"

#include <array>

namespace mockfleet::config {

inline constexpr auto matching_properties = std::to_array<property>({
    integer("maxExpectations", "15000", "Expectations held; when one more is added the oldest is dropped.")
        .within(0, 10'000'000)
        .live(),
    bytes("maxExpectationsSizeInBytes", "0",
          "Memory that expectations may take before the oldest is dropped; 0 means any.")
        .later(),
    boolean("matchersFailFast", "true",
            "Stop comparing a request with an expectation at the first difference.")
        .live()
        .later(),
    boolean("matchExactCase", "false", "Compare methods, paths, names and values with regard to case.")
        .live()
        .later(),
    text("matchNamespaceHeader", "X-MockServer-Namespace",
         "Request header that names the namespace of expectations.")
        .later(),
    millis("regexMatchingTimeoutMillis", "5000",
           "Time one regular expression may take on one value; then it does not match.")
        .later(),
    millis("xpathMatchingTimeoutMillis", "5000", "Time one XPath expression may take on one body.").later(),
    text("customJsonUnitMatchersClass", "", "A Java class.").without_effect(),
    text("candidateIndexThreshold", "", "Every expectation is in the index.").ours().without_effect(),
    text("jsonSchemaAllowRemoteRefs", "", "References of schemas are not followed.").ours().without_effect(),
    text("launcherName", "", "What the original reports about its start.").ours().without_effect(),
    boolean("useSemicolonAsQueryParameterSeparator", "true",
            "A semicolon separates parameters in form bodies, as & does.")
        .later(),
    boolean("closestMatchHintEnabled", "true", "Log which expectation came closest to an unmatched request.")
        .later(),
    boolean("detailedMatchFailures", "true", "Say in the log why a request did not match each expectation.")
        .live()
        .later(),
    integer("maxLoggedMatchFailures", "50", "Expectations whose mismatch is explained for one request.")
        .later(),
    boolean("attachMismatchDiagnosticToResponse", "false",
            "Add the closest expectation to the answer of an unmatched request.")
        .later(),
    text("defaultResponseHeaders", "", "Headers added to every mocked answer that has not got them.").later(),
    integer("rateLimitMaxNamedQuotas", "10000", "Named rate limits kept on a node.").later(),
    integer("maxWebSocketExpectations", "1500", "Clients that may register for callbacks.").later(),
    text("staticFilesDirectory", "", "Directory whose files are served when no expectation matches.").later(),
});

inline constexpr auto event_log_properties = std::to_array<property>({
    integer("maxLogEntries", "250000", "Entries kept in the event log; the oldest are dropped.")
        .within(0, 100'000'000),
    bytes("maxEventLogSizeInBytes", "268435456",
          "Memory that the event log may take; the oldest bodies, then entries, are dropped."),
    bytes("maxLoggedBodyBytes", "0", "Keep at most so much of each body in the event log; 0 means all of it.")
        .later(),
    integer("maximumNumberOfRequestToReturnInVerificationFailure", "10",
            "Requests listed in the text of a failed verification; more are only counted.")
        .environment("MOCKSERVER_MAXIMUM_NUMBER_OF_REQUESTS_TO_RETURN_IN_VERIFICATION_FAILURE")
        .live(),
    boolean("detailedVerificationFailures", "true", "Explain the closest request when a verification fails.")
        .live(),
    boolean("failVerificationOnEvictedLog", "true",
            "A verification whose evidence was dropped fails and says so.")
        .later(),
});

inline constexpr auto cors_properties = std::to_array<property>({
    boolean("enableCORSForAPI", "false", "CORS headers on control-plane answers; they are always sent.")
        .live(),
    boolean("enableCORSForAllResponses", "false", "Add CORS headers to mocked answers too.").live(),
    text("corsAllowOrigin", "", "Access-Control-Allow-Origin; empty repeats the request's origin.").live(),
    text("corsAllowMethods", "", "Access-Control-Allow-Methods.").live(),
    text("corsAllowHeaders", "", "Access-Control-Allow-Headers.").live(),
    boolean("corsAllowCredentials", "false", "Access-Control-Allow-Credentials.").live(),
    integer("corsMaxAgeInSeconds", "0", "Access-Control-Max-Age in seconds.").live(),
    text("controlPlaneCorsAllowOrigin", "", "Origin allowed on the control plane only.").later(),
});

inline constexpr auto template_properties = std::to_array<property>({
    boolean("velocityDisallowClassLoading", "true", "Velocity templates cannot load classes here.")
        .without_effect(),
    text("velocityDisallowedText", "", "Velocity templates that contain one of these texts are refused.")
        .later(),
    millis("velocityTemplateExecutionTimeout", "5000", "Time one Velocity template may take.").later(),
    text("mustacheDisallowedText", "", "Mustache templates that contain one of these texts are refused.")
        .later(),
    text("javascriptDisallowedText", "", "JavaScript templates that contain one of these texts are refused.")
        .later(),
    text("javascriptDisallowedClasses", "", "JavaScript templates have no access to Java classes.")
        .without_effect(),
    text("javascriptAllowedClasses", "", "JavaScript templates have no access to Java classes.")
        .without_effect(),
    millis("javascriptTemplateExecutionTimeout", "5000", "Time one JavaScript template may take.").later(),
    boolean("templateFailureAsServerError", "true", "Answer 500 when a template fails.").later(),
    integer("templateFakerSeed", "0",
            "Seed of the invented values in templates; 0 takes a new one at each start.")
        .later(),
    text("templateSystemValueAllowList", "", "Environment variables that templates may read.").later(),
    integer("maxQueuedTemplateActions", "96128", "Template answers that may wait.").later(),
});

inline constexpr auto fault_properties = std::to_array<property>({
    boolean("chaosAutoHaltEnabled", "false", "Switch injected faults off when errors pile up.").later(),
    integer("chaosAutoHaltErrorThreshold", "50", "Errors within the window that switch faults off.").later(),
    millis("chaosAutoHaltWindowMillis", "60000", "The window in which these errors are counted.").later(),
    boolean("connectionLifecycleChaosEnabled", "true", "Allow faults on the level of connections.").later(),
    boolean("connectionLifecycleAutoHaltCountsRst", "true", "Injected resets count as errors.").later(),
    millis("preemptionSimulationMaxDrainMillis", "86400000",
           "Longest drain a simulated preemption may ask for.")
        .later(),
    boolean("breakpointEnabled", "false", "Hold requests at breakpoints.").nullable().later(),
    boolean("breakpointResponseEnabled", "false", "Hold answers at breakpoints.").nullable().later(),
    millis("breakpointTimeoutMillis", "30000", "A held exchange goes on after this.").later(),
    integer("breakpointMaxHeld", "50", "Exchanges held at once.").later(),
});

} // namespace mockfleet::config
