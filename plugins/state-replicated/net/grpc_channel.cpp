// Gives calls to the connection, and gives up connections that nothing comes from.
#include "net/grpc_channel.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

/// A connection that takes longer is tried anew. Shorter calls give up before it, and leave it to the others.
constexpr std::chrono::milliseconds connect_patience{1000};

} // namespace

struct grpc_channel::job {
    explicit job(const asio::any_io_executor& on) : timer(on) {}
    std::string path;
    std::string message;
    answer_done done;
    asio::steady_timer timer;
    std::shared_ptr<grpc_link> over; ///< while it runs
    grpc_link::call_id id = 0;
    steady_clock::time_point started;
};

grpc_channel::grpc_channel(const asio::any_io_executor& on, http_origin to, tls_choice tls)
    : on_(on), to_(std::move(to)), tls_(std::move(tls)) {}

void grpc_channel::exchange(std::string_view path, std::string_view message,
                            std::chrono::milliseconds deadline, answer_done done) {
    auto asked = std::make_shared<job>(on_);
    asked->path = path;
    asked->message = message;
    asked->done = std::move(done);
    if (closed_) {
        asio::post(on_, [self = shared_from_this(), asked] { self->answer(asked, {.reason = "closed"}); });
        return;
    }
    asked->timer.expires_after(deadline);
    asked->timer.async_wait([self = shared_from_this(), asked](const auto& cancelled) {
        if (!cancelled) self->expired(asked);
    });
    if (ready_) {
        start(asked);
        return;
    }
    waiting_.push_back(asked);
    if (!link_) open();
}

void grpc_channel::open() {
    ready_ = false;
    opened_at_ = steady_clock::now();
    link_ = std::make_shared<grpc_link>(on_, to_, tls_);
    const std::weak_ptr<grpc_link> weak = link_;
    link_->open(
        {[self = shared_from_this(), weak] {
             if (self->link_ && self->link_ == weak.lock()) self->ready();
         },
         [self = shared_from_this(), weak](const std::string& reason) { self->ended(weak.lock(), reason); }});
}

void grpc_channel::ready() {
    ready_ = true;
    while (ready_ && !waiting_.empty()) {
        const auto asked = std::move(waiting_.front());
        waiting_.pop_front();
        start(asked);
    }
}

void grpc_channel::start(const job_ptr& asked) {
    asked->over = link_;
    asked->started = steady_clock::now();
    running_.insert(asked);
    asked->id = link_->start({.path = std::move(asked->path),
                              .message = std::move(asked->message),
                              .each = {},
                              .done = [self = shared_from_this(), asked](http_answer with) {
                                  self->answer(asked, std::move(with));
                              }});
}

void grpc_channel::ended(const std::shared_ptr<grpc_link>& which, const std::string& reason) {
    if (!link_ || link_ != which) return;
    link_.reset();
    ready_ = false;
    for (const auto& asked : std::exchange(waiting_, {}))
        answer(asked, {.reason = reason});
}

void grpc_channel::expired(const job_ptr& asked) {
    if (!asked->done) return;
    http_answer with{.reason = to_.authority() + " did not answer in time"};
    if (const auto over = std::exchange(asked->over, nullptr)) {
        // A vanished host leaves its connections as they are: the next call tries a new one.
        const bool silent = !over->heard_since(asked->started);
        with.what = over->cancel(asked->id);
        if (silent && over == link_) {
            link_.reset();
            ready_ = false;
            over->retire();
        }
    } else {
        std::erase(waiting_, asked);
        if (steady_clock::now() - opened_at_ >= connect_patience) {
            if (const auto slow = std::exchange(link_, nullptr)) slow->close();
            if (!waiting_.empty()) open();
        }
    }
    answer(asked, std::move(with));
}

void grpc_channel::answer(const job_ptr& asked, http_answer with) {
    asked->timer.cancel();
    asked->over.reset();
    running_.erase(asked);
    const auto done = std::exchange(asked->done, nullptr);
    if (done) done(std::move(with));
}

std::shared_ptr<grpc_link> grpc_channel::stream(std::string_view path, std::string_view message,
                                                stream_listener who) {
    auto link = std::make_shared<grpc_link>(on_, to_, tls_);
    auto shared = std::make_shared<stream_listener>(std::move(who));
    // The link owns these callbacks and drops them when it closes.
    auto* raw = link.get();
    const auto finish = [shared, raw](http_answer with) {
        const auto told = std::exchange(shared->ended, nullptr);
        raw->close();
        if (told) told(std::move(with));
    };
    auto began = std::make_shared<bool>(false);
    link->open({[raw, shared, finish, began, path = std::string(path), message = std::string(message)] {
                    *began = true;
                    raw->start({.path = path,
                                .message = message,
                                .each = [shared](std::string_view one) { shared->message(one); },
                                .done = finish});
                },
                [finish, began](const std::string& reason) {
                    if (!*began) finish({.reason = reason});
                }});
    return link;
}

void grpc_channel::close() {
    closed_ = true;
    auto unanswered = std::vector<job_ptr>(waiting_.begin(), waiting_.end());
    waiting_.clear();
    std::vector<std::pair<job_ptr, http_answer::outcome>> open;
    for (const auto& asked : unanswered)
        open.emplace_back(asked, http_answer::outcome::not_sent);
    for (const auto& asked : std::exchange(running_, {})) {
        if (const auto over = std::exchange(asked->over, nullptr))
            open.emplace_back(asked, over->cancel(asked->id));
    }
    if (const auto last = std::exchange(link_, nullptr)) last->close();
    ready_ = false;
    for (const auto& [asked, what] : open)
        answer(asked, {.what = what, .reason = "the client was closed"});
}

} // namespace mockfleet::replicated
