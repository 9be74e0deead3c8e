// Counting over a snapshot, and the texts of failures.
#include "store/verification.hpp"

#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "model/codec.hpp"
#include "store/failure_text.hpp"
#include "store/verification_notes.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace mockfleet::store {

namespace {

using outcome = base::result<std::optional<std::string>>;

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

/// All exchanges, or those that an expectation answered whose id `wanted` admits; oldest first.
template <class Wanted>
std::vector<std::size_t> exchanges_of(const log_snapshot& snapshot, bool served_only, Wanted&& wanted) {
    std::vector<std::size_t> found;
    recorded_exchange made;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (snapshot.is_note(index)) continue;
        if (served_only) {
            snapshot.read(index, made);
            if (made.served_by == nullptr || !wanted(made.served_by->definition.id)) continue;
        }
        found.push_back(index);
    }
    return found;
}

/// What one verification or one step of a sequence looks for.
class target {
public:
    explicit target(const model::request_matcher& matcher)
        : matcher_(matcher),
          compiled_(matching::compiled_matcher::compile(&matcher, matching::direction::control_plane)) {}
    target(std::string id, const model::request_matcher& matcher) : target(matcher) {
        id_ = std::move(id);
        by_id_ = true;
    }

    bool hits(const recorded_exchange& made, matching::request_facts& facts) const {
        if (by_id_) return made.served_by != nullptr && made.served_by->definition.id == id_;
        facts.begin(made.request);
        return compiled_.matches(facts);
    }
    evicted_counts::range evicted(const evicted_counts& counts) const {
        return by_id_ ? counts.served_by(id_) : counts.matching(matcher_);
    }
    [[nodiscard]] const model::request_matcher& matcher() const { return matcher_; }
    [[nodiscard]] const matching::compiled_matcher& compiled() const { return compiled_; }

private:
    model::request_matcher matcher_;
    matching::compiled_matcher compiled_;
    std::string id_;
    bool by_id_ = false;
};

/// ` but was:<...>` with the recorded requests, unless they are too many.
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

constexpr std::string_view remedy =
    " Raise maxLogEntries or maxEventLogSizeInBytes, or reset the log between tests.";

std::string evicted_text(const std::string& wanted, const evicted_counts::range& evicted,
                         std::uint64_t kept) {
    std::string text = "Request could not be verified " + wanted +
                       " because the event log is not complete: " + counted(kept, "match is", "matches are") +
                       " recorded, and of the older requests that were evicted from the log ";
    text += evicted.least == 0
                ? "up to " + std::to_string(evicted.most)
                : "between " + std::to_string(evicted.least) + " and " + std::to_string(evicted.most);
    text += " may have matched.";
    text += remedy;
    return text;
}

json::value times_json(const model::verification_times& times) {
    json::value shown{json::object{}};
    if (times.at_least) shown.set("atLeast", *times.at_least);
    if (times.at_most) shown.set("atMost", *times.at_most);
    return shown;
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

} // namespace

outcome verify(event_log& log, const expectations& live, const model::verification& asked,
               const verification_options& options) {
    const bool by_id = asked.expectation_id.has_value();
    auto matcher = asked.request;
    if (by_id) matcher = live.matcher_of(*asked.expectation_id);
    if (!matcher) {
        if (by_id) return unknown_id(*asked.expectation_id);
        matcher.emplace();
    }
    const auto wanted = by_id ? target(*asked.expectation_id, *matcher) : target(*matcher);
    const auto snapshot = log.take();

    verification_notes notes(log);
    json::value question{json::object{}};
    if (by_id) question.set("expectationId", id_json(*asked.expectation_id));
    question.set("httpRequest", model::to_json(*matcher));
    set_limit(question, asked.maximum_requests_in_failure);
    question.set("times", times_json(asked.times));
    notes.asked("verifying requests that match:{}", question, &*matcher);

    const auto recorded = exchanges_of(snapshot, by_id, [](const std::string&) { return true; });
    recorded_exchange made;
    matching::request_facts facts;
    std::uint64_t hits = 0;
    for (const auto index : recorded) {
        snapshot.read(index, made);
        if (wanted.hits(made, facts)) ++hits;
    }

    const auto evicted = wanted.evicted(snapshot.evicted());
    const auto least =
        static_cast<std::uint64_t>(std::max<std::int64_t>(asked.times.at_least.value_or(0), 0));
    const auto admits = [&](std::uint64_t count) {
        return count >= least &&
               (!asked.times.at_most || static_cast<std::int64_t>(count) <= *asked.times.at_most);
    };
    const auto times = times_text(asked.times);
    const auto fewest = hits + evicted.least;
    const auto most = hits + evicted.most;
    const auto expected = model::to_reduced_json(*matcher);
    if (admits(fewest) && admits(most)) {
        notes.passed("request:{}found " + times, expected);
        return std::optional<std::string>();
    }
    const bool too_many = asked.times.at_most && static_cast<std::int64_t>(fewest) > *asked.times.at_most;
    if (!too_many && most >= least) {
        auto text = evicted_text(times, evicted, hits);
        notes.undecided("request could not be verified " + times + ", expected:{}because:{}", expected, text);
        return std::optional(std::move(text));
    }

    const auto total = recorded.size() + (by_id ? std::uint64_t{0} : snapshot.evicted().requests());
    const auto limit = asked.maximum_requests_in_failure.value_or(options.maximum_requests);
    const auto actual = actual_text(snapshot, recorded, total, limit,
                                    " but was found " + counted(fewest, "time", "times") + " among " +
                                        std::to_string(total) + " total requests");
    notes.failed((too_many ? "request found too often, it should have been found " : "request not found ") +
                     times + ", expected:{}but was:{}",
                 expected, snapshot, recorded);
    const auto reason =
        too_many ? "found " + counted(fewest, "time", "times") + " but should have been found " + times
                 : "not found " + times;

    auto text = "Request " + reason + ", expected:<" + json::pretty(expected) + ">" + actual;
    if (options.detailed && !too_many) {
        const difference_report report(snapshot, recorded, wanted.compiled());
        if (const auto nearest = report.nearest(0); !nearest.empty()) {
            if (hits == 0) text += report.closest_match();
            text += "\n\nverification summary:\n  expected " + times + " but matched " +
                    counted(fewest, "time", "times") + " among " +
                    counted(total, "recorded request", "recorded requests") +
                    "\n  closest non-matching requests (fewest differing fields first):\n" + nearest;
        }
    }
    return std::optional(std::move(text));
}

