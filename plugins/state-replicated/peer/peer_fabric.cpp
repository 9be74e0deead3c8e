// Keeps the connections to the peers: dialling again, requests and their deadlines, serving what peers ask.
#include "peer/peer_fabric.hpp"

#include "net/tcp.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{1000};
constexpr milliseconds dial_patience{1500};
/// A refusal this soon after a cut connection means that the process ended, not that a wire did.
constexpr milliseconds gone_within{2000};
constexpr milliseconds deadline_tick{20};
constexpr milliseconds connection_patience{500};
constexpr std::size_t most_waiting_bytes = 4 * most_frame_bytes;
constexpr std::chrono::seconds complaint_pause{30};
constexpr std::size_t most_complaints = 200;
const std::string seed_topic = "seed";
constexpr std::size_t most_question_bytes = 64U << 10;

} // namespace

struct peer_fabric::outgoing {
    explicit outgoing(asio::io_context& loop) : pause(loop) {}
    peer_address at;
    std::shared_ptr<peer_link> link;
    asio::steady_timer pause;
    milliseconds next_pause = first_pause;
    steady_clock::time_point cut_at{}; ///< when a working connection was cut by the other side
    bool dialling = false;
    bool removed = false;
    bool complained = false;
};

struct peer_fabric::incoming {
    std::shared_ptr<peer_link> link;
};

struct peer_fabric::question {
    explicit question(asio::io_context& loop) : patience(loop) {}
    std::shared_ptr<peer_link> link;
    asio::steady_timer patience;
    std::function<void(seed_reply)> done;
};

peer_fabric::peer_fabric(asio::io_context& loop, const settings& asked, std::string node, plugin::host host)
    : loop_(loop), asked_(asked), own_{asked.cluster_name, std::move(node), asked.token}, host_(host),
      streams_(asked.tls), acceptor_(loop), accept_again_(loop),
      deadlines_(loop, deadline_tick, [this] { return answer_late(); }) {}

peer_fabric::~peer_fabric() {
    stop();
}

std::string peer_fabric::listen() {
    auto at = asio::ip::address(asio::ip::address_v6::any());
    boost::system::error_code ec;
    if (asked_.loopback_only()) {
        at = asio::ip::address_v4::loopback();
        if (asked_.self < asked_.seeds.size()) {
            const auto own = asio::ip::make_address(asked_.seeds[asked_.self].host, ec);
            if (!ec) at = own;
        }
    }
    ec = tcp_listen(acceptor_, at, asked_.ack_port);
    if (ec)
        return "cannot listen for the other nodes on " + at.to_string() + " port " +
               std::to_string(asked_.ack_port) + " (clusterAckPort): " + ec.message();
    port_ = acceptor_.local_endpoint(ec).port();
    accept();
    return {};
}

void peer_fabric::accept() {
    acceptor_.async_accept([this](boost::system::error_code ec, tcp::socket socket) {
        if (stopped_ || ec == asio::error::operation_aborted) return;
        if (ec) {
            // Out of descriptors, most likely: trying at once would only burn time.
            accept_again_.expires_after(100ms);
            accept_again_.async_wait([this](boost::system::error_code waited) {
                if (!waited && !stopped_) accept();
            });
            return;
        }
        boost::system::error_code ignored;
        const auto address = socket.remote_endpoint(ignored).address().to_string(ignored);
        auto from = std::make_shared<incoming>();
        from->link = std::make_shared<peer_link>(streams_.make(std::move(socket), stream_side::listening, {}),
                                                 loop_.get_executor(), stream_side::listening, own_);
        incoming_.insert(from);
        from->link->start(
            {[this, from] {
                 // Who comes to us can be reached: no need to wait for the pause to end.
                 const auto known = peers_.find(from->link->peer());
                 if (known != peers_.end() && !known->second->link && !known->second->dialling) {
                     known->second->pause.cancel();
                     dial(known->second);
                 }
             },
             [this, from](frame_type type, std::string_view body) { take_incoming(from, type, body); },
             [this, from, address](const link_end& why) {
                 if (!why.cut) complain_of(address, from->link->peer(), why.reason);
                 incoming_.erase(from);
             }});
        accept();
    });
}

