// The rules of the API's documents (core.md 1.8, 1.9, 2.1 - 2.11): field names and types as the original's
// schemas have them.
#include "model/schema.hpp"

namespace mockfleet::model::schema {
namespace {

constexpr rule boolean{.kind = rule_kind::boolean};
constexpr rule integer{.kind = rule_kind::integer};
constexpr rule string{.kind = rule_kind::string};
constexpr rule text{.kind = rule_kind::text};
constexpr rule body{.kind = rule_kind::body};
constexpr rule any{.kind = rule_kind::any};
constexpr rule open_object{.kind = rule_kind::open_object};
constexpr rule open_array{.kind = rule_kind::open_array};
constexpr rule open_list{.kind = rule_kind::open_list};
constexpr rule headers{.kind = rule_kind::multi_values, .label = "header"};
constexpr rule parameters{.kind = rule_kind::multi_values, .label = "parameter"};
constexpr rule cookies{.kind = rule_kind::single_values, .label = "cookie"};

constexpr std::string_view time_unit_names[] = {"DAYS",         "HOURS",        "MINUTES",    "SECONDS",
                                                "MILLISECONDS", "MICROSECONDS", "NANOSECONDS"};
constexpr rule time_unit{.kind = rule_kind::enumeration, .values = time_unit_names};

constexpr std::string_view distribution_names[] = {"UNIFORM", "LOG_NORMAL", "GAUSSIAN"};
constexpr rule distribution_type{.kind = rule_kind::string_enumeration, .values = distribution_names};
constexpr rule positive_integer{.kind = rule_kind::integer, .minimum = 1};
constexpr field distribution_fields[] = {
    {"type", &distribution_type, true},
    {"min", &integer},
    {"max", &integer},
    {"median", &positive_integer},
    {"p99", &positive_integer},
    {"mean", &integer},
    {"stdDev", &integer},
};
constexpr rule distribution{.kind = rule_kind::object, .fields = distribution_fields};
constexpr field delay_fields[] = {
    {"timeUnit", &time_unit}, {"value", &integer}, {"distribution", &distribution}};
constexpr rule delay{.kind = rule_kind::object, .fields = delay_fields};

constexpr field connection_options_fields[] = {
    {"suppressContentLengthHeader", &boolean},
    {"contentLengthHeaderOverride", &integer},
    {"suppressConnectionHeader", &boolean},
    {"keepAliveOverride", &boolean},
    {"chunkSize", &integer},
    {"chunkDelay", &delay},
    {"closeSocket", &boolean},
    {"closeSocketDelay", &delay},
};
constexpr rule connection_options{.kind = rule_kind::object, .fields = connection_options_fields};

constexpr rule status_code{.kind = rule_kind::integer, .minimum = 100, .maximum = 999};
constexpr field response_fields[] = {
    {"statusCode", &status_code},
    {"reasonPhrase", &string},
    {"headers", &headers},
    {"cookies", &cookies},
    {"body", &body},
    {"delay", &delay},
    {"connectionOptions", &connection_options},
    {"primary", &boolean},
    {"trailers", &headers},
    {"generateFromSchema", &any},
    {"recoverAfter", &open_object},
    {"statusCodeRange", &string},
};
constexpr rule response{.kind = rule_kind::object, .fields = response_fields};
constexpr rule responses{.kind = rule_kind::array, .items = &response, .least_items = 1};
constexpr rule any_responses{.kind = rule_kind::array, .items = &response};

constexpr field error_fields[] = {
    {"dropConnection", &boolean}, {"responseBytes", &string}, {"delay", &delay},
    {"primary", &boolean},        {"streamError", &any},
};
constexpr rule error{.kind = rule_kind::object, .fields = error_fields};

constexpr std::string_view scheme_names[] = {"HTTP", "HTTPS"};
constexpr rule scheme{.kind = rule_kind::enumeration, .values = scheme_names};
constexpr field socket_address_fields[] = {{"host", &string}, {"port", &integer}, {"scheme", &scheme}};
constexpr rule socket_address{.kind = rule_kind::object, .fields = socket_address_fields};
constexpr field forward_fields[] = {
    {"host", &string}, {"port", &integer}, {"scheme", &scheme}, {"delay", &delay}, {"primary", &boolean},
};
constexpr rule forward{.kind = rule_kind::object, .fields = forward_fields};
constexpr field certificate_fields[] = {
    {"issuerDistinguishedName", &string},
    {"subjectDistinguishedName", &string},
    {"serialNumber", &string},
    {"signatureAlgorithmName", &string},
};
constexpr rule certificate{.kind = rule_kind::object, .fields = certificate_fields};
constexpr rule certificates{.kind = rule_kind::array, .items = &certificate};
constexpr std::string_view protocol_names[] = {"HTTP_1_1", "HTTP_2", "HTTP_3"};
constexpr rule protocol{.kind = rule_kind::enumeration, .values = protocol_names};

constexpr field request_fields[] = {
    {"method", &text},
    {"path", &text},
    {"pathParameters", &parameters},
    {"queryStringParameters", &parameters},
    {"headers", &headers},
    {"cookies", &cookies},
    {"body", &body},
    {"secure", &boolean},
    {"keepAlive", &boolean},
    {"protocol", &protocol},
    {"respondBeforeBody", &boolean},
    {"socketAddress", &socket_address},
    {"localAddress", &string},
    {"remoteAddress", &string},
    {"clientCertificateChain", &certificates},
    {"originalBody", &string},
    {"not", &boolean},
    {"jwt", &open_object},
};

constexpr field times_fields[] = {{"remainingTimes", &integer}, {"unlimited", &boolean}};
constexpr rule times{.kind = rule_kind::object, .fields = times_fields};
constexpr field time_to_live_fields[] = {
    {"timeUnit", &time_unit}, {"timeToLive", &integer}, {"endDate", &integer}, {"unlimited", &boolean}};
constexpr rule time_to_live{.kind = rule_kind::object, .fields = time_to_live_fields};
constexpr rule percentage{.kind = rule_kind::integer, .minimum = 0, .maximum = 100};
constexpr std::string_view response_mode_names[] = {"SEQUENTIAL", "RANDOM", "WEIGHTED", "SWITCH"};
constexpr rule response_mode{.kind = rule_kind::enumeration, .values = response_mode_names};
constexpr rule expectation_request{.kind = rule_kind::request_definition, .fields = request_fields};

constexpr std::string_view scenario_trigger_names[] = {"DNS_QUERY", "WEBSOCKET_CONNECT", "GRPC_REQUEST",
                                                       "HTTP_REQUEST"};
constexpr rule scenario_trigger{.kind = rule_kind::enumeration, .values = scenario_trigger_names};
constexpr field scenario_event_fields[] = {
    {"trigger", &scenario_trigger, true},
    {"matchPattern", &string},
    {"scenarioName", &string, true},
    {"targetState", &string, true},
};
constexpr rule scenario_event{.kind = rule_kind::object, .fields = scenario_event_fields};
constexpr rule scenario_events{.kind = rule_kind::array, .items = &scenario_event};

constexpr std::string_view actions[] = {
    "binaryResponse",
    "dnsResponse",
    "grpcBidiResponse",
    "grpcStreamResponse",
    "httpError",
    "httpForward",
    "httpForwardClassCallback",
    "httpForwardObjectCallback",
    "httpForwardTemplate",
    "httpForwardValidateAction",
    "httpForwardWithFallback",
    "httpLlmResponse",
    "httpOverrideForwardedRequest",
    "httpResponse",
    "httpResponseClassCallback",
    "httpResponseObjectCallback",
    "httpResponseTemplate",
    "httpResponses",
    "httpSseResponse",
    "httpWebSocketResponse",
    "steps",
};

constexpr field expectation_fields[] = {
    {"id", &string},
    {"priority", &integer},
    {"percentage", &percentage},
    {"httpRequest", &expectation_request},
    {"times", &times},
    {"timeToLive", &time_to_live},
    {"timestamp", &string},
    {"httpResponse", &response},
    {"httpResponses", &responses},
    {"responseMode", &response_mode},
    {"httpError", &error},
    {"binaryResponse", &open_object},
    {"dnsResponse", &open_object},
    {"grpcBidiResponse", &open_object},
    {"grpcStreamResponse", &open_object},
    {"httpForward", &forward},
    {"httpForwardClassCallback", &open_object},
    {"httpForwardObjectCallback", &open_object},
    {"httpForwardTemplate", &open_object},
    {"httpForwardValidateAction", &open_object},
    {"httpForwardWithFallback", &open_object},
    {"httpLlmResponse", &open_object},
    {"httpOverrideForwardedRequest", &open_object},
    {"httpResponseClassCallback", &open_object},
    {"httpResponseObjectCallback", &open_object},
    {"httpResponseTemplate", &open_object},
    {"httpSseResponse", &open_object},
    {"httpWebSocketResponse", &open_object},
    {"steps", &open_array},
    {"beforeActions", &open_list},
    {"afterActions", &open_list},
    {"capture", &open_list},
    {"chaos", &open_object},
    {"rateLimit", &open_object},
    {"metadata", &open_object},
    {"crossProtocolScenarios", &scenario_events},
    {"responseWeights", &open_array},
    {"switchAfter", &integer},
    {"scenarioName", &string},
    {"scenarioState", &string},
    {"newScenarioState", &string},
    {"namespace", &string},
};

constexpr field expectation_id_fields[] = {{"id", &string, true}};
constexpr rule expectation_id{.kind = rule_kind::object, .fields = expectation_id_fields};
constexpr rule expectation_ids{.kind = rule_kind::array, .items = &expectation_id};
constexpr rule requests{.kind = rule_kind::array, .items = &expectation_request};
constexpr field verification_times_fields[] = {{"atLeast", &integer}, {"atMost", &integer}};
constexpr rule verification_times{.kind = rule_kind::object, .fields = verification_times_fields};
constexpr std::string_view disposition_names[] = {"MOCKED", "FORWARDED"};
constexpr rule disposition{.kind = rule_kind::enumeration, .values = disposition_names};
constexpr rule timeout{.kind = rule_kind::integer, .minimum = 0};

constexpr field verification_fields[] = {
    {"httpRequest", &expectation_request},
    {"httpResponse", &response},
    {"expectationId", &expectation_id},
    {"times", &verification_times},
    {"maximumNumberOfRequestToReturnInVerificationFailure", &integer},
    {"timeout", &timeout},
    {"disposition", &disposition},
};
constexpr std::string_view verified_request[] = {"httpRequest"};
constexpr std::string_view verified_id[] = {"expectationId"};
constexpr std::span<const std::string_view> verification_groups[] = {verified_request, verified_id};

constexpr field verification_sequence_fields[] = {
    {"httpRequests", &requests},
    {"httpResponses", &any_responses},
    {"expectationIds", &expectation_ids},
    {"maximumNumberOfRequestToReturnInVerificationFailure", &integer},
    {"timeout", &timeout},
};
constexpr std::string_view sequence_requests[] = {"httpRequests"};
constexpr std::string_view sequence_ids[] = {"expectationIds"};
constexpr std::span<const std::string_view> sequence_groups[] = {sequence_requests, sequence_ids};

} // namespace

const rule expectation_rule{.kind = rule_kind::object, .fields = expectation_fields, .any_of = actions};
const rule request_matcher_rule{.kind = rule_kind::request_definition, .fields = request_fields};
const rule verification_rule{.kind = rule_kind::object,
                             .fields = verification_fields,
                             .one_of = verification_groups,
                             .or_else = "httpResponse"};
const rule verification_sequence_rule{.kind = rule_kind::object,
                                      .fields = verification_sequence_fields,
                                      .one_of = sequence_groups,
                                      .or_else = "httpResponses"};

} // namespace mockfleet::model::schema