outcome verify_sequence(event_log& log, const expectations& live, const model::verification_sequence& asked,
                        const verification_options& options) {
    std::vector<target> steps;
    json::array shown_ids;
    json::array expected_steps;
    if (asked.by_id) {
        for (const auto& id : asked.expectation_ids) {
            const auto matcher = live.matcher_of(id);
            if (!matcher) return unknown_id(id);
            steps.emplace_back(id, *matcher);
            shown_ids.push_back(id_json(id));
        }
    } else {
        for (const auto& matcher : asked.requests) {
            steps.emplace_back(matcher);
        }
    }
    if (steps.empty())
        return std::optional<std::string>(
            "No expectations, requests or responses specified in verification sequence");
    for (const auto& step : steps)
        expected_steps.push_back(model::to_reduced_json(step.matcher()));
    const json::value expected(std::move(expected_steps));

    const auto snapshot = log.take();
    verification_notes notes(log);
    json::value question{json::object{}};
    if (asked.by_id) question.set("expectationIds", std::move(shown_ids));
    json::array shown_requests;
    for (const auto& step : steps)
        shown_requests.push_back(model::to_json(step.matcher()));
    question.set("httpRequests", std::move(shown_requests));
    set_limit(question, asked.maximum_requests_in_failure);
    notes.asked("verifying sequence that match:{}", question, nullptr);

    const auto recorded = exchanges_of(snapshot, asked.by_id, [&](const std::string& id) {
        return std::find(asked.expectation_ids.begin(), asked.expectation_ids.end(), id) !=
               asked.expectation_ids.end();
    });
    recorded_exchange made;
    matching::request_facts facts;
    const auto hit = [&](const target& step, std::size_t position) {
        snapshot.read(recorded[position], made);
        return step.hits(made, facts);
    };
    /// Positions at which steps from `first` on are met, one after another; shorter when one is not.
    const auto walk = [&](std::size_t first) {
        std::vector<std::size_t> met;
        for (std::size_t position = 0; position < recorded.size() && first + met.size() < steps.size();
             ++position) {
            if (hit(steps[first + met.size()], position)) met.push_back(position);
        }
        return met;
    };

    const auto met = walk(0);
    if (met.size() == steps.size()) {
        notes.passed("request sequence found:{}", expected);
        return std::optional<std::string>();
    }
    // Evicted requests are older than recorded ones: could they have met the first steps, and recorded ones
    // the rest?
    for (std::size_t first = 1;
         first <= steps.size() && steps[first - 1].evicted(snapshot.evicted()).most > 0; ++first) {
        if (walk(first).size() < steps.size() - first) continue;
        std::string text =
            "Request sequence could not be verified because the event log is not complete: the first " +
            counted(first, "step", "steps") +
            " may have been met by older requests that were evicted from the log.";
        text += remedy;
        notes.undecided("request sequence could not be verified, expected:{}because:{}", expected, text);
        return std::optional(std::move(text));
    }

    const auto total = recorded.size();
    const auto limit = asked.maximum_requests_in_failure.value_or(options.maximum_requests);
    const auto actual = actual_text(snapshot, recorded, total, limit,
                                    " but was not found, found " + std::to_string(total) + " other requests");
    notes.failed("request sequence not found, expected:{}but was:{}", expected, snapshot, recorded);
    auto text = "Request sequence not found, expected:<" + json::pretty(expected) + ">" + actual;
    if (!options.detailed) return std::optional(std::move(text));

    const auto& missing = steps[met.size()];
    const auto step = std::to_string(met.size() + 1);
    const auto after = met.empty() ? 0 : met.back() + 1;
    std::uint64_t too_early = 0;
    bool never = true;
    for (std::size_t position = 0; position < total; ++position) {
        if (!hit(missing, position)) continue;
        never = false;
        if (!met.empty() && position < met.back()) ++too_early;
    }
    const difference_report report(snapshot, recorded, missing.compiled());
    if (never && !asked.by_id) text += report.closest_match();
    text += "\n\nverification summary:\n  step " + step + " of " + std::to_string(steps.size()) +
            " not found in ";
    if (met.empty()) {
        text += counted(total, "recorded request", "recorded requests");
    } else {
        text += "the " + counted(total - after, "recorded request", "recorded requests") + " after step " +
                std::to_string(met.size()) + " matched recorded request " + std::to_string(after) + " of " +
                std::to_string(total);
    }
    text += '\n';
    if (too_early != 0) {
        text += "  " + counted(too_early, "recorded request", "recorded requests") + " matched step " + step +
                " but came before step " + std::to_string(met.size()) + "'s match\n";
    }
    if (!asked.by_id) {
        if (const auto nearest = report.nearest(after); !nearest.empty())
            text += "  closest non-matching requests for step " + step +
                    " (fewest differing fields first):\n" + nearest;
    }
    return std::optional(std::move(text));
}

} // namespace mockfleet::store
