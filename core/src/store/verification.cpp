// The verdict on a count, and the texts of its failures.
#include "store/verification.hpp"

#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "model/codec.hpp"
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

std::string evicted_text(const std::string& wanted, const evicted_counts::range& evicted,
                         std::uint64_t kept) {
    std::string text = "Request could not be verified " + wanted +
                       " because the event log is not complete: " + counted(kept, "match is", "matches are") +
                       " recorded, and of the older requests that were evicted from the log ";
    text += evicted.least == 0
                ? "up to " + std::to_string(evicted.most)
                : "between " + std::to_string(evicted.least) + " and " + std::to_string(evicted.most);
    text += " may have matched.";
    text += evicted_remedy;
    return text;
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
    return count_verification(asked, options,
                              asked.expectation_id
                                  ? verification_target(*asked.expectation_id, std::move(*matcher))
                                  : verification_target(std::move(*matcher)));
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

void count_verification::note_asked(verification_notes& notes) const {
    json::value question{json::object{}};
    if (asked_.expectation_id) question.set("expectationId", id_json(*asked_.expectation_id));
    question.set("httpRequest", model::to_json(wanted().matcher()));
    set_limit(question, asked_.maximum_requests_in_failure);
    question.set("times", times_json(asked_.times));
    notes.asked("verifying requests that match:{}", question, &wanted().matcher());
}

void count_verification::note_passed(event_log& log) const {
    verification_notes notes(log);
    note_asked(notes);
    notes.passed("request:{}found " + times_text(asked_.times), model::to_reduced_json(wanted().matcher()));
}

std::optional<std::string> count_verification::conclude(event_log& log, const log_snapshot& entries,
                                                        const log_tally& gone) const {
    const bool by_id = asked_.expectation_id.has_value();
    verification_notes notes(log);
    note_asked(notes);

    const auto recorded = exchanges_of(entries, by_id, [](const std::string&) { return true; });
    recorded_exchange made;
    matching::request_facts facts;
    std::uint64_t hits = 0;
    for (const auto index : recorded) {
        entries.read(index, made);
        if (wanted().hits(made, facts)) ++hits;
    }

    const auto& evicted = gone.evicted[0];
    const auto times = times_text(asked_.times);
    const auto fewest = hits + evicted.least;
    const auto most = hits + evicted.most;
    const auto expected = model::to_reduced_json(wanted().matcher());
    if (admits(fewest) && admits(most)) {
        notes.passed("request:{}found " + times, expected);
        return std::nullopt;
    }
    const bool too_many = asked_.times.at_most && static_cast<std::int64_t>(fewest) > *asked_.times.at_most;
    if (!too_many && most >= least()) {
        auto text = evicted_text(times, evicted, hits);
        notes.undecided("request could not be verified " + times + ", expected:{}because:{}", expected, text);
        return text;
    }

    const auto total = recorded.size() + (by_id ? std::uint64_t{0} : gone.evicted_requests);
    const auto limit = asked_.maximum_requests_in_failure.value_or(options_.maximum_requests);
    const auto actual = actual_text(entries, recorded, total, limit,
                                    " but was found " + counted(fewest, "time", "times") + " among " +
                                        std::to_string(total) + " total requests");
    notes.failed((too_many ? "request found too often, it should have been found " : "request not found ") +
                     times + ", expected:{}but was:{}",
                 expected, entries, recorded);
    const auto reason =
        too_many ? "found " + counted(fewest, "time", "times") + " but should have been found " + times
                 : "not found " + times;

    auto text = "Request " + reason + ", expected:<" + json::pretty(expected) + ">" + actual;
    if (options_.detailed && !too_many) {
        const difference_report report(entries, recorded, wanted().compiled());
        if (const auto nearest = report.nearest(0); !nearest.empty()) {
            if (hits == 0) text += report.closest_match();
            text += "\n\nverification summary:\n  expected " + times + " but matched " +
                    counted(fewest, "time", "times") + " among " +
                    counted(total, "recorded request", "recorded requests") +
                    "\n  closest non-matching requests (fewest differing fields first):\n" + nearest;
        }
    }
    return text;
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
