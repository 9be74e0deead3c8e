// Nodes of a fleet inside one test: what one asks the others answer, with faults on demand.
#pragma once

#include "plugin/backend.hpp"

#include <mockfleet/state.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::tests {

/// Each node has a backend that knows peers and describe, no data. Questions are handed over on the caller's
/// thread.
class fake_peers {
public:
    struct node {
        std::string id;
        fake_peers* fleet = nullptr;
        /// The host's on_peer of that node.
        std::function<void(std::string_view topic, std::string_view payload, mf_peer_answer)> on_peer;
        mf_status answers_with = MF_OK; ///< anything else: the node cannot be reached
        bool member = true;
        int asked = 0;
        std::unique_ptr<plugin::state_backend> backend;
    };

    explicit fake_peers(std::vector<std::string> ids) {
        for (auto& id : ids) {
            auto made = std::make_unique<node>();
            made->id = std::move(id);
            made->fleet = this;
            made->backend = std::make_unique<plugin::state_backend>(
                "state-peers", table(), reinterpret_cast<mf_state*>(made.get()), nullptr);
            nodes_.push_back(std::move(made));
        }
    }
    [[nodiscard]] node& at(std::size_t index) { return *nodes_[index]; }

    /// Called when a node is asked, before it answers.
    std::function<void(node&)> before_answer;

private:
    static node& of(mf_state* state) { return *reinterpret_cast<node*>(state); }

    static mf_state_ops table() {
        mf_state_ops ops{};
        ops.struct_size = sizeof(ops);
        ops.calls = MF_CALLS_NONBLOCKING;
        ops.peers = [](mf_state* state, const mf_call*, mf_slice topic, mf_slice payload, mf_peer_sink sink,
                       mf_state_done done) {
            auto& self = of(state);
            ask_next(self, 0, topic, payload, sink, done);
        };
        ops.describe = [](mf_state* state, mf_state_info_done done) {
            auto& self = of(state);
            std::vector<mf_member> members;
            for (const auto& one : self.fleet->nodes_) {
                if (!one->member) continue;
                members.push_back({plugin::to_slice(one->id),
                                   {},
                                   {},
                                   0,
                                   members.empty() ? 1 : 0,
                                   one.get() == &self ? 1 : 0});
            }
            mf_state_info info{};
            info.struct_size = sizeof(info);
            info.node_id = plugin::to_slice(self.id);
            info.coordinator = members.front().id;
            info.clustered = 1;
            info.members = members.data();
            info.member_count = members.size();
            done.call(done.ctx, &info);
        };
        return ops;
    }

    struct question {
        node* asker;
        std::size_t next;
        mf_slice topic;
        mf_slice payload;
        mf_peer_sink sink;
        mf_state_done done;
    };

    static void ask_next(node& asker, std::size_t index, mf_slice topic, mf_slice payload, mf_peer_sink sink,
                         mf_state_done done) {
        auto& nodes = asker.fleet->nodes_;
        for (; index < nodes.size(); ++index) {
            auto& one = *nodes[index];
            if (&one == &asker || !one.member) continue;
            ++one.asked;
            if (asker.fleet->before_answer) asker.fleet->before_answer(one);
            if (one.answers_with != MF_OK) {
                static constexpr std::string_view reason = "no connection";
                const mf_peer_reply reply{sizeof(mf_peer_reply), one.answers_with, plugin::to_slice(one.id),
                                          plugin::to_slice(reason)};
                sink.call(sink.ctx, &reply);
                continue;
            }
            auto* open = new question{&asker, index, topic, payload, sink, done};
            one.on_peer(plugin::to_view(topic), plugin::to_view(payload),
                        {[](void* ctx, mf_status status, mf_slice answer) {
                             const std::unique_ptr<question> asked(static_cast<question*>(ctx));
                             const mf_peer_reply reply{
                                 sizeof(mf_peer_reply), status,
                                 plugin::to_slice(asked->asker->fleet->nodes_[asked->next]->id), answer};
                             asked->sink.call(asked->sink.ctx, &reply);
                             ask_next(*asked->asker, asked->next + 1, asked->topic, asked->payload,
                                      asked->sink, asked->done);
                         },
                         open});
            return;
        }
        mf_state_reply reply{};
        reply.struct_size = sizeof(reply);
        done.call(done.ctx, &reply);
    }

    std::vector<std::unique_ptr<node>> nodes_;
};

} // namespace mockfleet::tests
