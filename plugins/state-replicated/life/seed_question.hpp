// What nodes ask each other before and while they have an engine, in the plugin's own versioned bytes.
#pragma once

#include "etcd/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// How far a node has come. `bootstrapping`: it has decided to start a new fleet; `recovering`: it has data,
/// but its engine has no quorum (yet); `running`: it does.
enum class seed_phase : std::uint8_t { empty = 0, bootstrapping = 1, recovering = 2, running = 3 };

struct seed_question {
    enum class kind : std::uint8_t {
        look = 0,    ///< what are you?
        admit = 1,   ///< make me a learner, in the place of a member of my name
        promote = 2, ///< I have caught up: let me vote
    };
    kind what = kind::look;
    std::string cluster; ///< clusterName
    std::string name;    ///< of the asker
    std::string peer_url;
    std::uint64_t member_id = 0; ///< promote
};

struct seed_answer {
    bool accepted = true; ///< false: `reason`, ask again later
    std::string reason;
    std::string cluster;
    std::string name;
    seed_phase phase = seed_phase::empty;
    bool votes = false;
    std::string token; ///< empty: what it would name a new fleet; bootstrapping: what it has named it
    std::uint64_t cluster_id = 0;
    std::uint64_t member_id = 0;
    std::uint64_t term = 0; ///< with log_index: who has more of the log
    std::uint64_t log_index = 0;
    bool learner = false;
    std::vector<engine_member> members; ///< when running
};

[[nodiscard]] std::string encode(const seed_question& question);
[[nodiscard]] std::string encode(const seed_answer& answer);
/// nullopt: of another version, or damaged.
[[nodiscard]] std::optional<seed_question> decode_seed_question(std::string_view bytes);
[[nodiscard]] std::optional<seed_answer> decode_seed_answer(std::string_view bytes);

} // namespace mockfleet::replicated