/// Whoever is refused tries again all the time.
void peer_fabric::complain_of(const std::string& address, const std::string& node, const std::string& cause) {
    const auto now = steady_clock::now();
    if (complaints_.size() > most_complaints) complaints_.clear();
    auto& said = complaints_[address + " " + node + " " + cause];
    if (said != steady_clock::time_point() && now - said < complaint_pause) return;
    said = now;
    host_.log().warn("a connection of another node was closed",
                     {{"address", address}, {"node", node}, {"cause", cause}});
}

void peer_fabric::stop() {
    if (std::exchange(stopped_, true)) return;
    *alive_ = false;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accept_again_.cancel();
    deadlines_.stop();
    connect_to({});
    for (const auto& one : std::exchange(incoming_, {}))
        one->link->close();
    for (const auto& one : std::exchange(questions_, {})) {
        if (one->link) one->link->close();
        one->patience.cancel();
        if (const auto done = std::exchange(one->done, {})) done({false, false, {}, "this node is stopping"});
    }
    fail_all({}, "this node is stopping");
    handlers_.clear();
    responder_ = {};
}

void peer_fabric::connect_to(const std::vector<peer_address>& peers) {
    for (auto at = peers_.begin(); at != peers_.end();) {
        const auto kept = std::find_if(peers.begin(), peers.end(), [&](const peer_address& one) {
            return one.node == at->first && one.host == at->second->at.host &&
                   one.port == at->second->at.port;
        });
        if (kept != peers.end()) {
            ++at;
            continue;
        }
        const auto gone = at->second;
        gone->removed = true;
        gone->pause.cancel();
        if (const auto link = std::exchange(gone->link, nullptr)) link->close();
        at = peers_.erase(at);
        fail_all(gone->at.node, "the node left the fleet");
    }
    if (stopped_) return;
    for (const auto& one : peers) {
        if (one.node == own_.node || peers_.contains(one.node)) continue;
        auto to = std::make_shared<outgoing>(loop_);
        to->at = one;
        peers_.emplace(one.node, to);
        dial(to);
    }
}

void peer_fabric::dial(const std::shared_ptr<outgoing>& to) {
    to->dialling = true;
    tcp_connect(loop_, to->at.host, to->at.port, dial_patience,
                [this, to](boost::system::error_code ec, tcp::socket socket) {
                    to->dialling = false;
                    if (to->removed || stopped_) return;
                    if (!ec) return link_up(to, std::move(socket));
                    const bool just_cut = steady_clock::now() - to->cut_at < gone_within;
                    if (ec == asio::error::connection_refused && just_cut && on_gone) {
                        to->cut_at = {};
                        on_gone(to->at.node);
                        if (to->removed || stopped_) return;
                    }
                    dial_later(to);
                });
}

void peer_fabric::dial_later(const std::shared_ptr<outgoing>& to) {
    to->pause.expires_after(to->next_pause);
    to->next_pause = std::min(to->next_pause * 2, longest_pause);
    to->pause.async_wait([this, to](boost::system::error_code ec) {
        if (!ec && !to->removed && !stopped_ && !to->dialling && !to->link) dial(to);
    });
}

void peer_fabric::link_up(const std::shared_ptr<outgoing>& to, tcp::socket socket) {
    to->link =
        std::make_shared<peer_link>(streams_.make(std::move(socket), stream_side::connecting, to->at.host),
                                    loop_.get_executor(), stream_side::connecting, own_);
    to->link->start({[this, to] {
                         if (to->link->peer() != to->at.node) {
                             const auto link = std::exchange(to->link, nullptr);
                             link->close();
                             return link_down(to, {"another node answers at its address", false, true});
                         }
                         to->next_pause = first_pause;
                         to->complained = false;
                         to->link->send_applied({applied_, settled_, clock_.now()});
                         send_waiting(to->at.node);
                     },
                     [this](frame_type type, std::string_view body) {
                         if (type == frame_type::answer) take_answer(body);
                     },
                     [this, to](const link_end& why) {
                         const auto link = std::exchange(to->link, nullptr);
                         if (link && link->is_ready() && why.cut) to->cut_at = steady_clock::now();
                         link_down(to, why);
                     }});
}

