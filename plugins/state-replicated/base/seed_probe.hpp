// Questions between nodes that may not have an engine yet: asked of a seed's ack port, answered by its
// lifecycle.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace mockfleet::replicated {

/// Where a node's peer fabric listens (its clusterAckPort).
struct seed_address {
    std::string host; ///< a name or an address, without brackets
    std::uint16_t ack_port = 0;
};

/// What became of a question. `refused`: nothing listens there (connection refused or reset), so the
/// process is not there; a time-out is not that.
struct seed_reply {
    bool answered = false;
    bool refused = false;
    std::string payload; ///< when answered
    std::string reason;  ///< when not, for the operator's log
};

/// Implemented by the peer fabric. It works before this node has an engine or a seat: from the fabric's
/// start to its stop. Both sides are authenticated like every call of the fabric (mTLS, token). Payloads are
/// opaque here, up to 64 KiB. All calls and completions on the fleet loop.
class seed_probe {
public:
    virtual ~seed_probe() = default;

    /// `done` is called once, within `deadline` or a little later, never before ask returns.
    virtual void ask(const seed_address& seed, std::string question, std::chrono::milliseconds deadline,
                     std::function<void(seed_reply)> done) = 0;

    /// Who answers the questions of others: `answer` is called once, now or later (adding a member takes a
    /// while). Without a responder a question is not answered (`answered` false at the asker). An empty
    /// responder takes it back; answers that come later than that are dropped.
    using responder = std::function<void(std::string question, std::function<void(std::string)> answer)>;
    virtual void respond_with(responder who) = 0;
};

} // namespace mockfleet::replicated
