// The shared pieces; the words are the original's (core.md 1.8, 1.9, 11.4).
#include "store/verification_parts.hpp"

#include "model/codec.hpp"
#include "store/failure_text.hpp"
#include "store/log_text.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

std::vector<std::size_t> all_exchanges(const log_snapshot& snapshot) {
    std::vector<std::size_t> found;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (!snapshot.is_note(index)) found.push_back(index);
    }
    return found;
}

std::string_view subject_of(traffic what) {
    return what == traffic::requests ? "Request" : "Response";
}

std::string_view noun_of(traffic what) {
    return what == traffic::requests ? "request" : "response";
}

std::string counted_records(std::uint64_t number, traffic what) {
    const auto one = "recorded " + std::string(noun_of(what));
    return counted(number, one, one + "s");
}

std::string arrived_line(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                         std::int64_t since, traffic what) {
    const auto arrived =
        static_cast<std::uint64_t>(std::count_if(recorded.begin(), recorded.end(), [&](std::size_t index) {
            return snapshot.stamp_ns(index) > since;
        }));
    const std::string one(noun_of(what));
    return "  " + counted(arrived, one, one + "s") + " arrived after verification started\n";
}

std::string actual_text(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded, traffic what,
                        std::uint64_t total, std::int64_t limit, const std::string& summary) {
    if (static_cast<std::int64_t>(total) >= limit) return summary;
    json::array shown;
    recorded_exchange made;
    for (const auto index : recorded) {
        snapshot.read(index, made);
        shown.push_back(what == traffic::requests
                            ? model::to_reduced_json(made.request, model::json_body_form::typed)
                            : answered_json(made));
    }
    if (shown.empty()) return " but was:<[]>";
    return " but was:<" + json::pretty(shown.size() == 1 ? shown.front() : json::value(std::move(shown))) +
           ">";
}

json::value answered_json(const recorded_exchange& made) {
    if (was_forwarded(made)) return answer_of(made);
    return made.response != nullptr ? model::to_json(*made.response) : json::value(json::object{});
}

void set_number(json::value& question, std::string_view name, const std::optional<std::int64_t>& given) {
    if (given) question.set(std::string(name), *given);
}

json::value id_json(const std::string& id) {
    return json::object{{"id", id}};
}

base::error unknown_id(const std::string& id) {
    return base::not_found("No expectation found with id " + id);
}

} // namespace mockfleet::store
