// The decisions. None guesses: what cannot be told from the answers waits.
#include "life/lifecycle_rules.hpp"

#include "life/engine_command.hpp"
#include "settings/seed_list.hpp"

#include <algorithm>
#include <tuple>

namespace mockfleet::replicated {

namespace {

using kind = next_step::kind;

bool counts(const settings& of, const seed_view& view) {
    return view.answered && view.answer.cluster == of.cluster_name;
}

std::string name_of(const settings& of, const seed_view& view) {
    return authority(of.seeds[view.index].host, of.seeds[view.index].peer_port);
}

const seed_view* running_one(const settings& of, std::span<const seed_view> others) {
    const auto found = std::find_if(others.begin(), others.end(), [&](const seed_view& one) {
        return counts(of, one) && one.answer.phase == seed_phase::running;
    });
    return found == others.end() ? nullptr : &*found;
}

/// The voters that have not answered, with why.
std::string silent_voters(const settings& of, std::span<const seed_view> others) {
    std::string text;
    for (const auto& one : others) {
        if (one.index >= of.voters || counts(of, one)) continue;
        const auto why = one.answered ? "is of the fleet '" + one.answer.cluster + "'" : one.trouble;
        text += (text.empty() ? "" : "; ") + name_of(of, one) + ": " + why;
    }
    return text;
}

} // namespace

std::size_t voter_count(const settings& of) {
    return std::min<std::size_t>(of.voters, of.seeds.size());
}

next_step decide_without_data(const settings& of, const std::string& own_token,
                              std::span<const seed_view> others) {
    if (const auto* one = running_one(of, others)) return {kind::join, one->index, {}, "the fleet runs"};
    std::size_t empty = 1;
    std::size_t first = of.self;
    std::string token = own_token;
    bool named = false;
    std::size_t named_by = 0;
    for (const auto& one : others) {
        if (!counts(of, one) || one.index >= of.voters) continue;
        if (one.answer.phase == seed_phase::recovering) {
            return {kind::wait,
                    0,
                    {},
                    name_of(of, one) +
                        " has the fleet's data but no majority yet; the other nodes with data are "
                        "needed"};
        }
        ++empty;
        first = std::min(first, one.index);
        // Of several that begin at the same time all the others have to choose the same.
        if (one.answer.phase == seed_phase::bootstrapping && (!named || one.index < named_by)) {
            named = true;
            named_by = one.index;
            token = one.answer.token;
        }
    }
    const auto majority = voter_count(of) / 2 + 1;
    if (empty < majority) {
        return {kind::wait,
                0,
                {},
                "a new fleet needs " + std::to_string(majority) + " of " + std::to_string(voter_count(of)) +
                    " voting nodes, " + std::to_string(empty) + " are here (" + silent_voters(of, others) +
                    ")"};
    }
    // The first of those that are here gives the fleet its name; two names would be two fleets.
    if (!named && first != of.self)
        return {kind::wait,
                0,
                {},
                "a new fleet is about to be started by " +
                    authority(of.seeds[first].host, of.seeds[first].peer_port)};
    return {kind::bootstrap, 0, token, "no node has data"};
}

next_step decide_without_majority(const settings& of, const seed_answer& own,
                                  std::span<const seed_view> others) {
    if (const auto* one = running_one(of, others)) {
        const auto& there = one->answer;
        const bool member = std::any_of(there.members.begin(), there.members.end(),
                                        [&](const engine_member& m) { return m.id == own.member_id; });
        if (own.member_id != 0 && (there.cluster_id != own.cluster_id || !member)) {
            return {kind::replace,
                    one->index,
                    {},
                    there.cluster_id != own.cluster_id ? "the fleet was started anew without this node's data"
                                                       : "the fleet has removed this member"};
        }
        return {kind::wait, 0, {}, "the fleet runs; waiting for this node's engine to reach it"};
    }
    std::size_t holders = 1;
    std::size_t unknown = 0;
    bool best = true;
    const auto rank = [](const seed_answer& one) { return std::tie(one.term, one.log_index, one.name); };
    for (const auto& one : others) {
        if (one.index >= of.voters) continue;
        if (!counts(of, one)) {
            ++unknown;
        } else if (one.answer.phase != seed_phase::empty) {
            ++holders;
            best = best && rank(one.answer) < rank(own);
        }
    }
    const auto majority = voter_count(of) / 2 + 1;
    // Whoever starts a new fleet waits for the others to follow.
    const bool had_fleet = own.phase != seed_phase::bootstrapping && own.member_id != 0;
    if (unknown == 0 && holders < majority && had_fleet) {
        // Without knowing who has more of the log, nobody goes on.
        if (holders > 1 && own.log_index == 0)
            return {kind::wait,
                    0,
                    {},
                    "the majority is lost, and it is not known which node has the newest data"};
        if (!best) return {kind::wait, 0, {}, "the majority is lost; a node with newer data goes on"};
        return {kind::force,
                0,
                {},
                "the majority is lost for good: every other voting node answers that it has no data"};
    }
    return {kind::wait, 0, {}, "the engine has no majority (" + silent_voters(of, others) + ")"};
}

next_step decide_survivor(const settings& of, const seed_view& other, bool tie_breaker) {
    if (of.survivor == two_node_survivor::none || voter_count(of) != 2 || other.answered)
        return {kind::wait, 0, {}, "the other node is there"};
    if (of.survivor == two_node_survivor::force && other.refused)
        return {kind::force, 0, {}, "the other of two nodes has ended (its port refuses connections)"};
    if (tie_breaker)
        return {kind::force, 0, {}, "the other of two nodes is out of reach, clusterTieBreaker is not"};
    return {kind::wait,
            0,
            {},
            "the other of two nodes is out of reach, and so is clusterTieBreaker: this may be the wrong side "
            "of a "
            "split"};
}

std::string initial_cluster(const settings& of) {
    std::string text;
    for (std::size_t i = 0; i < voter_count(of); ++i)
        text += (text.empty() ? "" : ",") + of.seeds[i].name + "=" + peer_url(of, of.seeds[i]);
    return text;
}

std::string initial_cluster(const settings& of, const std::vector<engine_member>& members) {
    std::string text;
    for (const auto& one : members) {
        std::string name = one.name;
        for (const auto& seed : of.seeds) {
            const auto url = peer_url(of, seed);
            if (std::find(one.peer_urls.begin(), one.peer_urls.end(), url) != one.peer_urls.end())
                name = seed.name;
        }
        if (name.empty()) name = "member-" + std::to_string(one.id);
        for (const auto& url : one.peer_urls)
            text += (text.empty() ? "" : ",") + name + "=" + url;
    }
    return text;
}

} // namespace mockfleet::replicated
