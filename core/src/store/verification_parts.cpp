// The shared pieces; the words are the original's (core.md 1.8, 1.9).
#include "store/verification_parts.hpp"

#include "model/codec.hpp"
#include "json/writer.hpp"

#include <utility>

namespace mockfleet::store {

std::string actual_text(const log_snapshot& snapshot, const std::vector<std::size_t>& recorded,
                        std::uint64_t total, std::int64_t limit, const std::string& summary) {
    if (static_cast<std::int64_t>(total) >= limit) return summary;
    json::array requests;
    recorded_exchange made;
    for (const auto index : recorded) {
        snapshot.read(index, made);
        requests.push_back(model::to_reduced_json(made.request, model::json_body_form::typed));
    }
    if (requests.empty()) return " but was:<[]>";
    return " but was:<" +
           json::pretty(requests.size() == 1 ? requests.front() : json::value(std::move(requests))) + ">";
}

void set_limit(json::value& question, const std::optional<std::int64_t>& limit) {
    if (limit) question.set("maximumNumberOfRequestToReturnInVerificationFailure", *limit);
}

json::value id_json(const std::string& id) {
    return json::object{{"id", id}};
}

base::error unknown_id(const std::string& id) {
    return base::not_found("No expectation found with id " + id);
}

} // namespace mockfleet::store
