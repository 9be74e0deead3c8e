// GET and PUT /mockserver/configuration (core.md 1.11).
#include "control/resources.hpp"

#include "base/log.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::control {

namespace {

json::value shown(const config::entry& entry) {
    switch (entry.about->type) {
    case config::kind::boolean:
        return entry.text == "true";
    case config::kind::integer:
    case config::kind::decimal:
    case config::kind::millis:
    case config::kind::bytes:
        return json::number{entry.text};
    case config::kind::list: {
        json::array items;
        for (const auto& item : entry.list)
            items.emplace_back(item);
        return items;
    }
    case config::kind::map: {
        json::value members{json::object{}};
        for (const auto& [name, value] : entry.map)
            members.set(name, value);
        return members;
    }
    default:
        return entry.text;
    }
}

/// Clients read the document into a type of their own, so it has the original's members only.
bool is_in_document(const config::entry& entry) {
    const auto& about = *entry.about;
    if (about.own) return false;
    if (about.null_if_unset && entry.from == config::origin::fallback) return false;
    return entry.is_set || about.type != config::kind::secret;
}

json::value to_json(const config::settings& settings) {
    json::value document{json::object{}};
    for (const auto& entry : settings.entries()) {
        if (is_in_document(entry)) document.set(std::string(entry.name), shown(entry));
    }
    return document;
}

/// A JSON value as the properties file would say it; nullopt for null and nested structures.
std::optional<std::string> as_text(const json::value& value) {
    switch (value.type()) {
    case json::value::kind::boolean:
        return value.as_bool() ? "true" : "false";
    case json::value::kind::number:
        return value.number_text();
    case json::value::kind::string:
        return value.as_string();
    case json::value::kind::array: {
        std::string list;
        for (const auto& item : value.as_array()) {
            const auto text = as_text(item);
            if (!text || item.is_array() || item.is_object()) return std::nullopt;
            list += (list.empty() ? "" : ",") + *text;
        }
        return list;
    }
    case json::value::kind::object: {
        std::string list;
        for (const auto& member : value.as_object()) {
            const auto text = as_text(member.content);
            if (!text || member.content.is_array() || member.content.is_object()) return std::nullopt;
            list += (list.empty() ? "" : ",") + member.name + "=" + *text;
        }
        return list;
    }
    case json::value::kind::null:
        break;
    }
    return std::nullopt;
}

} // namespace

boost::asio::awaitable<answer> read_configuration(const wiring* parts, call*) {
    co_return json_answer(200, to_json(parts->settings->current()));
}

boost::asio::awaitable<answer> change_configuration(const wiring* parts, call* request) {
    const auto document = json::read_tolerant(request->body());
    if (!document || !document->is_object()) co_return text_answer(400, "Invalid configuration JSON");
    std::vector<config::name_value> changes;
    for (const auto& member : document->as_object()) {
        if (member.content.is_null()) continue;
        // A redacted secret read back and posted again means: leave it as it is.
        if (member.content.is_string() && member.content.as_string() == config::redacted) continue;
        const auto row = config::find(member.name);
        const bool is_document = row < config::table.size() &&
                                 config::table[row].type == config::kind::json && !member.content.is_string();
        auto text =
            is_document ? std::optional<std::string>(json::compact(member.content)) : as_text(member.content);
        if (!text)
            co_return text_answer(400, "Invalid configuration JSON: " + member.name +
                                           " must be a plain value, a list or a flat object");
        changes.emplace_back(member.name, std::move(*text));
    }
    const auto report = parts->settings->change(changes);
    if (!report) co_return error_answer(report.error());
    // The original ignores names it does not know; the log tells whoever wonders why nothing happened.
    for (const auto& name : report->unknown) {
        base::log::warn("configuration-name-unknown", "a change of an unknown property was ignored",
                        {{"name", name}});
    }
    for (const auto& name : report->inert) {
        base::log::warn("configuration-without-effect",
                        "a property was changed that this version does nothing with", {{"name", name}});
    }
    for (const auto& name : report->fixed) {
        base::log::warn("configuration-without-effect",
                        "a property was changed that is read at the start only; set it there and restart",
                        {{"name", name}});
    }
    co_return json_answer(200, to_json(report->values));
}

} // namespace mockfleet::control
