// One connection between two nodes once it is open: who is there, then frames in both directions.
#pragma once

#include "peer/peer_frame.hpp"
#include "peer/peer_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mockfleet::replicated {

/// What a node says of itself.
struct peer_identity {
    std::string cluster;
    std::string node;
    std::string token;
};

/// Why a link ended. `cut`: the other side closed or reset it, as the system does for a process that ended.
struct link_end {
    std::string reason;
    bool cut = false;
    bool refused = false; ///< by the greeting: another fleet, another token, another protocol
};

/// All calls and callbacks on the loop; `ended` is called once, never before start returned, unless the owner
/// closed the link itself.
class peer_link final : public std::enable_shared_from_this<peer_link> {
public:
    struct events {
        std::function<void()> ready; ///< peer() is proven
        std::function<void(frame_type, std::string_view)> frame;
        std::function<void(const link_end&)> ended;
    };

    peer_link(std::shared_ptr<peer_stream> stream, boost::asio::any_io_executor loop, stream_side side,
              const peer_identity& own);

    void start(events told);
    /// Frames are sent in order, several in one write.
    void send(std::string frame);
    /// Takes the place of a revision that has not been written yet.
    void send_applied(const applied_frame& frame);
    void close();

    [[nodiscard]] const std::string& peer() const { return peer_; }
    [[nodiscard]] bool is_ready() const { return ready_; }
    [[nodiscard]] std::size_t waiting_bytes() const { return queued_.size() + writing_.size(); }

private:
    void read_on();
    bool take(frame_type type, std::string_view body);
    bool greet_as_connecting(frame_type type, std::string_view body);
    bool greet_as_listening(frame_type type, std::string_view body);
    void become_ready();
    void flush();
    /// Sends the reason, then ends.
    bool refuse(const std::string& reason);
    void end(link_end why);

    std::shared_ptr<peer_stream> stream_;
    boost::asio::steady_timer patience_;
    stream_side side_;
    peer_identity own_;
    events told_;
    frame_cutter cutter_;
    hello_frame hello_;
    challenge own_nonce_{};
    std::string peer_;
    std::string queued_;
    std::string writing_;
    std::optional<applied_frame> applied_;
    bool greeted_ = false;
    bool ready_ = false;
    bool ended_ = false;
    bool closing_ = false; ///< once the queue is written
    link_end last_words_;
};

} // namespace mockfleet::replicated
