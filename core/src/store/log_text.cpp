// One recorded exchange becomes two or three entries here; everything else is layout.
#include "store/log_text.hpp"

#include "model/charset.hpp"
#include "model/codec.hpp"
#include "model/received_response.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::string_view separator = "\n------------------------------------\n";

/// Appends `text` line by line behind `indent`.
void indent_to(std::string& out, std::string_view text, std::string_view indent) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        out += indent;
        out += line;
        if (end == std::string_view::npos) break;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

/// LOG_ENTRIES lay arrays out one item per line, unlike the rest of the control plane.
void spread_to(std::string& out, const json::value& document, std::size_t depth) {
    const auto line = [&](std::size_t at) {
        out += '\n';
        out.append(2 * at, ' ');
    };
    if (document.is_array()) {
        const auto& items = document.as_array();
        if (items.empty()) {
            out += "[ ]";
            return;
        }
        out += '[';
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i != 0) out += ',';
            line(depth + 1);
            spread_to(out, items[i], depth + 1);
        }
        line(depth);
        out += ']';
    } else if (document.is_object() && !document.as_object().empty()) {
        out += '{';
        bool first = true;
        for (const auto& one : document.as_object()) {
            if (!std::exchange(first, false)) out += ',';
            line(depth + 1);
            json::quote_to(out, one.name);
            out += " : ";
            spread_to(out, one.content, depth + 1);
        }
        line(depth);
        out += '}';
    } else {
        json::pretty_to(out, document);
    }
}

