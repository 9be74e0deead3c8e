// The walk along the log, the verdict where stamps do not tell the order, and the texts of failures.
#include "store/sequence_verification.hpp"

#include "matching/request_facts.hpp"
#include "model/codec.hpp"
#include "store/failure_text.hpp"
#include "store/verification_notes.hpp"
#include "store/verification_parts.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <limits>

namespace mockfleet::store {

namespace {

constexpr auto no_stamp = std::numeric_limits<std::int64_t>::max();

std::string unordered_text(const clock_bounds& bounds) {
    auto widest = bounds;
    std::sort(widest.rbegin(), widest.rend());
    const auto sum = widest[0] + (widest.size() > 1 ? widest[1] : 0);
    return "Request sequence could not be verified because the order of requests is not known that different "
           "nodes received within " +
           std::to_string(sum / 1000 + 1) +
           " microseconds of each other, and the sequence is found in one order but not in another. Wait for "
           "the "
           "answer of each request before the next, or send the sequence to one node.";
}

} // namespace

base::result<sequence_verification> sequence_verification::of(const expectations& live,
                                                              const model::verification_sequence& asked,
                                                              const verification_options& options) {
    std::vector<verification_target> steps;
    if (asked.by_id) {
        for (const auto& id : asked.expectation_ids) {
            auto matcher = live.matcher_of(id);
            if (!matcher) return unknown_id(id);
            steps.emplace_back(id, std::move(*matcher));
        }
    } else {
        for (const auto& matcher : asked.requests)
            steps.emplace_back(matcher);
    }
    return sequence_verification(asked, options, std::move(steps));
}

json::value sequence_verification::expected() const {
    json::array shown;
    for (const auto& step : steps_)
        shown.push_back(model::to_reduced_json(step.matcher()));
    return shown;
}

void sequence_verification::note_asked(verification_notes& notes) const {
    json::value question{json::object{}};
    if (asked_.by_id) {
        json::array ids;
        for (const auto& step : steps_)
            ids.push_back(id_json(step.id()));
        question.set("expectationIds", std::move(ids));
    }
    json::array requests;
    for (const auto& step : steps_)
        requests.push_back(model::to_json(step.matcher()));
    question.set("httpRequests", std::move(requests));
    set_limit(question, asked_.maximum_requests_in_failure);
    notes.asked("verifying sequence that match:{}", question, nullptr);
}

void sequence_verification::note_passed(event_log& log) const {
    verification_notes notes(log);
    note_asked(notes);
    notes.passed("request sequence found:{}", expected());
}

std::vector<std::size_t> sequence_verification::candidates(const log_snapshot& entries) const {
    return exchanges_of(entries, asked_.by_id, [&](const std::string& id) {
        return std::find(asked_.expectation_ids.begin(), asked_.expectation_ids.end(), id) !=
               asked_.expectation_ids.end();
    });
}

sequence_verification::order sequence_verification::found_in(const log_snapshot& entries,
                                                             const clock_bounds& bounds) const {
    struct reached {
        std::int64_t stamp = no_stamp;
        std::size_t position = 0;
    };
    struct place {
        std::int64_t stamp;
        std::uint32_t node;
    };
    const auto recorded = candidates(entries);
    std::vector<place> at;
    at.reserve(recorded.size());
    for (const auto index : recorded)
        at.push_back({entries.stamp_ns(index), entries.node(index)});
    recorded_exchange made;
    matching::request_facts facts;
    // Per node, the earliest entry at which the steps so far are met: of one node's entries an earlier one
    // serves every later step at least as well, whatever the order between nodes.
    std::vector<reached> surely(bounds.size());
    std::vector<reached> perhaps(bounds.size());
    bool first = true;
    for (const auto& step : steps_) {
        std::vector<reached> next_surely(bounds.size());
        std::vector<reached> next_perhaps(bounds.size());
        for (std::size_t position = 0; position < recorded.size(); ++position) {
            const auto [stamp, node] = at[position];
            if (next_surely[node].stamp != no_stamp) continue;
            const auto follows = [&, stamp = stamp, node = node](const std::vector<reached>& from,
                                                                 bool certain) {
                if (first) return true;
                for (std::uint32_t other = 0; other < from.size(); ++other) {
                    const auto& one = from[other];
                    if (one.stamp == no_stamp) continue;
                    if (other == node) {
                        if (one.position < position) return true;
                        continue;
                    }
                    const auto bound = bounds[other] + bounds[node];
                    if (certain ? one.stamp + bound < stamp : one.stamp - bound <= stamp) return true;
                }
                return false;
            };
            const bool possible = follows(perhaps, false);
            if (!possible) continue;
            const bool certain = follows(surely, true);
            if (!certain && next_perhaps[node].stamp != no_stamp) continue;
            entries.read(recorded[position], made);
            if (!step.hits(made, facts)) continue;
            if (next_perhaps[node].stamp == no_stamp) next_perhaps[node] = {stamp, position};
            if (certain) next_surely[node] = {stamp, position};
        }
        surely = std::move(next_surely);
        perhaps = std::move(next_perhaps);
        first = false;
    }
    const auto any = [](const std::vector<reached>& list) {
        return std::any_of(list.begin(), list.end(),
                           [](const reached& one) { return one.stamp != no_stamp; });
    };
    if (any(surely)) return order::every;
    return any(perhaps) ? order::some : order::none;
}

std::optional<std::string> sequence_verification::conclude(event_log& log, const log_snapshot& entries,
                                                           const log_tally& gone,
                                                           const clock_bounds& bounds) const {
    if (steps_.empty()) return "No expectations, requests or responses specified in verification sequence";
    const auto wanted = expected();
    verification_notes notes(log);
    note_asked(notes);
    const auto recorded = candidates(entries);
    recorded_exchange made;
    matching::request_facts facts;
    const auto hit = [&](const verification_target& step, std::size_t position) {
        entries.read(recorded[position], made);
        return step.hits(made, facts);
    };
    /// Positions at which steps from `first` on are met, one after another; shorter when one is not.
    const auto walk = [&](std::size_t first) {
        std::vector<std::size_t> met;
        for (std::size_t position = 0; position < recorded.size() && first + met.size() < steps_.size();
             ++position) {
            if (hit(steps_[first + met.size()], position)) met.push_back(position);
        }
        return met;
    };

    if (!bounds.empty()) {
        // In the order of the stamps it may be found or not; what counts is whether that order is known.
        const auto found = found_in(entries, bounds);
        if (found == order::every) {
            notes.passed("request sequence found:{}", wanted);
            return std::nullopt;
        }
        if (found == order::some) {
            auto text = unordered_text(bounds);
            notes.undecided("request sequence could not be verified, expected:{}because:{}", wanted, text);
            return text;
        }
    }
    const auto met = walk(0);
    if (met.size() == steps_.size()) {
        notes.passed("request sequence found:{}", wanted);
        return std::nullopt;
    }
    // Evicted requests are older than recorded ones: could they have met the first steps, and recorded ones
    // the rest?
    for (std::size_t first = 1; first <= steps_.size() && gone.evicted[first - 1].most > 0; ++first) {
        if (walk(first).size() < steps_.size() - first) continue;
        std::string text =
            "Request sequence could not be verified because the event log is not complete: the first " +
            counted(first, "step", "steps") +
            " may have been met by older requests that were evicted from the log.";
        text += evicted_remedy;
        notes.undecided("request sequence could not be verified, expected:{}because:{}", wanted, text);
        return text;
    }

    const auto total = recorded.size();
    const auto limit = asked_.maximum_requests_in_failure.value_or(options_.maximum_requests);
    const auto actual = actual_text(entries, recorded, total, limit,
                                    " but was not found, found " + std::to_string(total) + " other requests");
    notes.failed("request sequence not found, expected:{}but was:{}", wanted, entries, recorded);
    auto text = "Request sequence not found, expected:<" + json::pretty(wanted) + ">" + actual;
    if (!options_.detailed) return text;

    const auto& missing = steps_[met.size()];
    const auto step = std::to_string(met.size() + 1);
    const auto after = met.empty() ? 0 : met.back() + 1;
    std::uint64_t too_early = 0;
    bool never = true;
    for (std::size_t position = 0; position < total; ++position) {
        if (!hit(missing, position)) continue;
        never = false;
        if (!met.empty() && position < met.back()) ++too_early;
    }
    const difference_report report(entries, recorded, missing.compiled());
    if (never && !asked_.by_id) text += report.closest_match();
    text += "\n\nverification summary:\n  step " + step + " of " + std::to_string(steps_.size()) +
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
    if (!asked_.by_id) {
        if (const auto nearest = report.nearest(after); !nearest.empty())
            text += "  closest non-matching requests for step " + step +
                    " (fewest differing fields first):\n" + nearest;
    }
    return text;
}

base::result<std::optional<std::string>> verify_sequence(event_log& log, const expectations& live,
                                                         const model::verification_sequence& asked,
                                                         const verification_options& options) {
    const auto question = sequence_verification::of(live, asked, options);
    if (!question) return question.error();
    const auto entries = log.take();
    return question->conclude(log, entries, tally_evicted(entries, question->targets()), {});
}

} // namespace mockfleet::store
