// Nodes of a fleet inside one process: each with its own stores over one backend, and its own events.
#pragma once

#include "plugin/event_queue.hpp"
#include "store/scenario_timers.hpp"
#include "store_fixture.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::tests {

/// Applies nothing of what others do until catch_up(), unless it hears of it from the backend's answers.
struct fleet_node {
    explicit fleet_node(fake_state& shared, bool shared_times = true)
        : log(max_slots), machines(store::state_client(shared.backend())),
          timers(store::state_client(shared.backend()), machines, executor.get_executor()),
          live(store::state_client(shared.backend()), machines, {}, log, {100, shared_times},
               [] { return now; }) {
        for (auto* kind : kinds) {
            if (!run(kind->load())) throw std::runtime_error("load");
        }
        shared.watchers.push_back(
            [this](const std::string& space, const std::string& key, std::uint64_t version) {
                if (key.empty())
                    events.cleared(space);
                else
                    events.changed(space, key, version);
            });
    }

    void catch_up() { run(store::deliver(kinds, events.take())); }

    store::live_list put(std::vector<model::expectation> posted) {
        auto outcome = run(live.upsert(std::move(posted)));
        if (!outcome) throw std::runtime_error(outcome.error().message);
        return *outcome;
    }

    /// What answers, as the data plane finds it; empty if nothing does.
    std::string ask(sample request, std::size_t slot = 0) {
        matching::request_facts facts;
        store::expectations::claim claim;
        answered_version = 0;
        for (int attempt = 0; attempt < 100; ++attempt) {
            {
                facts.begin(request.view());
                const auto guard = live.read(slot);
                const auto* hit = live.match(guard, facts, now, slot);
                const bool paid = hit != nullptr && store::expectations::is_paid(claim, *hit);
                if (!paid && claim.paid != 0) run(live.give_back(claim.wanted->definition.id, claim.paid));
                if (hit == nullptr) return "";
                if (paid || !hit->undecided) return answer_of(hit->shared_from_this());
                claim = store::expectations::claim_for(*hit, facts);
            }
            const auto won = run(live.take(&claim));
            if (!won) return "error: " + won.error().message;
            if (*won) return answer_of(claim.wanted);
        }
        return "";
    }
    std::string ask(std::string path, std::size_t slot = 0) {
        return ask(sample{"GET", std::move(path)}, slot);
    }

    [[nodiscard]] std::optional<std::int64_t> shown_uses(const std::string& id) {
        if (!run(live.refresh_uses())) throw std::runtime_error("refresh");
        const auto found = live.find(id);
        return found ? found->current().times.remaining : std::nullopt;
    }

    static std::string answer_of(const store::live_pointer& one) {
        answered_version = one->version;
        return one->definition.id;
    }

    inline static thread_local std::uint64_t answered_version = 0; ///< of what the last ask found
    static constexpr std::size_t max_slots = 8;
    static constexpr std::int64_t now = 1'780'000'000'123'000'000;
    boost::asio::io_context executor{1};
    store::event_log log;
    store::scenarios machines;
    store::scenario_timers timers;
    store::expectations live;
    std::array<store::shared_kind*, 3> kinds{&machines, &timers, &live};
    plugin::event_queue events{[] {}};
};

inline model::expectation limited(std::string id, std::string path, std::int64_t uses) {
    auto made = expectation(std::move(id), std::move(path));
    made.times.remaining = uses;
    return made;
}

inline model::expectation step(std::string id, std::string path, std::string scenario, std::string from,
                               std::string to) {
    auto made = expectation(std::move(id), std::move(path));
    made.scenario_name = std::move(scenario);
    made.scenario_state = std::move(from);
    made.new_scenario_state = std::move(to);
    return made;
}

} // namespace mockfleet::tests