std::string_view to_text(base::log::level level) {
    constexpr std::array<std::string_view, 6> names{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"};
    return names[static_cast<std::size_t>(level)];
}

/// `GET /a`, as far as given; `request` for the empty matcher.
std::string summary_of(const model::request_matcher& matcher) {
    std::string text = matcher.method.value;
    if (!matcher.path.value.empty()) {
        if (!text.empty()) text += ' ';
        text += matcher.path.value;
    }
    return text.empty() ? "request" : text;
}

/// The lines of `message`: three blanks per level of indentation instead of two.
void lines_to(json::array& lines, std::string_view text) {
    for (;;) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        const auto blanks = std::min(line.find_first_not_of(' '), line.size());
        std::string wider(3 + blanks / 2 * 3 + blanks % 2, ' ');
        wider += line.substr(blanks);
        lines.emplace_back(std::move(wider));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

} // namespace

std::string timestamp_text(std::int64_t wall_ns) {
    const auto seconds = static_cast<std::time_t>(wall_ns / 1'000'000'000);
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[64];
    std::snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d.%03d", local.tm_year + 1900,
                  local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                  static_cast<int>(wall_ns / 1'000'000 % 1000));
    return text;
}

model::response unmatched_response(std::uint16_t status) {
    model::response made;
    made.status_code = status;
    made.reason_phrase = std::string(model::standard_reason(status));
    return made;
}

json::value answer_of(const recorded_exchange& made, model::json_body_form form) {
    return model::received_response_json(made.forwarded->head(), made.forwarded->body(), form);
}

model::response failed_response(const recorded_exchange& made) {
    auto shown = unmatched_response(made.status);
    if (made.forwarded->body().empty()) return shown;
    shown.body.emplace();
    shown.body->text = made.forwarded->body();
    return shown;
}

json::value pair_json(const recorded_exchange& made, model::json_body_form form) {
    json::value pair{json::object{}};
    pair.set("httpRequest", model::to_full_json(made.request, form));
    if (was_forwarded(made))
        pair.set("httpResponse", answer_of(made, form));
    else if (made.forwarded != nullptr && !is_waiting(made))
        pair.set("httpResponse", model::to_json(failed_response(made)));
    else if (made.response != nullptr)
        pair.set("httpResponse", model::to_json(*made.response));
    else if (made.served_by == nullptr && made.forwarded == nullptr)
        pair.set("httpResponse", model::to_json(unmatched_response(made.status)));
    pair.set("timestamp", timestamp_text(made.wall_ns));
    return pair;
}

entry_type answer_type_of(const recorded_exchange& made) {
    if (made.forwarded != nullptr)
        return was_forwarded(made) ? entry_type::forwarded_request : entry_type::no_match_response;
    return made.served_by != nullptr ? entry_type::expectation_response : entry_type::no_match_response;
}

log_writer::argument log_writer::document_argument(const json::value& document) const {
    if (form_ == layout::text) return {json::pretty(document), {}};
    return {json::pretty(document), document};
}

log_writer::argument log_writer::request_argument(const recorded_exchange& made) const {
    if (form_ == layout::text)
        return {json::pretty(model::to_full_json(made.request, model::json_body_form::document)), {}};
    std::string summary(made.request.method);
    summary += ' ';
    summary += model::head_text(made.request.path);
    return {summary, summary};
}

void log_writer::add(const recorded_exchange& made) {
    expand(made, nullptr);
}

void log_writer::add(const recorded_exchange& made, entry_type only) {
    expand(made, &only);
}

void log_writer::expand(const recorded_exchange& made, const entry_type* only) {
    const auto wanted = [&](entry_type type) { return only == nullptr || *only == type; };
    const bool matched = made.served_by != nullptr;
    const auto answered = answer_type_of(made);

    shown entry;
    entry.wall_ns = made.wall_ns;
    entry.correlation = made.correlation;
    json::object about;
    const auto request = request_argument(made);
    if (form_ == layout::entries) {
        const auto colon = made.request.local_address.rfind(':');
        int port = 0;
        if (colon != std::string_view::npos) {
            const auto digits = made.request.local_address.substr(colon + 1);
            std::from_chars(digits.data(), digits.data() + digits.size(), port);
        }
        if (port != 0) about.push_back({"port", port});
        about.push_back({"httpRequest", model::to_full_json(made.request)});
    }
    if (wanted(entry_type::received_request)) {
        entry.type = entry_type::received_request;
        entry.format = "received request:{}";
        entry.arguments = {request};
        entry.members = about;
        write(entry);
    }
    if (matched && made.detailed && wanted(entry_type::expectation_matched)) {
        const auto expectation = model::to_json(made.served_by->definition);
        entry.type = entry_type::expectation_matched;
        entry.format = "request:{}matched expectation:{}";
        entry.arguments = {request, document_argument(expectation)};
        entry.members = about;
        if (form_ == layout::entries) entry.members.push_back({"expectation", expectation});
        write(entry);
    }
    const bool forwarded = answered == entry_type::forwarded_request;
    if (!wanted(answered) || (answered == entry_type::no_match_response && !made.detailed)) return;
    if (is_waiting(made)) return;
    entry.type = answered;
    entry.members = about;
    if (forwarded) {
        const auto response = answer_of(made);
        entry.format = "returning response:{}for forwarded request\n\n in json:{}";
        entry.arguments = {document_argument(response), document_argument(model::to_full_json(made.request))};
        if (form_ == layout::entries) {
            entry.members.push_back({"httpResponse", response});
            if (matched) entry.members.push_back({"expectationId", made.served_by->definition.id});
        }
        write(entry);
        return;
    }
    if (made.forwarded != nullptr) {
        const auto response = model::to_json(failed_response(made));
        const std::string reason(made.forwarded->failure());
        entry.format = "failed to forward request:{}error:{}returning response:{}";
        entry.arguments = {request, {reason, reason}, document_argument(response)};
        if (form_ == layout::entries) entry.members.push_back({"httpResponse", response});
        write(entry);
        return;
    }
    if (!matched) {
        // One that the server itself refused has its response with it.
        const auto response =
            model::to_json(made.response != nullptr ? *made.response : unmatched_response(made.status));
        entry.format = made.response != nullptr ? "refused request:{}returning response:{}"
                                                : "no expectation for:{}returning response:{}";
        entry.arguments = {request, document_argument(response)};
        if (form_ == layout::entries) entry.members.push_back({"httpResponse", response});
        write(entry);
        return;
    }
    const bool is_error = made.response == nullptr;
    const auto& definition = made.served_by->definition;
    json::value action(json::object{});
    if (!is_error)
        action = model::to_json(*made.response);
    else if (definition.error)
        action = model::to_json(*definition.error);
    auto returned = document_argument(action);
    if (!is_error && form_ == layout::entries)
        returned = {std::to_string(made.status), std::to_string(made.status)};
    entry.format = is_error ? "returning error:{}for request:{}for action:{}from expectation:{}"
                            : "returning response:{}for request:{}for action:{}from expectation:{}";
    entry.arguments = {
        std::move(returned), request, document_argument(action), {definition.id, definition.id}};
    if (form_ == layout::entries) {
        entry.members.push_back({is_error ? "httpError" : "httpResponse", action});
        entry.members.push_back({"expectationId", definition.id});
    }
    write(entry);
}

void log_writer::add(const recorded_note& made) {
    shown entry;
    entry.type = made.type;
    entry.level = made.level;
    entry.wall_ns = made.wall_ns;
    entry.correlation = made.correlation;
    entry.format = made.format;
    const auto* request = made.request;
    if (request == nullptr && made.about != nullptr && made.about->definition.request)
        request = &*made.about->definition.request;
    if (form_ == layout::entries && request != nullptr)
        entry.members.push_back({"httpRequest", model::to_json(*request)});
    for (const auto& one : made.arguments) {
        switch (one.what) {
        case note_argument::kind::expectation:
            entry.arguments.push_back(document_argument(model::to_json(made.about->definition)));
            break;
        case note_argument::kind::text:
            entry.arguments.push_back({std::string(one.text), one.text});
            break;
        case note_argument::kind::json: {
            argument shown_json{std::string(one.text), {}};
            if (form_ == layout::entries) {
                if (auto parsed = json::read_tolerant(one.text)) shown_json.value = std::move(*parsed);
            }
            entry.arguments.push_back(std::move(shown_json));
            break;
        }
        case note_argument::kind::request: {
            const bool summarized = form_ == layout::entries && request != nullptr;
            const auto text = summarized ? summary_of(*request) : std::string(one.text);
            entry.arguments.push_back({text, text});
            break;
        }
        }
    }
    write(entry);
}

void log_writer::write(const shown& entry) {
    if (form_ == layout::text)
        write_text(entry);
    else
        write_entry(entry);
    empty_ = false;
}

void log_writer::write_text(const shown& entry) {
    if (!empty_) out_ += separator;
    out_ += timestamp_text(entry.wall_ns);
    out_ += " - ";
    auto format = entry.format;
    for (const auto& one : entry.arguments) {
        const auto place = format.find("{}");
        if (place == std::string_view::npos) break;
        out_ += format.substr(0, place);
        format.remove_prefix(place + 2);
        out_ += "\n\n";
        indent_to(out_, one.text, "  ");
        out_ += '\n';
        if (!format.empty()) out_ += "\n ";
    }
    out_ += format;
}

void log_writer::write_entry(const shown& entry) {
    json::value object{json::object{}};
    object.set("logLevel", to_text(entry.level));
    object.set("epochTime", entry.wall_ns / 1'000'000);
    object.set("timestamp", timestamp_text(entry.wall_ns));
    object.set("type", store::to_text(entry.type));
    object.set("correlationId", correlation_id(entry.correlation));
    for (const auto& one : entry.members)
        object.set(one.name, one.content);
    object.set("messageFormat", entry.format);
    json::array lines;
    json::array arguments;
    auto format = entry.format;
    std::string before;
    for (const auto& one : entry.arguments) {
        const auto place = format.find("{}");
        if (place == std::string_view::npos) break;
        lines.emplace_back(before + std::string(format.substr(0, place)));
        lines.emplace_back("");
        lines_to(lines, one.text);
        format.remove_prefix(place + 2);
        if (!format.empty()) lines.emplace_back("");
        before = " ";
        arguments.push_back(one.value);
    }
    if (!format.empty()) lines.emplace_back(before + std::string(format));
    object.set("message", std::move(lines));
    if (!arguments.empty()) object.set("arguments", std::move(arguments));
    out_ += empty_ ? "[\n  " : ",\n  ";
    spread_to(out_, object, 1);
}

std::string log_writer::finish() && {
    if (form_ == layout::text)
        out_ += '\n';
    else
        out_ += empty_ ? "[]" : "\n]";
    return std::move(out_);
}

} // namespace mockfleet::store
