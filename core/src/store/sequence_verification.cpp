// The walk along the log, the verdict where stamps do not tell the order, and the texts of failures.
#include "store/sequence_verification.hpp"

#include "model/codec.hpp"
#include "store/disposition.hpp"
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
    const auto& responses = asked.responses;
    const bool alone = steps.empty();
    for (std::size_t i = 0; i < responses.size(); ++i) {
        if (alone) steps.emplace_back(model::request_matcher());
        if (i < steps.size()) steps[i].answered_with(responses[i]);
    }
    return sequence_verification(asked, options, std::move(steps));
}

json::value sequence_verification::expected_requests() const {
    json::array shown;
    if (!asked_.by_id && asked_.requests.empty()) return shown;
    for (const auto& step : steps_)
        shown.push_back(model::to_reduced_json(step.matcher()));
    return shown;
}

json::value sequence_verification::expected() const {
    if (asked_.responses.empty()) return expected_requests();
    json::array shown;
    for (const auto& response : asked_.responses)
        shown.push_back(model::to_json(response));
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
    if (asked_.by_id || !asked_.requests.empty()) {
        for (const auto& step : steps_)
            requests.push_back(model::to_json(step.matcher()));
    }
    question.set("httpRequests", std::move(requests));
    json::array responses;
    for (const auto& response : asked_.responses)
        responses.push_back(model::to_json(response));
    question.set("httpResponses", std::move(responses));
    set_number(question, limit_member, asked_.maximum_requests_in_failure);
    set_number(question, "timeout", asked_.timeout_ms);
    std::erase_if(question.as_object(), [](const json::member& one) {
        return one.content.is_array() && one.content.as_array().empty();
    });
    notes.asked("verifying sequence that match:{}", question, nullptr);
}

void sequence_verification::note_passed(event_log& log) const {
    verification_notes notes(log, what());
    note_asked(notes);
    notes.passed("request sequence found:{}", expected_requests());
}

std::vector<std::size_t> sequence_verification::candidates(const log_snapshot& entries) const {
    const auto& ids = asked_.expectation_ids;
    if (!asked_.by_id && asked_.responses.empty()) return all_exchanges(entries);
    return exchanges_where(entries, [&](const recorded_exchange& made) {
        if (!asked_.responses.empty() && !disposition_of(made)) return false;
        const auto* const by = answered_by(made);
        return !asked_.by_id ||
               (by != nullptr && std::find(ids.begin(), ids.end(), by->definition.id) != ids.end());
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
    exchange_facts facts;
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

std::string sequence_verification::refusal() const {
    if (steps_.empty()) return "No expectations, requests or responses specified in verification sequence";
    const auto responses = asked_.responses.size();
    if (responses == 0 || responses == steps_.size()) return {};
    return "Request and response sequences must be the same length for a response-aware verification "
           "sequence, found " +
           std::to_string(steps_.size()) + " request(s) and " + std::to_string(responses) + " response(s)";
}

std::optional<std::string> sequence_verification::conclude(event_log& log, const log_snapshot& entries,
                                                           const log_tally& gone, const clock_bounds& bounds,
                                                           std::int64_t since) const {
    verification_notes notes(log, what());
    note_asked(notes);
    if (auto text = refusal(); !text.empty()) return text;
    const auto wanted = expected();
    const auto recorded = candidates(entries);
    recorded_exchange made;
    exchange_facts facts;
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
            notes.passed("request sequence found:{}", expected_requests());
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
        notes.passed("request sequence found:{}", expected_requests());
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
    const std::string noun(noun_of(what()));
    const auto actual =
        actual_text(entries, recorded, what(), total, limit,
                    " but was not found, found " + std::to_string(total) + " other " + noun + "s");
    notes.failed(noun + " sequence not found, expected:{}but was:{}", wanted, entries, recorded,
                 asked_.responses.empty() ? verification_notes::shown::requests
                                          : verification_notes::shown::responses);
    auto text = std::string(subject_of(what())) + " sequence not found, expected:<" +
                json::pretty(asked_.responses.size() == 1 ? wanted.as_array().front() : wanted) + ">" +
                actual;
    if (!options_.detailed) return text;

    const auto& missing = steps_[met.size()];
    const auto step = std::to_string(met.size() + 1);
    const auto after = met.empty() ? 0 : met.back() + 1;
    std::uint64_t too_early = 0;
    bool never = true;
    bool asked_for = false; // the request of the step, however it was answered
    for (std::size_t position = 0; position < total; ++position) {
        const bool met_here = hit(missing, position);
        asked_for = asked_for || missing.selects(made, facts);
        if (!met_here) continue;
        never = false;
        if (!met.empty() && position < met.back()) ++too_early;
    }
    const difference_report report(entries, recorded, missing);
    const bool comparable = asked_.responses.empty() || (asked_for && limit > 0);
    if (never && !asked_.by_id && comparable) text += report.closest_match();
    text += "\n\nverification summary:\n  step " + step + " of " + std::to_string(steps_.size()) +
            " not found in ";
    if (met.empty()) {
        text += counted_records(total, what());
    } else {
        text += "the " + counted_records(total - after, what()) + " after step " +
                std::to_string(met.size()) + " matched recorded " + noun + " " + std::to_string(after) +
                " of " + std::to_string(total);
    }
    text += '\n';
    if (too_early != 0) {
        text += "  " + counted_records(too_early, what()) + " matched step " + step +
                " but came before step " + std::to_string(met.size()) + "'s match\n";
    }
    if (!asked_.by_id) {
        if (const auto nearest = report.nearest(after); !nearest.empty())
            text += "  closest non-matching " + noun + "s for step " + step +
                    " (fewest differing fields first):\n" + nearest;
    }
    if (asked_.patience().count() > 0) text += arrived_line(entries, recorded, since, what());
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
