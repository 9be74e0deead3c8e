// Answers of a session that do not come at once: pauses and chunks, and what another thread answers.
#include "http/session.hpp"

#include "actions/response_writer.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace mockfleet::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t most_ahead = 64 * 1024; // read of further requests while an answer is delayed
constexpr std::chrono::milliseconds look_again{1000};
constexpr std::size_t uncopied_from = 8 * 1024; // larger answers are written from where they are
constexpr std::size_t most_unsent = 64 * 1024;  // of a stream, before its writer is asked to wait

} // namespace

struct session::wait_done {
    session* self;
    void operator()(const error_code& failure) const {
        self->enter([&] { self->on_wait(failure); });
    }
};

/// Keeps the session alive (deferred_) and carries the answer to its thread.
class session::deferred_answer final : public later {
public:
    deferred_answer(session* asked, asio::io_context& home) : asked_(asked), home_(home) {}
    ~deferred_answer() override {
        if (asked_ == nullptr) return;
        asio::post(home_, [asked = asked_] { asked->enter([&] { asked->on_deferred_dropped(); }); });
    }

    void send(std::string bytes, after_answer after) override {
        asio::post(home_,
                   [asked = std::exchange(asked_, nullptr), bytes = std::move(bytes), after]() mutable {
                       asked->enter([&] { asked->on_deferred_send(std::move(bytes), after); });
                   });
    }
    void run(actions::wire_answer answer) override {
        asio::post(home_, [asked = std::exchange(asked_, nullptr), answer = std::move(answer)]() mutable {
            asked->enter([&] { asked->on_deferred_run(std::move(answer)); });
        });
    }
    std::unique_ptr<answer_stream> stream(answer_stream::writer& to) override {
        return std::exchange(asked_, nullptr)->on_deferred_stream(to);
    }

private:
    session* asked_;
    asio::io_context& home_;
};

/// Keeps the session alive (streamed_).
class session::piecewise_answer final : public answer_stream {
public:
    explicit piecewise_answer(session* asked) : asked_(asked) {}
    ~piecewise_answer() override {
        if (asked_ != nullptr) asked_->enter([asked = asked_] { asked->on_stream_dropped(); });
    }

    bool write(std::string_view bytes) override {
        asked_->enter([&] { asked_->on_stream_write(bytes); });
        return asked_->out_.size() - asked_->out_at_ + asked_->waiting_.size() < most_unsent;
    }
    void finish(std::string& head, std::string_view body, after_answer after) override {
        auto* const asked = std::exchange(asked_, nullptr);
        asked->enter([&] { asked->on_stream_finish(head, body, after); });
    }

private:
    session* asked_;
};

void session::run(actions::wire_answer answer) {
    slow_ = std::make_unique<slow_answer>(std::move(answer), worker_.context().get_executor());
    busy_ = true;
}

asio::any_io_executor session::home() {
    return worker_.context().get_executor();
}

std::unique_ptr<later> session::defer() {
    auto made = std::make_unique<deferred_answer>(this, worker_.context());
    busy_ = deferred_ = true;
    return made;
}

std::unique_ptr<answer_stream> session::stream(answer_stream::writer& to) {
    auto made = std::make_unique<piecewise_answer>(this);
    writer_ = &to;
    busy_ = streamed_ = true;
    stream_begun_ = false;
    return made;
}

/// What was deferred goes on as a stream, perhaps to nobody.
std::unique_ptr<answer_stream> session::on_deferred_stream(answer_stream::writer& to) {
    auto made = stream(to);
    deferred_ = false;
    if (closed_) {
        writer_ = nullptr;
        to.on_client_gone();
    }
    return made;
}

void session::on_stream_write(std::string_view bytes) {
    if (closed_) return;
    stream_begun_ = true;
    send(bytes, after_answer::keep_open);
    if (!write_pending_ && !closed_) flush();
}

void session::on_stream_finish(std::string& head, std::string_view body, after_answer after) {
    end_stream();
    if (closed_) return;
    if (worker_.draining() && after == after_answer::keep_open) {
        if (!stream_begun_) actions::announce_close(head);
        after = after_answer::close;
    }
    if (after == after_answer::close) closing_ = true;
    auto& out = write_pending_ ? waiting_ : out_;
    std::string_view rest(head);
    if (!write_pending_ && rest.size() + body.size() >= uncopied_from && write_now())
        write_uncopied(rest, body);
    out += rest;
    out += body;
    if (!serving_) pump();
}

/// Takes off what the socket takes.
void session::write_uncopied(std::string_view& head, std::string_view& body) {
    std::array<iovec, 2> parts{
        {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return; // the next attempt tells why
    const auto of_head = std::min(static_cast<std::size_t>(sent), head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(static_cast<std::size_t>(sent) - of_head);
}

void session::on_stream_dropped() {
    end_stream();
    if (closed_) return;
    closing_ = true;
    if (!serving_) pump();
}

void session::end_stream() {
    streamed_ = busy_ = false;
    writer_ = nullptr;
}

void session::on_wait(const error_code&) {
    --operations_;
    if (closed_) return;
    continue_slow();
    pump();
}

void session::on_deferred_send(std::string bytes, after_answer after) {
    deferred_ = false;
    if (closed_) return;
    busy_ = false;
    if (worker_.draining() && after == after_answer::keep_open) {
        actions::announce_close(bytes);
        after = after_answer::close;
    }
    send(bytes, after);
    pump();
}

void session::on_deferred_run(actions::wire_answer answer) {
    deferred_ = false;
    if (closed_) return;
    run(std::move(answer));
    continue_slow();
    pump();
}

void session::on_deferred_dropped() {
    deferred_ = false;
    close();
}

void session::continue_slow() {
    auto& answer = slow_->answer;
    if (worker_.draining() && answer.after == actions::wire_answer::end::keep_open) {
        answer.after = actions::wire_answer::end::close;
        if (slow_->next == 0 && !answer.pieces.empty()) actions::announce_close(answer.pieces.front().bytes);
    }
    while (!write_pending_ && !closed_) {
        if (slow_->next < answer.pieces.size()) {
            auto& piece = answer.pieces[slow_->next];
            if (piece.wait_ns > 0) {
                if (flush()) wait(std::exchange(piece.wait_ns, 0));
                return;
            }
            if (out_.empty())
                out_ = std::move(piece.bytes);
            else
                out_ += piece.bytes;
            ++slow_->next;
            continue;
        }
        if (answer.wait_before_close_ns > 0) {
            if (flush()) wait(std::exchange(answer.wait_before_close_ns, 0));
            return;
        }
        const auto after = answer.after;
        if (after == actions::wire_answer::end::reset && !flush()) return;
        slow_.reset();
        busy_ = false;
        if (after == actions::wire_answer::end::reset) abort();
        if (after == actions::wire_answer::end::close) closing_ = true;
        return;
    }
}

void session::wait(std::int64_t ns) {
    slow_->timer.expires_after(std::chrono::nanoseconds(ns));
    slow_->timer.async_wait(wait_done{this});
    ++operations_;
}

/// While an answer is delayed: a client that leaves is noticed by reading on, and one that sends too much for
/// that by looking now and then.
void session::watch() {
    if (reader_.unparsed() >= most_ahead) return worker_.set_timeout(*this, look_again);
    worker_.set_timeout(*this, {});
    arm_read();
}

bool session::client_has_left() {
    pollfd asked{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

} // namespace mockfleet::http
