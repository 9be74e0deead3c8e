// Whether this node may answer, and if not, why: for readiness and for every answer.
#pragma once

#include "store/state_client.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::control {

/// Thread-safe. A node answers from the moment its state and its compiled matchers are there until it drains,
/// and not while the state backend says that it is cut off.
class node_health {
public:
    explicit node_health(const store::state_client& state) : state_(state) {}

    void now_loaded() { loaded_.store(true, std::memory_order_release); }
    void now_draining() { draining_.store(true, std::memory_order_release); }
    void now_lost() { lost_.store(true, std::memory_order_release); }
    /// It was cut off and has not read yet what it missed.
    void now_behind(bool is) { behind_.store(is, std::memory_order_release); }

    using contact = store::contact;
    /// What is known of the others: cheap enough for every request.
    [[nodiscard]] contact in_contact() const {
        const auto now = state_.in_contact();
        return now == contact::held && behind_.load(std::memory_order_acquire) ? contact::lost : now;
    }

    /// Its state and its compiled matchers are there. Cheap enough for every request.
    [[nodiscard]] bool is_loaded() const { return loaded_.load(std::memory_order_acquire); }

    [[nodiscard]] bool is_draining() const { return draining_.load(std::memory_order_acquire); }

    /// Why the node is not ready, for people and balancers; empty = ready.
    [[nodiscard]] std::vector<std::string> reasons() const {
        std::vector<std::string> found;
        if (!loaded_.load(std::memory_order_acquire)) found.emplace_back("loading-state");
        if (is_draining()) found.emplace_back("draining");
        if (lost_.load(std::memory_order_acquire)) found.emplace_back("backend-lost");
        if (loaded_.load(std::memory_order_acquire) && in_contact() != contact::held)
            found.emplace_back(isolated);
        return found;
    }
    /// What does not work although the node answers; for start-up wiring and then for any thread.
    void add_details(std::function<std::vector<std::string>()> ask) { details_.push_back(std::move(ask)); }
    [[nodiscard]] std::vector<std::string> details() const {
        std::vector<std::string> found;
        for (const auto& ask : details_) {
            for (auto& one : ask())
                found.push_back(std::move(one));
        }
        return found;
    }
    /// In one word, for the list of members.
    [[nodiscard]] std::string_view state() const {
        if (is_draining()) return "draining";
        if (!loaded_.load(std::memory_order_acquire)) return "joining";
        return in_contact() == contact::held ? "serving" : "isolated";
    }

    /// The words for answers that are refused: the node is cut off, or is not in its fleet yet.
    static constexpr const char* isolated = "cluster-isolated";
    static constexpr const char* joining = "cluster-joining";

private:
    store::state_client state_;
    std::atomic<bool> loaded_{false};
    std::atomic<bool> draining_{false};
    std::atomic<bool> lost_{false};
    std::atomic<bool> behind_{false};
    std::vector<std::function<std::vector<std::string>()>> details_;
};

} // namespace mockfleet::control
