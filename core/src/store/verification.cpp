// The verdict on a count, and the texts of its failures.
#include "store/verification.hpp"

#include "model/codec.hpp"
#include "store/disposition.hpp"
#include "store/failure_text.hpp"
#include "store/verification_notes.hpp"
#include "store/verification_parts.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace mockfleet::store {

namespace {

std::string times_text(const model::verification_times& times) {
    const auto [least, most] = times;
    const auto number = [](std::int64_t count) {
        return count == 1 ? std::string("once") : std::to_string(count) + " times";
    };
    if (least && most && *least == *most) return "exactly " + number(*least);
    if (!most) return "at least " + number(least.value_or(0));
    if (!least) return "at most " + number(*most);
    return "between " + std::to_string(*least) + " and " + std::to_string(*most) + " times";
}

std::string evicted_text(traffic what, const std::string& wanted, const evicted_counts::range& evicted,
                         std::uint64_t kept) {
    std::string text = std::string(subject_of(what)) + " could not be verified " + wanted +
                       " because the event log is not complete: " + counted(kept, "match is", "matches are") +
                       " recorded, and of the older requests that were evicted from the log ";
    text += evicted.least == 0
                ? "up to " + std::to_string(evicted.most)
                : "between " + std::to_string(evicted.least) + " and " + std::to_string(evicted.most);
    text += " may have matched.";
    text += evicted_remedy;
    return text;
}

std::string_view name_of(model::disposition by) {
    return by == model::disposition::mocked ? "MOCKED" : "FORWARDED";
}

json::value times_json(const model::verification_times& times) {
    json::value shown{json::object{}};
    if (times.at_least) shown.set("atLeast", *times.at_least);
    if (times.at_most) shown.set("atMost", *times.at_most);
    return shown;
}

} // namespace

base::result<count_verification> count_verification::of(const expectations& live,
                                                        const model::verification& asked,
                                                        const verification_options& options) {
    auto matcher = asked.request;
    if (asked.expectation_id) {
        matcher = live.matcher_of(*asked.expectation_id);
        if (!matcher) return unknown_id(*asked.expectation_id);
    }
    if (!matcher) matcher.emplace();
    auto wanted = asked.expectation_id ? verification_target(*asked.expectation_id, std::move(*matcher))
                                       : verification_target(std::move(*matcher));
    if (asked.response) wanted.answered_with(*asked.response);
    if (asked.disposition) wanted.answered(*asked.disposition);
    return count_verification(asked, options, std::move(wanted));
}

bool count_verification::admits(std::uint64_t count) const {
    return count >= least() &&
           (!asked_.times.at_most || static_cast<std::int64_t>(count) <= *asked_.times.at_most);
}

std::uint64_t count_verification::least() const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(asked_.times.at_least.value_or(0), 0));
}

bool count_verification::holds(const log_tally& counted) const {
    return admits(counted.hits[0] + counted.evicted[0].least) &&
           admits(counted.hits[0] + counted.evicted[0].most);
}

json::value count_verification::expected() const {
    return asked_.response ? model::to_json(*asked_.response) : model::to_reduced_json(wanted().matcher());
}

void count_verification::note_asked(verification_notes& notes) const {
    json::value question{json::object{}};
    if (asked_.disposition) question.set("disposition", std::string(name_of(*asked_.disposition)));
    if (asked_.expectation_id) question.set("expectationId", id_json(*asked_.expectation_id));
    const bool of_requests = asked_.request || asked_.expectation_id;
    if (of_requests) question.set("httpRequest", model::to_json(wanted().matcher()));
    if (asked_.response) question.set("httpResponse", model::to_json(*asked_.response));
    set_number(question, limit_member, asked_.maximum_requests_in_failure);
    set_number(question, "timeout", asked_.timeout_ms);
    question.set("times", times_json(asked_.times));
    notes.asked("verifying requests that match:{}", question, of_requests ? &wanted().matcher() : nullptr);
}

void count_verification::note_passed(event_log& log) const {
    verification_notes notes(log, what());
    note_asked(notes);
    notes.passed(std::string(noun_of(what())) + ":{}found " + times_text(asked_.times), expected());
}

std::vector<std::size_t> count_verification::candidates(const log_snapshot& entries) const {
    if (asked_.response) {
        exchange_facts facts;
        return exchanges_where(entries, [&](const recorded_exchange& made) {
            return disposition_of(made) && wanted().selects(made, facts);
        });
    }
    if (asked_.expectation_id)
        return exchanges_where(entries,
                               [](const recorded_exchange& made) { return answered_by(made) != nullptr; });
    return all_exchanges(entries);
}

