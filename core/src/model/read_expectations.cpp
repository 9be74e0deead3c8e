// Reading the body of `PUT /mockserver/expectation` (core.md 1.3): all elements or none.
#include "model/codec.hpp"

#include "base/ascii.hpp"
#include "model/codec_parts.hpp"
#include "model/schema.hpp"
#include "model/schema_error.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <span>

namespace mockfleet::model {

base::result<std::vector<expectation>> read_expectations(std::string_view body) {
    if (base::is_blank(body)) {
        return base::invalid(
            std::string("1 error:\n - an expectation or expectation array is required but value was \"") +
            (body.empty() ? "null" : "") + "\"");
    }
    json::value document;
    if (const auto failure = json::parse_tolerant(body, document))
        return base::invalid(malformed_text(*failure));
    if (document.is_array() && document.as_array().empty()) {
        return base::invalid("1 error:\n - an expectation or array of expectations is required");
    }
    const std::span<const json::value> elements = document.is_array()
                                                      ? std::span<const json::value>(document.as_array())
                                                      : std::span<const json::value>(&document, 1);
    std::vector<std::string> errors;
    for (const auto& element : elements) {
        const auto messages = schema::validate(element, schema::expectation_rule);
        if (!messages.empty())
            errors.push_back(schema_error_text("expectation", json::pretty_lines(element), messages));
    }
    if (errors.size() == 1) return base::invalid(std::move(errors.front()));
    if (!errors.empty()) return base::invalid(joined_error_text(errors));

    std::vector<expectation> out;
    out.reserve(elements.size());
    for (const auto& element : elements) {
        read_issues issues;
        out.push_back(read_expectation(element, issues));
        if (!issues.none()) return issues.first();
    }
    return out;
}

} // namespace mockfleet::model