void peer_fabric::link_down(const std::shared_ptr<outgoing>& to, const link_end& why) {
    if (to->removed || stopped_) return;
    if (why.refused && !std::exchange(to->complained, true))
        host_.log().warn("a node cannot be talked to",
                         {{"node", to->at.node},
                          {"address", to->at.host + ":" + std::to_string(to->at.port)},
                          {"cause", why.reason}});
    fail_all(to->at.node, "the connection to the node was lost: " + why.reason);
    if (why.cut)
        dial(to); // at once: a refusal now tells that the process is gone
    else
        dial_later(to);
}

void peer_fabric::push_applied(std::uint64_t revision, std::uint64_t settled) {
    applied_ = revision;
    settled_ = settled;
    for (const auto& [node, to] : peers_) {
        if (to->link && to->link->is_ready()) to->link->send_applied({applied_, settled_, clock_.now()});
    }
}

bool peer_fabric::is_up(const std::string& node) const {
    const auto found = peers_.find(node);
    return found != peers_.end() && found->second->link && found->second->link->is_ready();
}

void peer_fabric::request(const std::string& node, const std::string& topic, std::string_view payload,
                          milliseconds patience, request_done done) {
    if (payload.size() > most_frame_bytes)
        return done({MF_INVALID, "a message of " + std::to_string(payload.size()) +
                                     " bytes between nodes; at most " + std::to_string(most_frame_bytes) +
                                     " are allowed"});
    const auto known = peers_.find(node);
    if (known == peers_.end() || stopped_) return done({MF_UNAVAILABLE, "the node is not known as a peer"});
    const auto id = ++next_id_;
    auto frame = encode(request_frame{id, static_cast<std::uint32_t>(patience.count()), topic, payload});
    deadlines_.run();
    if (!is_up(node)) {
        // It may have joined a moment ago; a node that is gone must not cost the asker all its time.
        const auto wait = std::min(patience, connection_patience);
        pending_.emplace(
            id, pending{node, steady_clock::now() + wait, std::move(done), std::move(frame), patience});
        return;
    }
    auto& link = *known->second->link;
    if (link.waiting_bytes() > most_waiting_bytes)
        return done({MF_EXHAUSTED, "too much is waiting to be sent to the node"});
    pending_.emplace(id, pending{node, steady_clock::now() + patience, std::move(done), {}, patience});
    link.send(std::move(frame));
}

void peer_fabric::send_waiting(const std::string& node) {
    std::map<std::uint64_t, pending*> waiting; // in the order they were asked
    for (auto& [id, one] : pending_) {
        if (one.node == node && !one.unsent.empty()) waiting.emplace(id, &one);
    }
    for (const auto& [id, one] : waiting) {
        one->deadline = steady_clock::now() + one->patience;
        peers_.find(node)->second->link->send(std::exchange(one->unsent, {}));
    }
}

void peer_fabric::take_answer(std::string_view body) {
    const auto frame = decode_answer(body);
    if (!frame) return;
    const auto found = pending_.find(frame->id);
    if (found == pending_.end()) return; // its deadline has passed
    const auto done = std::move(found->second.done);
    pending_.erase(found);
    done({frame->status, std::string(frame->payload)});
}

void peer_fabric::fail_all(const std::string& node, const std::string& reason) {
    std::vector<request_done> failed;
    for (auto at = pending_.begin(); at != pending_.end();) {
        if (!node.empty() && at->second.node != node) {
            ++at;
            continue;
        }
        failed.push_back(std::move(at->second.done));
        at = pending_.erase(at);
    }
    for (const auto& done : failed)
        done({MF_UNAVAILABLE, reason});
}

bool peer_fabric::answer_late() {
    const auto now = steady_clock::now();
    std::vector<request_done> late;
    std::vector<request_done> unreached;
    for (auto at = pending_.begin(); at != pending_.end();) {
        if (at->second.deadline > now) {
            ++at;
            continue;
        }
        (at->second.unsent.empty() ? late : unreached).push_back(std::move(at->second.done));
        at = pending_.erase(at);
    }
    for (const auto& done : late)
        done({MF_TIMEOUT, "the node did not answer in time"});
    for (const auto& done : unreached)
        done({MF_UNAVAILABLE, "there is no connection to the node"});
    return !pending_.empty();
}

