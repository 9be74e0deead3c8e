// Anti-entropy by hashes at equal revisions, and the sweep of parts without an entry.
#include "state/caretaker.hpp"

#include "base/wire.hpp"

#include <algorithm>
#include <chrono>

namespace mockfleet::replicated {

using namespace std::chrono_literals;

namespace {

constexpr auto period = 30s;
constexpr auto orphan_age = 120s;
constexpr std::size_t most_hashes = 512;
const std::string hash_topic = "hash";
const std::string resync_topic = "resync";

} // namespace

caretaker::caretaker(boost::asio::io_context& loop, engine& store, const replica& copy, feed& fed,
                     const roster& members, peer_fabric* fabric, const seat& own, plugin::host host)
    : engine_(store), replica_(copy), feed_(fed), members_(members), fabric_(fabric), seat_(own), host_(host),
      timer_(loop) {
    if (fabric_ == nullptr) return;
    fabric_->handle(hash_topic, [this](const std::string&, std::string_view, std::chrono::milliseconds,
                                       peer_fabric::answer answer) {
        std::string bytes;
        wire_writer to(bytes);
        to.number(replica_.applied());
        to.fixed64(replica_.hash());
        answer(MF_OK, bytes);
    });
    fabric_->handle(resync_topic, [this](const std::string&, std::string_view, std::chrono::milliseconds,
                                         peer_fabric::answer answer) {
        feed_.resync("its copy differs from the coordinator's");
        answer(MF_OK, {});
    });
}

void caretaker::start() {
    if (stopped_) return;
    timer_.expires_after(period);
    timer_.async_wait(lifetime_.guard([this](boost::system::error_code ec) {
        if (ec || stopped_) return;
        round();
        start();
    }));
}

void caretaker::stop() {
    stopped_ = true;
    timer_.cancel();
}

void caretaker::applied(std::uint64_t revision) {
    hashes_.emplace_back(revision, replica_.hash());
    if (hashes_.size() > most_hashes) hashes_.pop_front();
}

bool caretaker::coordinates() const {
    const auto& table = members_.table();
    const auto found = table.find(coordinator_of(table));
    return seat_.is_serving() && found != table.end() && found->second.life == seat_.life();
}

void caretaker::round() {
    if (!coordinates()) return;
    sweep();
    if (fabric_ == nullptr) return;
    for (const auto& node : members_.live_peers())
        compare_with(node);
}

void caretaker::compare_with(const std::string& node) {
    fabric_->request(node, hash_topic, {}, 2000ms, lifetime_.guard([this, node](const peer_result& reply) {
        if (stopped_ || reply.status != MF_OK) return;
        wire_reader from(reply.payload);
        const auto revision = from.number();
        const auto hash = from.fixed64();
        if (!from.ended()) return;
        const auto here = std::find_if(hashes_.begin(), hashes_.end(),
                                       [&](const auto& one) { return one.first == revision; });
        if (here == hashes_.end() || here->second == hash) return;
        // Which of the two is wrong is not known: both read the store again.
        host_.count("mock_server_cluster_divergences");
        host_.log().error("two nodes hold different copies of the same revision; both read the store again",
                          {{"node", node}, {"revision", std::to_string(revision)}});
        fabric_->request(node, resync_topic, {}, 2000ms, [](const peer_result&) {});
        feed_.resync("its copy differs from another node's");
    }));
}

void caretaker::sweep() {
    for (const auto& prefix : replica_.orphans(orphan_age)) {
        transaction asked;
        operation remove;
        remove.what = operation::kind::remove;
        remove.key = prefix;
        remove.range_end = prefix_end(prefix);
        asked.then.push_back(std::move(remove));
        engine_.transact(std::move(asked), [](engine_answer<transaction_result>) {});
    }
}

} // namespace mockfleet::replicated
