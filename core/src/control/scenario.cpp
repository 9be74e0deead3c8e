// GET and PUT /mockserver/scenario (core.md 1.17, contract fleet 2.5). All act on the shared machine of a
// scenario.
#include "control/resources.hpp"

#include "base/ascii.hpp"
#include "store/scenario_rule.hpp"
#include "store/scenario_timers.hpp"
#include "store/scenarios.hpp"
#include "json/reader.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace mockfleet::control {

namespace {

constexpr std::string_view resource_name = "/scenario/";
constexpr std::string_view trigger = "/trigger";

answer refused(std::string why) {
    json::value document;
    document.set("error", std::move(why));
    return json_answer(400, document);
}

answer shown(const std::string& name, const std::string& state) {
    json::value document;
    document.set("scenarioName", name);
    document.set("currentState", state);
    return json_answer(200, document);
}

/// A backend that is away is no mistake of the caller: 503 or 504, in the shape of this resource.
answer failed(const base::error& failure) {
    auto made = error_answer(failure);
    if (made.status == 400) return refused("failed to process scenario request: " + failure.message);
    return made;
}

/// The rest of the path as it stands.
std::string name_in(std::string_view path) {
    return std::string(path.substr(path.find(resource_name) + resource_name.size()));
}

/// Scalars as text, as the original takes them; blank and anything else is as good as none.
std::string text_of(const json::value* given) {
    std::string text;
    if (given == nullptr) return text;
    if (given->is_string())
        text = given->as_string();
    else if (given->is_number())
        text = given->number_text();
    else if (given->is_bool())
        text = given->as_bool() ? "true" : "false";
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) text.clear();
    return text;
}

/// Numbers lose their fraction, texts that begin with no number are none; above 0 it is a time.
std::optional<std::chrono::milliseconds> delay_of(const json::value* given) {
    constexpr double most = 1e15;
    double millis = 0;
    if (given == nullptr) return std::nullopt;
    if (given->is_number()) {
        millis = given->to_double();
    } else if (given->is_string()) {
        const auto& text = given->as_string();
        std::int64_t whole = 0;
        const auto* end = text.data() + text.size();
        if (std::from_chars(text.data(), end, whole).ptr == end) millis = static_cast<double>(whole);
    }
    if (!(millis >= 1)) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(millis, most)));
}

bool blank(std::string_view body) {
    return body.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

boost::asio::awaitable<answer> trigger_scenario(const wiring* parts, std::string name,
                                                std::string_view body) {
    if (name.empty()) co_return refused("scenario name is required in the path");
    if (blank(body)) co_return refused("request body is required with 'newState' field");
    const auto document = json::read_tolerant(body);
    if (!document) co_return failed(document.error());
    const auto state = text_of(document->find("newState"));
    if (state.empty()) co_return refused("'newState' field is required");
    const auto done = co_await parts->scenarios->set(store::scenario_key(name), state);
    if (!done) co_return failed(done.error());
    co_return shown(name, state);
}

} // namespace

boost::asio::awaitable<answer> list_scenarios(const wiring* parts, call*) {
    // The scenarios of expectations that are used up have gone with them; if the backend is away, the next
    // sweep takes them.
    static_cast<void>(co_await parts->expectations->sweep());
    json::array list;
    for (const auto& one : parts->scenarios->list()) {
        json::value item;
        item.set("scenarioName", one.name);
        item.set("currentState", one.state);
        list.push_back(std::move(item));
    }
    json::value document;
    document.set("scenarios", std::move(list));
    co_return json_answer(200, document);
}

boost::asio::awaitable<answer> read_scenario(const wiring* parts, call* request) {
    const auto name = name_in(request->request().path);
    if (name.empty()) co_return co_await list_scenarios(parts, request);
    co_return shown(name, parts->scenarios->state_of(name));
}

boost::asio::awaitable<answer> change_scenario(const wiring* parts, call* request) {
    auto name = name_in(request->request().path);
    if (name.ends_with(trigger)) {
        name.resize(name.size() - trigger.size());
        co_return co_await trigger_scenario(parts, std::move(name), request->body());
    }
    if (name.empty()) co_return refused("scenario name is required in the path");
    if (blank(request->body())) co_return refused("request body is required with 'state' field");
    const auto document = json::read_tolerant(request->body());
    if (!document) co_return failed(document.error());
    const auto state = text_of(document->find("state"));
    if (state.empty()) co_return refused("'state' field is required");
    const auto next = text_of(document->find("nextState"));
    const auto delay = delay_of(document->find("transitionAfterMs"));

    const auto done = co_await parts->scenarios->set(store::scenario_key(name), state);
    if (!done) co_return failed(done.error());
    if (next.empty() || !delay) co_return shown(name, state);
    const auto planned = co_await parts->scenario_timers->schedule(name, state, next, *delay);
    if (!planned) co_return failed(planned.error());
    json::value answered;
    answered.set("scenarioName", name);
    answered.set("currentState", state);
    answered.set("nextState", next);
    answered.set("transitionAfterMs", static_cast<std::int64_t>(delay->count()));
    co_return json_answer(200, answered);
}

} // namespace mockfleet::control
