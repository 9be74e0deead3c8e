// Walks a snapshot once and prints what the filter lets through.
#include "store/retrieval.hpp"

#include "base/ascii.hpp"
#include "base/random_id.hpp"
#include "model/codec.hpp"
#include "store/log_filter.hpp"
#include "store/log_text.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::store {

namespace {

using kind = retrieval::kind;
using layout = retrieval::layout;

/// `[ {...}, {...} ]` piece by piece, so that a large answer never exists as one document.
class json_list {
public:
    void add(const json::value& item) {
        out_ += out_.empty() ? "[ " : ", ";
        json::pretty_to(out_, item);
    }
    std::string finish() && { return out_.empty() ? "[]" : std::move(out_) + " ]"; }

private:
    std::string out_;
};

template <class Take>
void for_each_exchange(const log_snapshot& snapshot, request_filter& filter, Take&& take) {
    recorded_exchange made;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (snapshot.is_note(index) || !snapshot.visible(index)) continue;
        snapshot.read(index, made);
        if (filter(made)) take(made);
    }
}

/// An automatic 404 is kept as an answer only when the log level admits it (core.md 6.1).
bool has_answer(const recorded_exchange& made) {
    if (is_waiting(made)) return false;
    return was_forwarded(made) || answered_by(made) != nullptr || made.detailed;
}

/// Headers of a message's transport.
bool is_of_connection(std::string_view name) {
    constexpr std::string_view names[] = {"connection", "content-length",    "keep-alive", "te",
                                          "trailer",    "transfer-encoding", "upgrade"};
    if (base::equal_ignoring_case(name.substr(0, 6), "proxy-")) return true;
    return std::any_of(std::begin(names), std::end(names),
                       [&](std::string_view one) { return base::equal_ignoring_case(one, name); });
}

std::string requests(const log_snapshot& snapshot, request_filter& filter, layout form) {
    if (form == layout::log_entries) {
        log_writer writer(log_writer::layout::entries);
        for_each_exchange(snapshot, filter, [&](const recorded_exchange& made) {
            writer.add(made, entry_type::received_request);
        });
        return std::move(writer).finish();
    }
    json_list list;
    for_each_exchange(snapshot, filter,
                      [&](const recorded_exchange& made) { list.add(model::to_reduced_json(made.request)); });
    return std::move(list).finish();
}

std::string request_responses(const log_snapshot& snapshot, request_filter& filter, layout form) {
    if (form == layout::log_entries) {
        log_writer writer(log_writer::layout::entries);
        for_each_exchange(snapshot, filter,
                          [&](const recorded_exchange& made) { writer.add(made, answer_type_of(made)); });
        return std::move(writer).finish();
    }
    json_list list;
    for_each_exchange(snapshot, filter, [&](const recorded_exchange& made) {
        if (has_answer(made)) list.add(pair_json(made));
    });
    return std::move(list).finish();
}

std::string recorded_expectations(const log_snapshot& snapshot, request_filter& filter, layout form) {
    if (form == layout::log_entries) {
        log_writer writer(log_writer::layout::entries);
        for_each_exchange(snapshot, filter, [&](const recorded_exchange& made) {
            if (was_forwarded(made)) writer.add(made, entry_type::forwarded_request);
        });
        return std::move(writer).finish();
    }
    json_list list;
    for_each_exchange(snapshot, filter, [&](const recorded_exchange& made) {
        if (was_forwarded(made)) list.add(recorded_expectation(made));
    });
    return std::move(list).finish();
}

std::string logs(const log_snapshot& snapshot, request_filter& filter, const retrieval& asked) {
    log_writer writer(asked.form == layout::json ? log_writer::layout::text : log_writer::layout::entries);
    const auto& wanted = asked.correlation_id;
    recorded_exchange made;
    recorded_note written;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (!snapshot.visible(index)) continue;
        if (snapshot.is_note(index)) {
            snapshot.read(index, written);
            if (wanted ? correlation_id(written.correlation) == *wanted : filter(written))
                writer.add(written);
        } else {
            snapshot.read(index, made);
            if (wanted ? correlation_id(made.correlation) == *wanted : filter(made)) writer.add(made);
        }
    }
    return std::move(writer).finish();
}

