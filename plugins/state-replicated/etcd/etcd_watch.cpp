// Puts fragments together and hands events on.
#include "etcd/etcd_watch.hpp"

#include "etcd/etcd_protobuf.hpp"

#include <boost/asio/post.hpp>

#include <iterator>
#include <utility>

namespace mockfleet::replicated {

etcd_watch::etcd_watch(std::shared_ptr<etcd_calls> calls, watch_listener who)
    : calls_(std::move(calls)), who_(std::move(who)), timer_(calls_->executor()) {}

void etcd_watch::start(std::string_view prefix, std::uint64_t revision) {
    at_ = calls_->current();
    if (!at_) {
        boost::asio::post(calls_->executor(), [self = shared_from_this()] {
            if (!self->stopped_) self->end(0, "the engine has no endpoint yet");
        });
        return;
    }
    link_ = at_->grpc().stream("/etcdserverpb.Watch/Watch", etcd_protobuf::encode_watch(prefix, revision),
                               {[self = shared_from_this()](std::string_view bytes) {
                                    if (!self->stopped_) self->message(bytes);
                                },
                                [self = shared_from_this()](const http_answer& last) {
                                    if (self->stopped_) return;
                                    const bool mute = last.reason.empty();
                                    self->end(0, mute ? "the engine ended the stream" : last.reason);
                                }});
    probe();
}

void etcd_watch::stop() {
    if (stopped_) return;
    stopped_ = true;
    timer_.cancel();
    if (link_) link_->close();
    // One of its functions may be what calls this.
    boost::asio::post(calls_->executor(), [dropped = std::exchange(who_, {})] {});
}

void etcd_watch::message(std::string_view bytes) {
    heard_ = true;
    etcd_protobuf::watch_answer read;
    if (!etcd_protobuf::decode(bytes, read)) {
        end(0, "the engine at " + at_->origin().authority() + " sent an answer that is none of a watch");
        return;
    }
    if (read.created) created_ = true;
    if (!read.events.empty()) {
        fragments_.insert(fragments_.end(), std::make_move_iterator(read.events.begin()),
                          std::make_move_iterator(read.events.end()));
    }
    if (read.cancelled || read.compacted != 0) {
        end(read.compacted, read.reason.empty() ? "the engine cancelled the watch" : read.reason);
        return;
    }
    if (!read.fragment && !fragments_.empty()) who_.events(std::exchange(fragments_, {}));
}

/// A connection to a stopped or vanished process stays open for ever: while no event comes, ask the same
/// process something.
void etcd_watch::probe() {
    timer_.expires_after(calls_->options().watch_probe);
    timer_.async_wait([self = shared_from_this()](const auto& cancelled) {
        if (cancelled || self->stopped_) return;
        if (std::exchange(self->heard_, false)) {
            self->silent_probes_ = 0;
            self->probe();
            return;
        }
        self->at_->exchange("/v3/maintenance/status", "{}", self->calls_->options().attempt,
                            [self](const http_answer& with) {
                                if (self->stopped_) return;
                                const bool silent = with.what != http_answer::outcome::answered;
                                self->silent_probes_ = silent ? self->silent_probes_ + 1 : 0;
                                const bool refused_to_start = !self->created_ && !silent && !self->heard_;
                                if (self->silent_probes_ >= most_silent_probes) {
                                    self->end(0, with.reason);
                                } else if (refused_to_start && std::exchange(self->overdue_, true)) {
                                    self->end(0, "the engine did not start the watch");
                                } else {
                                    self->probe();
                                }
                            });
    });
}

void etcd_watch::end(std::uint64_t compacted, const std::string& reason) {
    const auto told = std::exchange(who_.ended, nullptr);
    if (compacted == 0) calls_->avoid(at_);
    stop();
    if (told) told(compacted, reason);
}

} // namespace mockfleet::replicated
