// The greeting of two nodes and the queue of frames.
#include "peer/peer_link.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace mockfleet::replicated {

namespace {

constexpr std::chrono::seconds greeting_patience{3};

bool cut_by_peer(boost::system::error_code ec) {
    namespace error = boost::asio::error;
    return ec == error::eof || ec == error::connection_reset || ec == error::broken_pipe ||
           ec == error::connection_aborted;
}

} // namespace

peer_link::peer_link(std::shared_ptr<peer_stream> stream, boost::asio::any_io_executor loop, stream_side side,
                     const peer_identity& own)
    : stream_(std::move(stream)), patience_(std::move(loop)), side_(side), own_(own),
      own_nonce_(random_challenge()) {}

void peer_link::start(events told) {
    told_ = std::move(told);
    patience_.expires_after(greeting_patience);
    patience_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec && !self->ready_) self->end({"the greeting took too long", false, false});
    });
    stream_->open([self = shared_from_this()](boost::system::error_code ec) {
        if (self->ended_) return;
        if (ec) return self->end({"TLS: " + ec.message(), false, true});
        if (self->side_ == stream_side::connecting) {
            self->hello_ = {self->own_.cluster, self->own_.node, self->own_nonce_};
            self->send(encode(self->hello_));
        }
        self->read_on();
    });
}

void peer_link::read_on() {
    stream_->read([self = shared_from_this()](boost::system::error_code ec, std::string_view bytes) {
        if (self->ended_) return;
        if (ec) {
            if (!self->last_words_.reason.empty()) return self->end(self->last_words_);
            return self->end({ec.message(), cut_by_peer(ec), false});
        }
        const auto problem = self->cutter_.feed(
            bytes, [&](frame_type type, std::string_view body) { return self->take(type, body); });
        if (!problem.empty()) return self->end({problem, false, true});
        if (!self->ended_ && !self->closing_) self->read_on();
    });
}

bool peer_link::take(frame_type type, std::string_view body) {
    if (ended_ || closing_) return false;
    if (type == frame_type::refuse && !ready_) {
        end({"refused by the other side: " + std::string(body.substr(0, 512)), false, true});
        return false;
    }
    if (!ready_)
        return side_ == stream_side::connecting ? greet_as_connecting(type, body)
                                                : greet_as_listening(type, body);
    told_.frame(type, body);
    return !ended_ && !closing_;
}

bool peer_link::greet_as_connecting(frame_type type, std::string_view body) {
    if (!greeted_) {
        const auto welcome =
            type == frame_type::welcome ? decode_welcome(body) : std::optional<welcome_frame>();
        if (!welcome) {
            end({"what answers there is no node of this program", false, true});
            return false;
        }
        if (welcome->cluster != own_.cluster) {
            end({"it belongs to the fleet '" + welcome->cluster + "', not to '" + own_.cluster + "'", false,
                 true});
            return false;
        }
        const auto expected = prove(own_.token, proof_role::listening, hello_, welcome->node, welcome->nonce);
        if (!same_proof(expected, welcome->proof)) {
            end({"it does not have this fleet's token", false, true});
            return false;
        }
        peer_ = welcome->node;
        greeted_ = true;
        send(encode_proof(prove(own_.token, proof_role::connecting, hello_, welcome->node, welcome->nonce)));
        return true;
    }
    if (type != frame_type::ready) {
        end({"the greeting broke off", false, true});
        return false;
    }
    become_ready();
    return !ended_;
}

bool peer_link::greet_as_listening(frame_type type, std::string_view body) {
    if (!greeted_) {
        const auto hello = type == frame_type::hello ? decode_hello(body) : std::optional<hello_frame>();
        if (!hello) {
            end({"what connected is no node of this program", false, true});
            return false;
        }
        if (hello->cluster != own_.cluster)
            return refuse("this node belongs to the fleet '" + own_.cluster + "', not to '" + hello->cluster +
                          "'");
        hello_ = *hello;
        greeted_ = true;
        send(encode(welcome_frame{own_.cluster, own_.node, own_nonce_,
                                  prove(own_.token, proof_role::listening, hello_, own_.node, own_nonce_)}));
        return true;
    }
    const auto proof = type == frame_type::proof ? decode_proof(body) : std::optional<challenge>();
    if (!proof ||
        !same_proof(*proof, prove(own_.token, proof_role::connecting, hello_, own_.node, own_nonce_)))
        return refuse("the token is not this fleet's");
    peer_ = hello_.node;
    send(encode_ready());
    become_ready();
    return !ended_;
}

void peer_link::become_ready() {
    ready_ = true;
    cutter_.limit(most_frame_bytes + 1024);
    patience_.cancel();
    told_.ready();
}

void peer_link::send(std::string frame) {
    if (ended_) return;
    if (queued_.empty())
        queued_ = std::move(frame);
    else
        queued_ += frame;
    flush();
}

void peer_link::send_applied(const applied_frame& frame) {
    if (ended_) return;
    applied_ = frame;
    flush();
}

void peer_link::flush() {
    if (!writing_.empty() || ended_) return;
    // Before anything else that waits: writers elsewhere wait for it.
    if (applied_ && ready_) {
        queued_.insert(0, encode(*applied_));
        applied_.reset();
    }
    if (queued_.empty()) {
        if (closing_) end(last_words_);
        return;
    }
    writing_.swap(queued_);
    stream_->write(writing_, [self = shared_from_this()](boost::system::error_code ec) {
        self->writing_.clear();
        if (self->ended_) return;
        if (ec) {
            // What the other side said before it closed is still to be read.
            if (!cut_by_peer(ec) || self->ready_) self->end({ec.message(), cut_by_peer(ec), false});
            return;
        }
        self->flush();
    });
}

bool peer_link::refuse(const std::string& reason) {
    last_words_ = {"refused: " + reason, false, true};
    closing_ = true;
    send(encode_refusal(reason));
    return false;
}

void peer_link::close() {
    if (ended_) return;
    ended_ = true;
    patience_.cancel();
    stream_->close();
    // What they capture may hold this link, and one of them may be running.
    boost::asio::post(patience_.get_executor(), [told = std::make_shared<events>(std::move(told_))] {});
    told_ = {};
}

void peer_link::end(link_end why) {
    if (ended_) return;
    const auto told = told_.ended;
    close();
    if (told) told(why);
}

} // namespace mockfleet::replicated
