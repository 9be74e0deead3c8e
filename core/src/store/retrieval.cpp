// Walks a snapshot once and prints what the filter lets through.
#include "store/retrieval.hpp"

#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "model/codec.hpp"
#include "store/log_text.hpp"
#include "json/writer.hpp"

#include <memory>
#include <utility>

namespace mockfleet::store {

namespace {

using kind = retrieval::kind;
using layout = retrieval::layout;

/// The filter of a retrieve, applied to whatever carries a request.
class request_filter {
public:
    explicit request_filter(const std::optional<model::request_matcher>& source) {
        if (source)
            compiled_ = matching::compiled_matcher::compile(&*source, matching::direction::control_plane);
        open_ = !source || *source == model::request_matcher{};
    }

    bool operator()(const recorded_exchange& made) {
        if (open_) return true;
        facts_.begin(made.request);
        return compiled_.matches(facts_);
    }
    bool operator()(const recorded_note& made) const {
        if (open_ || (made.request == nullptr && made.about == nullptr)) return true;
        if (made.request != nullptr) return matching::filter_selects(compiled_, made.request);
        return (*this)(*made.about);
    }
    bool operator()(const live_expectation& one) const {
        const auto& own = one.definition.request;
        return open_ || matching::filter_selects(compiled_, own ? &*own : nullptr);
    }

private:
    bool open_ = true;
    matching::compiled_matcher compiled_;
    matching::request_facts facts_;
};

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

json::value pair_of(const recorded_exchange& made) {
    json::value pair{json::object{}};
    pair.set("httpRequest", model::to_full_json(made.request));
    if (made.response != nullptr)
        pair.set("httpResponse", model::to_json(*made.response));
    else if (made.served_by == nullptr)
        pair.set("httpResponse", model::to_json(unmatched_response(made.status)));
    pair.set("timestamp", timestamp_text(made.wall_ns));
    return pair;
}

/// An automatic 404 is kept as an answer only when the log level admits it (core.md 6.1).
bool has_answer(const recorded_exchange& made) {
    return made.served_by != nullptr || made.detailed;
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
        for_each_exchange(snapshot, filter, [&](const recorded_exchange& made) {
            writer.add(made, made.served_by != nullptr ? entry_type::expectation_response
                                                       : entry_type::no_match_response);
        });
        return std::move(writer).finish();
    }
    json_list list;
    for_each_exchange(snapshot, filter, [&](const recorded_exchange& made) {
        if (has_answer(made)) list.add(pair_of(made));
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

base::result<std::string> retrieve(event_log& log, const expectations& live, const retrieval& asked) {
    auto filter_source = asked.filter;
    live_pointer chosen;
    if (asked.expectation_id) {
        chosen = live.find(*asked.expectation_id);
        filter_source = live.matcher_of(*asked.expectation_id);
        if (!filter_source) return base::not_found("No expectation found with id " + *asked.expectation_id);
    }
    request_filter filter(filter_source);
    std::string body;
    std::size_t active = 0;
    switch (asked.what) {
    case kind::requests:
        body = requests(log.take(), filter, asked.form);
        break;
    case kind::request_responses:
        body = request_responses(log.take(), filter, asked.form);
        break;
    case kind::logs:
        body = logs(log.take(), filter, asked);
        break;
    case kind::recorded_expectations:
        body = json_list().finish();
        break; // nothing that is forwarded is recorded yet
    case kind::active_expectations: {
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
