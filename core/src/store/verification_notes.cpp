// Arrays stand as `[{` ... `}, {` ... `}]` in these entries, unlike in answers.
#include "store/verification_notes.hpp"

#include "model/codec.hpp"
#include "store/log_text.hpp"
#include "json/writer.hpp"

#include <utility>

namespace mockfleet::store {

namespace {

/// A long log is not copied into itself.
constexpr std::size_t most_shown = 100;

std::string laid_out(const json::value& document) {
    if (!document.is_array()) return json::pretty(document);
    std::string text = "[";
    for (const auto& item : document.as_array()) {
        if (text.size() > 1) text += ", ";
        json::pretty_to(text, item);
    }
    text += ']';
    return text;
}

std::string recorded_text(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                          verification_notes::shown as) {
    using shown = verification_notes::shown;
    if (recorded.size() > most_shown) return "\"" + std::to_string(recorded.size()) + " requests\"";
    constexpr auto form = model::json_body_form::document;
    json::array items;
    recorded_exchange made;
    for (const auto index : recorded) {
        snapshot.read(index, made);
        items.push_back(as == shown::requests    ? model::to_full_json(made.request, form)
                        : as == shown::responses ? answered_json(made)
                                                 : pair_json(made, form));
    }
    if (items.size() == 1 && as == shown::requests) return laid_out(items.front());
    return laid_out(std::move(items));
}

} // namespace

note_argument::kind verification_notes::expected_kind() const {
    return request_ && what_ == traffic::requests ? note_argument::kind::request : note_argument::kind::json;
}

void verification_notes::asked(std::string_view format, const json::value& question,
                               const model::request_matcher* request) {
    if (request != nullptr) request_ = std::make_shared<const model::request_matcher>(*request);
    if (!log_.admits(base::log::level::info)) return;
    const auto text = json::pretty(question);
    write(entry_type::verification, format, {{note_argument::kind::json, text}});
}

void verification_notes::passed(std::string_view format, const json::value& expected) {
    if (!log_.admits(base::log::level::info)) return;
    const auto wanted = laid_out(expected);
    write(entry_type::verification_passed, format, {{expected_kind(), wanted}});
}

void verification_notes::failed(std::string_view format, const json::value& expected,
                                const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                                shown as) {
    if (!log_.admits(base::log::level::info)) return;
    const auto wanted = laid_out(expected);
    const auto actual = recorded_text(snapshot, recorded, as);
    write(entry_type::verification_failed, format,
          {{expected_kind(), wanted}, {note_argument::kind::json, actual}});
}

void verification_notes::undecided(std::string_view format, const json::value& expected,
                                   std::string_view because) {
    const auto wanted = laid_out(expected);
    write(entry_type::verification_failed, format,
          {{expected_kind(), wanted}, {note_argument::kind::text, because}});
}

void verification_notes::write(entry_type type, std::string_view format,
                               std::vector<note_argument> arguments) {
    note made;
    made.type = type;
    made.format = format;
    made.arguments = std::move(arguments);
    made.request = request_;
    log_.record(made);
}

} // namespace mockfleet::store
