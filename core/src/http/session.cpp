// The life of a connection; see session.hpp.
#include "http/session.hpp"

#include "actions/prepared_response.hpp"
#include "base/log.hpp"
#include "http/address_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <exception>
#include <sys/socket.h>
#include <utility>

namespace mockfleet::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t flush_at = 64 * 1024; // answers of pipelined requests collected before they are written
constexpr std::size_t uncopied_from = 16 * 1024; // larger answers are written from where they are
constexpr std::size_t kept_output = 256 * 1024;
constexpr std::chrono::milliseconds linger_time{2000};

} // namespace

/// An answer with pauses on its way.
struct session::slow_answer {
    slow_answer(actions::wire_answer made, const executor& where) : answer(std::move(made)), timer(where) {}
    actions::wire_answer answer;
    std::size_t next = 0;
    steady_timer timer;
};

struct session::read_done {
    session* self;
    void operator()(const error_code& failure, std::size_t bytes) const { self->on_read(failure, bytes); }
};
struct session::write_done {
    session* self;
    void operator()(const error_code& failure, std::size_t bytes) const { self->on_write(failure, bytes); }
};
struct session::wait_done {
    session* self;
    void operator()(const error_code& failure) const { self->on_wait(failure); }
};

/// Keeps the session alive (deferred_) and carries the answer to its thread.
class session::deferred_answer final : public later {
public:
    deferred_answer(session* asked, asio::io_context& home) : asked_(asked), home_(home) {}
    ~deferred_answer() override {
        if (asked_ == nullptr) return;
        asio::post(home_, [asked = asked_] { asked->on_deferred_dropped(); });
    }

    void send(std::string bytes, after_answer after) override {
        asio::post(home_, [asked = std::exchange(asked_, nullptr), bytes = std::move(bytes),
                           after]() mutable { asked->on_deferred_send(std::move(bytes), after); });
    }
    void run(actions::wire_answer answer) override {
        asio::post(home_, [asked = std::exchange(asked_, nullptr), answer = std::move(answer)]() mutable {
            asked->on_deferred_run(std::move(answer));
        });
    }

private:
    session* asked_;
    asio::io_context& home_;
};

session::session(io_worker& worker, int socket)
    : worker_(worker), socket_(worker.context()), reader_(worker.options().limits),
      local_address_(local_address(socket)), remote_address_(remote_address(socket)) {
    error_code failure;
    socket_.assign(asio::ip::tcp::v6(), socket, failure);
    if (!failure) socket_.native_non_blocking(true, failure);
    if (failure) closed_ = true;
}

session::~session() = default;

void session::start() {
    if (closed_) return;
    arm_read();
    worker_.set_timeout(*this, worker_.options().waits.head);
}

void session::start_refused() {
    if (closed_) return;
    answer_and_close(503, "the server has all the connections it may have");
    settle();
}

void session::begin_drain() {
    if (closed_ || busy_ || write_pending_ || closing_) return;
    if (reader_.where() != request_reader::progress::idle) return;
    char byte = 0;
    if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        return; // a request has arrived
    close();
}

