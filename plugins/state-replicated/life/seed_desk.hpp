// Answers the questions of other nodes: what this one is, and, when its engine runs, their way in.
#pragma once

#include "etcd/etcd_client.hpp"
#include "life/engine_log.hpp"
#include "life/seed_question.hpp"
#include "settings/settings.hpp"

#include <mockfleet/plugin.hpp>

#include <functional>
#include <memory>
#include <string>

namespace mockfleet::replicated {

class seed_desk : public std::enable_shared_from_this<seed_desk> {
public:
    using reply = std::function<void(seed_answer)>;

    /// How far this node is, what it would name or has named a new fleet, what its engine said of itself.
    struct place {
        seed_phase phase = seed_phase::empty;
        std::string token;
        engine_identity engine;
    };
    seed_desk(etcd_client& client, settings of, plugin::logger log, std::function<place()> where);

    void answer(const std::string& question, std::function<void(std::string)> done);
    /// What `look` answers; also for the own decisions.
    void look(reply done);
    /// Questions that are under way are dropped.
    void close() { closed_ = true; }

private:
    void admit(const seed_question& question, reply done);
    void add(const seed_question& question, reply done);
    void promote(const seed_question& question, reply done);
    void with_status(seed_answer answer, reply done);
    [[nodiscard]] seed_answer blank() const;
    [[nodiscard]] seed_answer refusal(const std::string& reason) const;
    [[nodiscard]] bool is_voter(const seed_question& question) const;

    etcd_client& client_;
    settings of_;
    plugin::logger log_;
    std::function<place()> where_;
    bool closed_ = false;
};

} // namespace mockfleet::replicated
