// What a node without an engine, or with one that has no majority, does next: pure decisions, so that they
// can be tested.
#pragma once

#include "life/seed_question.hpp"
#include "settings/settings.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// What one other seed said when it was asked.
struct seed_view {
    std::size_t index = 0; ///< in settings.seeds
    bool answered = false;
    bool refused = false; ///< nothing listens there: the process is gone
    std::string trouble;  ///< why there is no answer
    seed_answer answer;
};

struct next_step {
    enum class kind {
        wait,
        bootstrap, ///< start a new fleet, named `token`
        join,      ///< ask seed `via` to be admitted
        replace,   ///< the own data are of a past fleet or of a removed member: put them aside, then join
        force,     ///< the majority is provably lost: go on with the own data alone
    };
    kind what = kind::wait;
    std::size_t via = 0;
    std::string token;
    std::string reason; ///< for the operator's log
};

/// How many seeds vote.
[[nodiscard]] std::size_t voter_count(const settings& of);

/// A voter whose directory is empty; `own_token` is what it would name a new fleet.
[[nodiscard]] next_step decide_without_data(const settings& of, const std::string& own_token,
                                            std::span<const seed_view> others);

/// A voter with data whose engine has no majority; `own` as it would answer.
[[nodiscard]] next_step decide_without_majority(const settings& of, const seed_answer& own,
                                                std::span<const seed_view> others);

/// Of two nodes, with the other gone: whether this one goes on alone. `tie_breaker`: it answered.
[[nodiscard]] next_step decide_survivor(const settings& of, const seed_view& other, bool tie_breaker);

/// name=url,... for a new fleet.
[[nodiscard]] std::string initial_cluster(const settings& of);
/// The same of members that exist; one that has not started yet has no name and gets its seed's.
[[nodiscard]] std::string initial_cluster(const settings& of, const std::vector<engine_member>& members);

} // namespace mockfleet::replicated