std::string name_of(const retrieval& asked, std::size_t active) {
    const std::string form = asked.form == layout::json ? "json" : "log_entries";
    switch (asked.what) {
    case kind::requests:
        return "requests in " + form;
    case kind::request_responses:
        return "requests and responses in " + form;
    case kind::recorded_expectations:
        return "recorded expectations in " + form;
    case kind::active_expectations:
        return std::to_string(active) + " active expectations in " + form;
    case kind::logs:
        return asked.form == layout::json ? "logs" : "log entries in log_entries format";
    }
    return form;
}

} // namespace

json::value recorded_expectation(const recorded_exchange& made) {
    // A later request need not come over the same kind of connection.
    std::vector<model::header_view> lasting;
    for (const auto& header : made.request.headers) {
        if (!is_of_connection(header.name)) lasting.push_back(header);
    }
    auto request = made.request;
    request.headers = lasting;
    json::value shown{json::object{}};
    shown.set("httpRequest", model::to_full_json(request, model::json_body_form::definition));
    shown.set("httpResponse", answer_of(made, model::json_body_form::definition));
    shown.set("id", base::random_id());
    shown.set("priority", 0);
    shown.set("timeToLive", json::object{{"unlimited", true}});
    shown.set("times", json::object{{"remainingTimes", 1}});
    return shown;
}

std::string recorded_document(const log_snapshot& entries) {
    request_filter everything(std::nullopt);
    return recorded_expectations(entries, everything, layout::json);
}

base::result<std::optional<model::request_matcher>> filter_of(const expectations& live,
                                                              const retrieval& asked) {
    if (!asked.expectation_id) return asked.filter;
    auto known = live.matcher_of(*asked.expectation_id);
    if (!known) return base::not_found("No expectation found with id " + *asked.expectation_id);
    return known;
}

bool reads_log(const retrieval& asked) {
    return asked.what != kind::active_expectations;
}

base::result<std::string> retrieve(event_log& log, const expectations& live, const retrieval& asked) {
    return retrieve(log, live, asked, reads_log(asked) ? log.take() : log_snapshot());
}

base::result<std::string> retrieve(event_log& log, const expectations& live, const retrieval& asked,
                                   const log_snapshot& entries) {
    const auto found = filter_of(live, asked);
    if (!found) return found.error();
    const auto& filter_source = *found;
    request_filter filter(filter_source);
    std::string body;
    std::size_t active = 0;
    switch (asked.what) {
    case kind::requests:
        body = requests(entries, filter, asked.form);
        break;
    case kind::request_responses:
        body = request_responses(entries, filter, asked.form);
        break;
    case kind::logs:
        body = logs(entries, filter, asked);
        break;
    case kind::recorded_expectations:
        body = recorded_expectations(entries, filter, asked.form);
        break;
    case kind::active_expectations: {
        const auto chosen = asked.expectation_id ? live.find(*asked.expectation_id) : nullptr;
        json_list list;
        for (const auto& one : live.active()) {
            if (asked.expectation_id ? one != chosen : !filter(*one)) continue;
            list.add(model::to_json(one->current()));
            ++active;
        }
        body = std::move(list).finish();
        break;
    }
    }
    const auto format = "retrieved " + name_of(asked, active) + " that match:{}";
    const auto shown = json::pretty(model::to_json(filter_source.value_or(model::request_matcher())));
    note made;
    made.type = entry_type::retrieved;
    made.format = format;
    made.arguments = {{note_argument::kind::request, shown}};
    made.request =
        std::make_shared<const model::request_matcher>(filter_source.value_or(model::request_matcher()));
    log.record(made);
    return body;
}

} // namespace mockfleet::store