/// How many would have counted, had the other kind been asked for.
std::string count_verification::otherwise_line(const log_snapshot& entries,
                                               const std::vector<std::size_t>& recorded) const {
    if (!asked_.disposition) return {};
    const bool mocked_wanted = *asked_.disposition == model::disposition::mocked;
    auto other = wanted().by_id() ? verification_target(wanted().id(), wanted().matcher())
                                  : verification_target(wanted().matcher());
    if (asked_.response) other.answered_with(*asked_.response);
    other.answered(mocked_wanted ? model::disposition::forwarded : model::disposition::mocked);
    recorded_exchange made;
    exchange_facts facts;
    std::uint64_t found = 0;
    for (const auto index : recorded) {
        entries.read(index, made);
        if (other.hits(made, facts)) ++found;
    }
    if (found == 0) return {};
    return "  " + counted_records(found, what()) + " matched but " + (found == 1 ? "was " : "were ") +
           (mocked_wanted ? "forwarded, not mocked\n" : "mocked, not forwarded\n");
}

std::optional<std::string> count_verification::conclude(event_log& log, const log_snapshot& entries,
                                                        const log_tally& gone, std::int64_t since) const {
    verification_notes notes(log, what());
    note_asked(notes);

    const auto recorded = candidates(entries);
    recorded_exchange made;
    exchange_facts facts;
    std::uint64_t hits = 0;
    bool never = true;
    for (const auto index : recorded) {
        entries.read(index, made);
        if (wanted().hits(made, facts)) ++hits;
        if (asked_.disposition && !asked_.response && wanted().selects(made, facts)) never = false;
    }
    never = never && hits == 0;

    const auto& evicted = gone.evicted[0];
    const auto times = times_text(asked_.times);
    const auto fewest = hits + evicted.least;
    const auto most = hits + evicted.most;
    const auto shown = expected();
    const std::string noun(noun_of(what()));
    if (admits(fewest) && admits(most)) {
        notes.passed(noun + ":{}found " + times, shown);
        return std::nullopt;
    }
    const bool too_many = asked_.times.at_most && static_cast<std::int64_t>(fewest) > *asked_.times.at_most;
    if (!too_many && most >= least()) {
        auto text = evicted_text(what(), times, evicted, hits);
        notes.undecided(noun + " could not be verified " + times + ", expected:{}because:{}", shown, text);
        return text;
    }

    // Of what was evicted, only the number of all requests is known.
    const bool of_all = !asked_.expectation_id && !asked_.response;
    const auto total = recorded.size() + (of_all ? gone.evicted_requests : std::uint64_t{0});
    const auto limit = asked_.maximum_requests_in_failure.value_or(options_.maximum_requests);
    const auto actual =
        actual_text(entries, recorded, what(), total, limit,
                    " but was found " + counted(fewest, "time", "times") + " among " + std::to_string(total) +
                        (asked_.response ? " recorded responses" : " total requests"));
    notes.failed(noun + (too_many ? " found too often, it should have been found " : " not found ") + times +
                     ", expected:{}but was:{}",
                 shown, entries, recorded,
                 asked_.response ? verification_notes::shown::pairs : verification_notes::shown::requests);
    const auto reason =
        too_many ? "found " + counted(fewest, "time", "times") + " but should have been found " + times
                 : "not found " + times;

    auto text =
        std::string(subject_of(what())) + " " + reason + ", expected:<" + json::pretty(shown) + ">" + actual;
    if (!options_.detailed) return text;
    std::string more = otherwise_line(entries, recorded);
    if (!too_many) {
        const difference_report report(entries, recorded, wanted());
        if (never && (!asked_.response || limit > 0)) text += report.closest_match();
        if (const auto nearest = report.nearest(0); !nearest.empty())
            more += "  closest non-matching " + noun + "s (fewest differing fields first):\n" + nearest;
    }
    if (asked_.patience().count() > 0) more += arrived_line(entries, recorded, since, what());
    if (more.empty()) return text;
    return text + "\n\nverification summary:\n  expected " + times + " but matched " +
           counted(fewest, "time", "times") + " among " + counted_records(total, what()) + "\n" + more;
}

base::result<std::optional<std::string>> verify(event_log& log, const expectations& live,
                                                const model::verification& asked,
                                                const verification_options& options) {
    const auto question = count_verification::of(live, asked, options);
    if (!question) return question.error();
    const auto entries = log.take();
    return question->conclude(log, entries, tally_evicted(entries, question->targets()));
}

} // namespace mockfleet::store
