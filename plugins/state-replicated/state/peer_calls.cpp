// Fan-out with one reply per node, and the way of an answer from the host's thread to the asking node.
#include "state/peer_calls.hpp"

#include "base/wire.hpp"

#include <boost/asio/post.hpp>

#include <mutex>
#include <utility>

namespace mockfleet::replicated {

using plugin::slice;
using plugin::view;

namespace {

const std::string host_topic = "host";
constexpr std::size_t most_early = 1024;

} // namespace

/// Lets late answers find out that there is no loop any more.
struct peer_calls::gate {
    std::mutex mutex;
    boost::asio::io_context* loop = nullptr;
};

struct peer_calls::served {
    std::string topic;
    std::string payload;
    peer_fabric::answer answer;
    std::shared_ptr<gate> to;

    static void call(void* ctx, mf_status status, mf_slice payload) noexcept {
        std::unique_ptr<served> self(static_cast<served*>(ctx));
        try {
            std::string bytes(view(payload));
            const std::lock_guard lock(self->to->mutex);
            if (self->to->loop == nullptr) return;
            boost::asio::post(*self->to->loop, [answer = std::move(self->answer), status,
                                                bytes = std::move(bytes)] { answer(status, bytes); });
        } catch (const std::exception&) {
            // Out of memory: the asking node's deadline will tell it.
        }
    }
};

peer_calls::peer_calls(boost::asio::io_context& loop, peer_fabric& fabric, const roster& members,
                       plugin::host host)
    : fabric_(fabric), members_(members), host_(host), gate_(std::make_shared<gate>()) {
    gate_->loop = &loop;
    fabric_.handle(host_topic, [this](const std::string&, std::string_view payload, std::chrono::milliseconds,
                                      peer_fabric::answer answer) { serve(payload, std::move(answer)); });
}

void peer_calls::serve(std::string_view payload, peer_fabric::answer answer) {
    wire_reader from(payload);
    const auto topic = from.text();
    const auto rest = from.rest();
    if (!from.ok()) return answer(MF_INVALID, "a malformed call of a node");
    if (stopped_) return answer(MF_UNAVAILABLE, "the node is stopping");
    if (!open_) {
        // Others know this node a moment before its host may be asked.
        if (early_.size() >= most_early) return answer(MF_UNAVAILABLE, "the node is starting");
        early_.emplace_back(payload, std::move(answer));
        return;
    }
    auto call = std::make_unique<served>();
    call->topic = topic;
    call->payload = rest;
    call->answer = std::move(answer);
    call->to = gate_;
    const auto* const table = host_.table();
    // Taken back by the answer, whenever that comes.
    auto* const kept = call.release();
    table->on_peer(table->ctx, slice(kept->topic), slice(kept->payload), {&served::call, kept});
}

void peer_calls::open() {
    open_ = true;
    for (auto& [payload, answer] : std::exchange(early_, {}))
        serve(payload, std::move(answer));
}

void peer_calls::stop() {
    open_ = false;
    stopped_ = true;
    early_.clear();
    const std::lock_guard lock(gate_->mutex);
    gate_->loop = nullptr;
}

void peer_calls::ask(const std::string& topic, const std::string& payload, std::chrono::milliseconds patience,
                     mf_peer_sink sink, plugin::state_completion done) {
    const auto nodes = members_.live_peers();
    if (nodes.empty()) return done.ok();
    struct round {
        std::size_t left = 0;
        plugin::state_completion done;
    };
    auto now = std::make_shared<round>();
    now->left = nodes.size();
    now->done = std::move(done);
    std::string bytes;
    wire_writer to(bytes);
    to.text(topic);
    to.raw(payload);
    for (const auto& node : nodes) {
        fabric_.request(node, host_topic, bytes, patience, [now, node, sink](const peer_result& reply) {
            const mf_peer_reply told{sizeof(mf_peer_reply), reply.status, slice(node), slice(reply.payload)};
            sink.call(sink.ctx, &told);
            if (--now->left == 0) now->done.ok();
        });
    }
}

} // namespace mockfleet::replicated
