// JSON codec of expectations (core.md 1.3, 2.1, 2.2).
#include "model/codec.hpp"
#include "model/codec_parts.hpp"

namespace mockfleet::model {
namespace {

void read_times(times& out, const json::value& source, read_issues& issues) {
    constexpr field_path where{nullptr, "times"};
    if (!source.is_object()) {
        issues.invalid("times must be an object");
        return;
    }
    // Without `unlimited: true` the number given counts, and no number is none left.
    out.remaining = 0;
    bool unlimited = false;
    for (const auto& [name, content] : source.as_object()) {
        if (name == "remainingTimes") {
            out.remaining = read_int(content, {&where, "remainingTimes"}, issues).value_or(0);
        } else if (name == "unlimited") {
            unlimited = read_flag(content, {&where, "unlimited"}, issues).value_or(false);
        } else {
            issues.unsupported("times." + name);
        }
    }
    if (unlimited) out.remaining.reset();
}

void read_time_to_live(time_to_live& out, const json::value& source, read_issues& issues) {
    constexpr field_path where{nullptr, "timeToLive"};
    if (!source.is_object()) {
        issues.invalid("timeToLive must be an object");
        return;
    }
    time_to_live limited;
    bool unlimited = false;
    bool has_unit = false;
    for (const auto& [name, content] : source.as_object()) {
        if (name == "timeUnit") {
            const auto unit = find_named(time_units, read_text(content, {&where, "timeUnit"}, issues));
            if (!unit) issues.invalid("timeToLive.timeUnit is unknown");
            limited.unit = unit.value_or(limited.unit);
            has_unit = true;
        } else if (name == "timeToLive") {
            limited.value = read_integer(content, {&where, "timeToLive"}, issues).value_or(0);
        } else if (name == "endDate") {
            limited.end_date_ms = read_integer(content, {&where, "endDate"}, issues);
        } else if (name == "unlimited") {
            unlimited = read_flag(content, {&where, "unlimited"}, issues).value_or(false);
        } else {
            issues.unsupported("timeToLive." + name);
        }
    }
    if (unlimited || !has_unit) return;
    out = limited;
    out.unlimited = false;
}

void read_responses(expectation& out, const json::value& source, read_issues& issues) {
    if (!source.is_array()) {
        issues.invalid("httpResponses must be an array");
        return;
    }
    out.responses.reserve(source.as_array().size());
    for (const auto& item : source.as_array())
        out.responses.push_back(read_response(item, {nullptr, "httpResponses"}, issues));
}

void read_response_mode(expectation& out, const json::value& source, read_issues& issues) {
    out.response_mode = read_text(source, {nullptr, "responseMode"}, issues);
    if (*out.response_mode == "SEQUENTIAL" || *out.response_mode == "RANDOM") return;
    issues.unsupported("responseMode " + *out.response_mode);
}

/// Rules that the schema cannot express (core.md 1.3).
void check_rules(const expectation& source, read_issues& issues) {
    const bool responds = source.response || !source.responses.empty();
    if (!responds && !source.error && !source.forward) issues.invalid("an expectation needs an action");
    if (!source.alone(0) && !source.alone(1)) {
        const auto first = [](const auto& action) {
            return action && action->primary.value_or(false) ? 1 : 0;
        };
        if (first(source.response) + first(source.error) + first(source.forward) != 1) {
            issues.invalid(
                "when multiple action types are configured, exactly one must be marked as primary");
        }
    }
    if (source.request && source.request->respond_before_body.value_or(false) && source.request->body) {
        issues.invalid("respondBeforeBody=true cannot be combined with a body matcher: the body has not yet "
                       "been received when "
                       "matching occurs");
    }
    if (source.percentage && (*source.percentage < 0 || *source.percentage > 100)) {
        issues.invalid("percentage must be between 0 and 100");
    }
}

json::value write_times(const times& source) {
    json::value out;
    if (source.remaining) {
        out.set("remainingTimes", *source.remaining);
    } else {
        out.set("unlimited", true);
    }
    return out;
}

json::value write_time_to_live(const time_to_live& source, written_form form) {
    json::value out;
    if (source.unlimited) {
        out.set("unlimited", true);
        return out;
    }
    if (form == written_form::stored && source.end_date_ms) out.set("endDate", *source.end_date_ms);
    out.set("timeUnit", name_of(time_units, source.unit));
    out.set("timeToLive", source.value);
    return out;
}

} // namespace

expectation read_expectation(const json::value& source, read_issues& issues) {
    expectation out;
    if (!source.is_object()) {
        issues.invalid("an expectation must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        if (name == "id") {
            out.id = read_text(content, {nullptr, name}, issues);
        } else if (name == "priority") {
            out.priority = read_int(content, {nullptr, name}, issues).value_or(0);
        } else if (name == "percentage") {
            out.percentage = read_int(content, {nullptr, name}, issues);
        } else if (name == "httpRequest") {
            out.request = read_request_matcher(content, {nullptr, name}, issues);
        } else if (name == "times") {
            read_times(out.times, content, issues);
        } else if (name == "timeToLive") {
            read_time_to_live(out.time_to_live, content, issues);
        } else if (name == "httpResponse") {
            out.response = read_response(content, {nullptr, name}, issues);
        } else if (name == "httpResponses") {
            read_responses(out, content, issues);
        } else if (name == "responseMode") {
            read_response_mode(out, content, issues);
        } else if (name == "httpError") {
            out.error = read_http_error(content, issues);
        } else if (name == "httpForward") {
            out.forward = read_http_forward(content, issues);
        } else if (name == "scenarioName") {
            out.scenario_name = read_text(content, {nullptr, name}, issues);
        } else if (name == "scenarioState") {
            out.scenario_state = read_text(content, {nullptr, name}, issues);
        } else if (name == "newScenarioState") {
            out.new_scenario_state = read_text(content, {nullptr, name}, issues);
        } else if (name == "crossProtocolScenarios") {
            out.cross_protocol_scenarios = read_scenario_events(content, issues);
        } else if (name != "timestamp") {
            // A timestamp comes with a recorded pair that is posted again; it says nothing about the
            // expectation.
            issues.unsupported(name);
        }
    }
    if (issues.none()) check_rules(out, issues);
    return out;
}

json::value write_expectation(const expectation& source, written_form form) {
    json::value out;
    if (!source.cross_protocol_scenarios.empty())
        out.set("crossProtocolScenarios", write_scenario_events(source.cross_protocol_scenarios));
    if (source.error) out.set("httpError", to_json(*source.error));
    if (source.forward) out.set("httpForward", to_json(*source.forward));
    if (source.request) out.set("httpRequest", write_request_matcher(*source.request, form));
    if (source.response) out.set("httpResponse", write_response(*source.response, form));
    if (!source.responses.empty()) {
        json::array responses;
        responses.reserve(source.responses.size());
        for (const auto& one : source.responses)
            responses.push_back(write_response(one, form));
        out.set("httpResponses", std::move(responses));
    }
    if (!source.id.empty()) out.set("id", source.id);
    if (!source.new_scenario_state.empty()) out.set("newScenarioState", source.new_scenario_state);
    if (source.percentage) out.set("percentage", *source.percentage);
    out.set("priority", source.priority);
    if (source.response_mode) out.set("responseMode", *source.response_mode);
    if (!source.scenario_name.empty()) out.set("scenarioName", source.scenario_name);
    if (!source.scenario_state.empty()) out.set("scenarioState", source.scenario_state);
    out.set("timeToLive", write_time_to_live(source.time_to_live, form));
    out.set("times", write_times(source.times));
    return out;
}

json::value to_json(const expectation& source) {
    return write_expectation(source, written_form::api);
}

json::value to_stored_json(const expectation& source) {
    return write_expectation(source, written_form::stored);
}

base::result<expectation> expectation_from_json(const json::value& source) {
    read_issues issues;
    auto out = read_expectation(source, issues);
    if (!issues.none()) return issues.first();
    return out;
}

} // namespace mockfleet::model
