// The error bodies of core.md 1.2.
#include "model/schema_error.hpp"

#include <algorithm>

namespace mockfleet::model {
namespace {

// The version is that of the original whose messages these are; clients and golden texts know it.
constexpr std::string_view documentation =
    "OpenAPI Specification: https://app.swaggerhub.com/apis/jamesdbloom/mock-server-openapi/9.2.x\n"
    "Documentation: https://mock-server.com/mock_server/creating_expectations.html";

constexpr std::string_view missing_action =
    "oneOf of the following must be specified [httpError, httpForward, httpForwardClassCallback, "
    "httpForwardObjectCallback, "
    "httpForwardTemplate, httpForwardValidateAction, httpForwardWithFallback, httpOverrideForwardedRequest, "
    "httpResponse, "
    "httpResponseClassCallback, httpResponseObjectCallback, httpResponseTemplate]";
constexpr std::string_view action_required = "if specifying action of type ";

std::string indent(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        out += "  ";
        out += text.substr(0, end);
        text.remove_prefix(end);
    }
    return out;
}

std::string around(std::string_view what, std::string_view echo, std::string_view errors) {
    return "incorrect " + std::string(what) + " json format for:\n\n" + indent(echo) +
           "\n\n schema validation errors:\n\n" + indent(errors);
}

std::string_view short_class(const json::parse_failure& failure) {
    return failure.end_of_input ? "JsonEOFException" : "JsonParseException";
}

std::string detail(const json::parse_failure& failure) {
    return failure.what + "\n at [line: " + std::to_string(failure.line) +
           ", column: " + std::to_string(failure.column) + "]";
}

} // namespace

std::string schema_error_text(std::string_view what, std::string_view echo,
                              std::span<const std::string> messages) {
    const bool no_action = std::any_of(messages.begin(), messages.end(), [](const std::string& message) {
        return message.find(action_required) != std::string::npos;
    });
    const auto count = messages.size() + (no_action ? 1 : 0);
    std::string errors = std::to_string(count) + (count == 1 ? " error:" : " errors:");
    for (const auto& message : messages)
        errors += "\n - " + message;
    if (no_action) errors += "\n - " + std::string(missing_action);
    errors += "\n\n" + std::string(documentation);
    return around(what, echo, errors);
}

std::string malformed_document_text(std::string_view what, std::string_view echo,
                                    const json::parse_failure& failure) {
    return around(what, echo, std::string(short_class(failure)) + " - " + detail(failure));
}

std::string malformed_text(const json::parse_failure& failure) {
    const std::string_view package =
        failure.end_of_input ? "com.fasterxml.jackson.core.io." : "com.fasterxml.jackson.core.";
    return std::string(package) + std::string(short_class(failure)) + ": " + detail(failure);
}

std::string joined_error_text(std::span<const std::string> errors) {
    std::string joined;
    for (const auto& error : errors) {
        if (!joined.empty()) joined += ",\n\n";
        joined += error;
    }
    return "[\n" + indent(joined) + "\n]";
}

std::string missing_document_text(std::string_view what, std::string_view body) {
    return "1 error:\n - a " + std::string(what) + " is required but value was \"" +
           (body.empty() ? "null" : "") + "\"\n\n" + std::string(documentation);
}

} // namespace mockfleet::model
