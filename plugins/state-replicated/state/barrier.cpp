// The floor of all nodes and the waiters in order of their revisions.
#include "state/barrier.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

namespace {

constexpr std::chrono::milliseconds tick{10};

} // namespace

std::string joined(const std::vector<std::string>& nodes) {
    std::string text;
    for (const auto& node : nodes) {
        if (!text.empty()) text += ", ";
        text += node;
    }
    return text;
}

barrier::barrier(boost::asio::io_context& loop) : deadlines_(loop, tick, [this] { return answer_late(); }) {}

std::uint64_t barrier::applied_by(const std::string& node) const {
    const auto serving = serving_.find(node);
    if (serving != serving_.end()) return serving->second;
    const auto heard = heard_.find(node);
    return heard == heard_.end() ? 0 : heard->second;
}

void barrier::own_applied(std::uint64_t revision) {
    own_ = revision;
    settle();
}

void barrier::applied(const std::string& node, std::uint64_t revision) {
    heard_[node] = revision;
    const auto found = serving_.find(node);
    if (found == serving_.end() || found->second >= revision) return;
    found->second = revision;
    settle();
}

void barrier::serves(const std::string& node, std::uint64_t revision) {
    const auto heard = heard_.find(node);
    auto& applied = serving_[node];
    applied = std::max({applied, revision, heard == heard_.end() ? 0 : heard->second});
    settle();
}

void barrier::leaves(const std::string& node) {
    heard_.erase(node);
    if (serving_.erase(node) != 0) settle();
}

std::vector<std::string> barrier::missing(std::uint64_t revision) const {
    std::vector<std::string> names;
    if (own_ < revision) names.emplace_back("this node");
    for (const auto& [node, applied] : serving_) {
        if (applied < revision) names.push_back(node);
    }
    return names;
}

void barrier::settle() {
    auto lowest = own_;
    for (const auto& [node, applied] : serving_)
        lowest = std::min(lowest, applied);
    floor_.store(lowest, std::memory_order_release);
    while (!waiters_.empty() && waiters_.begin()->first <= floor_.load(std::memory_order_relaxed)) {
        const auto then = std::move(waiters_.begin()->second.then);
        waiters_.erase(waiters_.begin());
        then({});
    }
}

void barrier::wait(std::uint64_t revision, std::chrono::steady_clock::time_point deadline, reached then) {
    if (revision <= floor_.load(std::memory_order_relaxed)) return then({});
    if (stopped_) return then(late_for(revision));
    waiters_.emplace(revision, waiter{deadline, std::move(then)});
    deadlines_.run();
}

bool barrier::answer_late() {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::pair<std::uint64_t, reached>> late;
    for (auto at = waiters_.begin(); at != waiters_.end();) {
        if (at->second.deadline > now) {
            ++at;
            continue;
        }
        late.emplace_back(at->first, std::move(at->second.then));
        at = waiters_.erase(at);
    }
    for (const auto& [revision, then] : late)
        then(late_for(revision));
    return !waiters_.empty();
}

std::vector<std::string> barrier::late_for(std::uint64_t revision) const {
    auto names = missing(revision);
    if (names.empty()) names.emplace_back("this node");
    return names;
}

void barrier::stop() {
    stopped_ = true;
    deadlines_.stop();
    for (auto& [revision, one] : std::exchange(waiters_, {}))
        one.then(late_for(revision));
}

} // namespace mockfleet::replicated