void peer_fabric::take_incoming(const std::shared_ptr<incoming>& from, frame_type type,
                                std::string_view body) {
    const auto malformed = [&] {
        host_.log().warn("a node sent a malformed frame, its connection is closed",
                         {{"node", from->link->peer()}, {"type", std::to_string(static_cast<int>(type))}});
        from->link->close();
        incoming_.erase(from);
    };
    switch (type) {
    case frame_type::applied: {
        const auto frame = decode_applied(body);
        if (!frame) return malformed();
        if (!clock_.heard(frame->stamp)) host_.count("mock_server_cluster_clock_ahead");
        if (on_applied) on_applied(from->link->peer(), frame->revision, frame->settled);
        return;
    }
    case frame_type::request: {
        const auto frame = decode_request(body);
        if (!frame) return malformed();
        return serve(from, *frame);
    }
    default:
        // A type of a newer program: it can do without an answer, or it will time out.
        return;
    }
}

void peer_fabric::serve(const std::shared_ptr<incoming>& from, const request_frame& asked) {
    // The answer may come after the connection has gone, or after the fabric has.
    const std::weak_ptr<peer_link> link = from->link;
    auto reply = [link, id = asked.id, used = std::make_shared<bool>(false)](mf_status status,
                                                                             std::string payload) {
        if (std::exchange(*used, true)) return;
        const auto to = link.lock();
        if (!to) return;
        if (payload.size() > most_frame_bytes) {
            status = MF_EXHAUSTED;
            payload = "the answer has " + std::to_string(payload.size()) + " bytes; at most " +
                      std::to_string(most_frame_bytes) + " can be sent between nodes";
        }
        to->send(encode(answer_frame{id, status, payload}));
    };
    if (asked.topic == seed_topic) {
        if (!responder_ || asked.payload.size() > most_question_bytes)
            return reply(MF_UNSUPPORTED, "this node answers no questions now");
        responder_(std::string(asked.payload), [reply, alive = alive_](std::string text) {
            if (*alive) reply(MF_OK, std::move(text));
        });
        return;
    }
    const auto found = handlers_.find(asked.topic);
    if (found == handlers_.end()) return reply(MF_UNSUPPORTED, "this node does not know what was asked");
    found->second(from->link->peer(), asked.payload, milliseconds(asked.patience_ms), std::move(reply));
}

void peer_fabric::ask(const seed_address& seed, std::string text, milliseconds deadline,
                      std::function<void(seed_reply)> done) {
    auto now = std::make_shared<question>(loop_);
    now->done = std::move(done);
    questions_.insert(now);
    const auto end = [this, now](seed_reply reply) {
        const auto then = std::exchange(now->done, {});
        if (!then) return;
        now->patience.cancel();
        if (now->link) now->link->close();
        questions_.erase(now);
        then(std::move(reply));
    };
    now->patience.expires_after(deadline);
    now->patience.async_wait([end](boost::system::error_code ec) {
        if (!ec) end({false, false, {}, "no answer in time"});
    });
    tcp_connect(loop_, seed.host, seed.ack_port, dial_patience,
                [this, now, end, text = std::move(text), host = seed.host](boost::system::error_code ec,
                                                                           tcp::socket socket) {
                    if (!now->done) return;
                    if (ec) return end({false, ec == asio::error::connection_refused, {}, ec.message()});
                    now->link = std::make_shared<peer_link>(
                        streams_.make(std::move(socket), stream_side::connecting, host), loop_.get_executor(),
                        stream_side::connecting, own_);
                    // A weak reference: the link's callbacks must not keep the question, which keeps the
                    // link.
                    const std::weak_ptr<peer_link> link = now->link;
                    now->link->start({[link, text] {
                                          if (const auto to = link.lock())
                                              to->send(encode(request_frame{1, 0, seed_topic, text}));
                                      },
                                      [end](frame_type type, std::string_view body) {
                                          if (type != frame_type::answer) return;
                                          const auto frame = decode_answer(body);
                                          if (!frame) return end({false, false, {}, "a malformed answer"});
                                          if (frame->status != MF_OK)
                                              return end({false, false, {}, std::string(frame->payload)});
                                          end({true, false, std::string(frame->payload), {}});
                                      },
                                      [end](const link_end& why) { end({false, why.cut, {}, why.reason}); }});
                });
}

} // namespace mockfleet::replicated
