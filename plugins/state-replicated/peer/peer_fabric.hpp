// The connections between the nodes: what each has applied, questions with answers, and who is gone.
#pragma once

#include "base/hybrid_clock.hpp"
#include "base/seed_probe.hpp"
#include "base/ticker.hpp"
#include "peer/peer_link.hpp"
#include "settings/settings.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace mockfleet::replicated {

struct peer_address {
    std::string node;
    std::string host;
    std::uint16_t port = 0;
};

/// The outcome of a request: MF_OK with the payload, what the peer's handler answered, MF_UNAVAILABLE when
/// the connection broke (whether the peer acted is unknown), MF_TIMEOUT.
struct peer_result {
    mf_status status = MF_UNAVAILABLE;
    std::string payload; ///< or the reason
};

/// All calls and callbacks on the loop. Each node keeps one outgoing connection per peer: its own revisions
/// and requests go out there and the answers come back there; what peers say comes in on theirs.
class peer_fabric final : public seed_probe {
public:
    using request_done = std::function<void(peer_result)>;
    using answer = std::function<void(mf_status, std::string)>;
    /// Views are valid until the handler returns. `answer` is called once, now or later.
    using handler = std::function<void(const std::string& node, std::string_view payload,
                                       std::chrono::milliseconds patience, answer)>;

    peer_fabric(boost::asio::io_context& loop, const settings& asked, std::string node, plugin::host host);
    ~peer_fabric() override;
    peer_fabric(const peer_fabric&) = delete;
    peer_fabric& operator=(const peer_fabric&) = delete;

    /// Listens; the reason when it cannot.
    [[nodiscard]] std::string listen();
    void stop();
    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// The peers to be connected with, without this node. Connections to others end.
    void connect_to(const std::vector<peer_address>& peers);
    void handle(const std::string& topic, handler with) { handlers_[topic] = std::move(with); }
    /// Told to every peer, the newest only.
    void push_applied(std::uint64_t revision, std::uint64_t settled);
    void request(const std::string& node, const std::string& topic, std::string_view payload,
                 std::chrono::milliseconds patience, request_done done);
    [[nodiscard]] bool is_up(const std::string& node) const;

    std::function<void(const std::string& node, std::uint64_t revision, std::uint64_t settled)> on_applied;
    /// A connection to the node ended and nothing listens there any more: the process is gone.
    std::function<void(const std::string& node)> on_gone;

    void ask(const seed_address& seed, std::string question, std::chrono::milliseconds deadline,
             std::function<void(seed_reply)> done) override;
    void respond_with(responder who) override { responder_ = std::move(who); }

private:
    struct outgoing;
    struct incoming;
    struct question;
    struct pending {
        std::string node;
        std::chrono::steady_clock::time_point deadline;
        request_done done;
        std::string unsent; ///< the frame, until the connection is there
        std::chrono::milliseconds patience{0};
    };

    void accept();
    void complain_of(const std::string& address, const std::string& node, const std::string& cause);
    void dial(const std::shared_ptr<outgoing>& to);
    void dial_later(const std::shared_ptr<outgoing>& to);
    void link_up(const std::shared_ptr<outgoing>& to, boost::asio::ip::tcp::socket socket);
    void link_down(const std::shared_ptr<outgoing>& to, const link_end& why);
    void send_waiting(const std::string& node);
    void take_answer(std::string_view body);
    void take_incoming(const std::shared_ptr<incoming>& from, frame_type type, std::string_view body);
    void serve(const std::shared_ptr<incoming>& from, const request_frame& asked);
    void fail_all(const std::string& node, const std::string& reason);
    /// Answers those whose deadline has passed; whether others wait.
    bool answer_late();

    boost::asio::io_context& loop_;
    settings asked_;
    peer_identity own_;
    plugin::host host_;
    peer_streams streams_;
    hybrid_clock clock_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer accept_again_;
    ticker deadlines_;
    std::map<std::string, std::chrono::steady_clock::time_point> complaints_; ///< when each was said last
    bool stopped_ = false;
    std::uint16_t port_ = 0;
    std::uint64_t applied_ = 0;
    std::uint64_t settled_ = 0;
    std::uint64_t next_id_ = 0;
    std::map<std::string, std::shared_ptr<outgoing>> peers_;
    std::set<std::shared_ptr<incoming>> incoming_;
    std::set<std::shared_ptr<question>> questions_;
    std::unordered_map<std::uint64_t, pending> pending_;
    std::map<std::string, handler, std::less<>> handlers_;
    responder responder_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); ///< for answers that come after the end
};

} // namespace mockfleet::replicated
