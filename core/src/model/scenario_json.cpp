// JSON codec of crossProtocolScenarios (contract fleet 2.6).
#include "model/codec_parts.hpp"

namespace mockfleet::model {
namespace {

constexpr wire_name<scenario_trigger> triggers[] = {
    {"DNS_QUERY", scenario_trigger::dns_query},
    {"WEBSOCKET_CONNECT", scenario_trigger::websocket_connect},
    {"GRPC_REQUEST", scenario_trigger::grpc_request},
    {"HTTP_REQUEST", scenario_trigger::http_request},
};

constexpr field_path here{nullptr, "crossProtocolScenarios"};

scenario_event read_event(const json::value& source, read_issues& issues) {
    scenario_event out;
    if (!source.is_object()) {
        issues.invalid("an element of crossProtocolScenarios must be an object");
        return out;
    }
    for (const auto& [name, content] : source.as_object()) {
        if (name == "trigger") {
            const auto trigger = find_named(triggers, read_text(content, {&here, name}, issues));
            if (!trigger) issues.invalid("crossProtocolScenarios.trigger is unknown");
            out.trigger = trigger.value_or(out.trigger);
        } else if (name == "matchPattern") {
            out.pattern = read_text(content, {&here, name}, issues);
        } else if (name == "scenarioName") {
            out.scenario = read_text(content, {&here, name}, issues);
        } else if (name == "targetState") {
            out.target_state = read_text(content, {&here, name}, issues);
        } else {
            issues.unsupported("crossProtocolScenarios." + name);
        }
    }
    return out;
}

} // namespace

std::vector<scenario_event> read_scenario_events(const json::value& source, read_issues& issues) {
    std::vector<scenario_event> out;
    if (!source.is_array()) {
        issues.invalid("crossProtocolScenarios must be an array");
        return out;
    }
    for (const auto& item : source.as_array())
        out.push_back(read_event(item, issues));
    return out;
}

json::value write_scenario_events(const std::vector<scenario_event>& source) {
    json::array out;
    for (const auto& event : source) {
        json::value one;
        if (!event.pattern.empty()) one.set("matchPattern", event.pattern);
        if (!event.scenario.empty()) one.set("scenarioName", event.scenario);
        if (!event.target_state.empty()) one.set("targetState", event.target_state);
        one.set("trigger", name_of(triggers, event.trigger));
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace mockfleet::model