void session::abort() {
    if (closed_) return;
    const linger drop{1, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
    close();
}

void session::on_timeout() {
    if (closed_) return;
    if (write_pending_) return abort();
    if (lingering_ || reader_.where() == request_reader::progress::idle) return close();
    answer_and_close(408, "the request did not arrive in time");
    settle();
}

void session::release_if_done() {
    if (closed_ && operations_ == 0 && !deferred_) worker_.release(*this);
}

void session::send(std::string_view bytes, after_answer after) {
    if (after == after_answer::close) closing_ = true;
    if (bytes.size() >= uncopied_from && write_now()) {
        const auto sent =
            ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    out_.append(bytes);
}

void session::run(actions::wire_answer answer) {
    slow_ = std::make_unique<slow_answer>(std::move(answer), worker_.context().get_executor());
    busy_ = true;
}

asio::any_io_executor session::home() {
    return worker_.context().get_executor();
}

std::unique_ptr<later> session::defer() {
    busy_ = deferred_ = true;
    return std::make_unique<deferred_answer>(this, worker_.context());
}

void session::on_read(const error_code& failure, std::size_t bytes) {
    --operations_;
    reading_ = false;
    if (closed_) return release_if_done();
    if (failure) {
        close();
    } else if (lingering_) {
        arm_read();
    } else if (closing_) {
        settle();
    } else {
        reader_.received(bytes);
        pump();
    }
    release_if_done();
}

void session::on_write(const error_code& failure, std::size_t bytes) {
    --operations_;
    if (closed_) return release_if_done();
    if (failure) {
        close();
        return release_if_done();
    }
    out_at_ += bytes;
    if (out_at_ < out_.size()) {
        start_write();
        return;
    }
    write_pending_ = false;
    out_at_ = 0;
    if (out_.capacity() > kept_output) std::string().swap(out_);
    out_.clear();
    if (slow_) continue_slow();
    pump();
    release_if_done();
}

void session::on_wait(const error_code&) {
    --operations_;
    if (!closed_) {
        continue_slow();
        pump();
    }
    release_if_done();
}

void session::on_deferred_send(std::string bytes, after_answer after) {
    deferred_ = false;
    if (!closed_) {
        busy_ = false;
        send(bytes, after);
        pump();
    }
    release_if_done();
}

void session::on_deferred_run(actions::wire_answer answer) {
    deferred_ = false;
    if (!closed_) {
        run(std::move(answer));
        continue_slow();
        pump();
    }
    release_if_done();
}

void session::on_deferred_dropped() {
    deferred_ = false;
    close();
    release_if_done();
}

/// Serves what has been received, then goes on waiting for whatever comes next.
void session::pump() {
    using outcome = request_reader::outcome;
    while (!busy_ && !write_pending_ && !closing_ && !closed_) {
        const auto got = reader_.next();
        if (got == outcome::need_more) break;
        if (got == outcome::send_continue) {
            out_ += continue_answer;
        } else if (got == outcome::ready) {
            serve();
        } else {
            answer_and_close(reader_.why().status, reader_.why().reason);
        }
        if (out_.size() >= flush_at) flush();
    }
    settle();
}

void session::settle() {
    if (closed_) return;
    if (!write_pending_) flush();
    if (closed_) return;
    if (write_pending_) return worker_.set_timeout(*this, worker_.options().waits.write_stall);
    if (busy_) return worker_.set_timeout(*this, {});
    if (closing_) return finish_close();
    if (worker_.draining() && reader_.where() == request_reader::progress::idle) return close();
    arm_read();
    set_read_timeout();
}

void session::serve() {
    auto& request = reader_.request();
    request.local_address = local_address_;
    request.remote_address = remote_address_;
    if (worker_.draining()) request.keep_alive = false;
    head_timed_ = false;
    try {
        worker_.target().on_request(request, *this, worker_.slot());
    } catch (const std::exception& bug) {
        base::log::error("request-failed", "a request could not be answered", {{"error", bug.what()}});
        answer_and_close(500, "the request could not be answered");
    }
    reader_.finish();
    if (slow_) continue_slow();
}

void session::continue_slow() {
    auto& answer = slow_->answer;
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
    ++operations_;
    slow_->timer.async_wait(wait_done{this});
}

/// True when everything is written; otherwise a write is pending or the connection is closed.
bool session::flush() {
    if (write_now()) return true;
    if (!closed_) start_write();
    return false;
}

bool session::write_now() {
    while (out_at_ < out_.size()) {
        const auto sent = ::send(socket_.native_handle(), out_.data() + out_at_, out_.size() - out_at_,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
        if (sent < 0) {
            close();
            return false;
        }
        out_at_ += static_cast<std::size_t>(sent);
    }
    out_.clear();
    out_at_ = 0;
    return true;
}

void session::start_write() {
    write_pending_ = true;
    worker_.set_timeout(*this, worker_.options().waits.write_stall);
    ++operations_;
    socket_.async_write_some(asio::buffer(out_.data() + out_at_, out_.size() - out_at_), write_done{this});
}

void session::arm_read() {
    if (reading_) return;
    reading_ = true;
    ++operations_;
    if (lingering_) {
        socket_.async_read_some(asio::buffer(worker_.scratch()), read_done{this});
        return;
    }
    const auto room = reader_.room();
    socket_.async_read_some(asio::buffer(room.data(), room.size()), read_done{this});
}

void session::set_read_timeout() {
    const auto& waits = worker_.options().waits;
    switch (reader_.where()) {
    case request_reader::progress::idle:
        worker_.set_timeout(*this, waits.idle);
        break;
    case request_reader::progress::in_head:
        if (!std::exchange(head_timed_, true)) worker_.set_timeout(*this, waits.head);
        break;
    case request_reader::progress::in_body:
        head_timed_ = false;
        worker_.set_timeout(*this, waits.body_stall);
        break;
    }
}

void session::answer_and_close(int status, std::string_view reason) {
    const auto made =
        actions::plain_answer(status, {{"content-type", "text/plain; charset=utf-8"}}, reason, false);
    busy_ = false;
    closing_ = linger_ = true;
    out_ += made.bytes;
}

void session::finish_close() {
    if (lingering_) return;
    if (!linger_ && !reader_.has_leftover()) return close();
    lingering_ = true;
    ::shutdown(socket_.native_handle(), SHUT_WR);
    worker_.set_timeout(*this, linger_time);
    arm_read();
}

void session::close() {
    if (closed_) return;
    closed_ = true;
    worker_.set_timeout(*this, {});
    error_code ignored;
    if (slow_) slow_->timer.cancel();
    socket_.close(ignored);
}

} // namespace mockfleet::http
