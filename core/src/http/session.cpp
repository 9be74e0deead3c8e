// The life of a connection; see session.hpp.
#include "http/session.hpp"

#include "actions/prepared_response.hpp"
#include "base/log.hpp"
#include "http/address_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

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

struct session::read_done {
    session* self;
    void operator()(const error_code& failure, std::size_t bytes) const {
        self->enter([&] { self->on_read(failure, bytes); });
    }
};
struct session::write_done {
    session* self;
    void operator()(const error_code& failure, std::size_t bytes) const {
        self->enter([&] { self->on_write(failure, bytes); });
    }
};

session::session(io_worker& worker, stream_socket socket)
    : worker_(worker), socket_(std::move(socket)), reader_(worker.options().limits),
      local_address_(local_address(socket_.native_handle())),
      remote_address_(remote_address(socket_.native_handle())) {}

session::~session() = default;

void session::start() {
    arm_read();
    worker_.set_timeout(*this, worker_.options().waits.head);
}

void session::start_refused() {
    answer_and_close(503, "the server has all the connections it may have");
    settle();
}

void session::begin_drain() {
    if (closed_ || busy_ || write_pending_ || closing_) return;
    if (reader_.where() == request_reader::progress::in_body) return;
    char byte = 0;
    if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        return; // a request, or the rest of its head, has arrived
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
    if (busy_) return client_has_left() ? close() : watch();
    if (lingering_ || reader_.where() == request_reader::progress::idle) return close();
    answer_and_close(408, "the request did not arrive in time");
    settle();
}

void session::give_up(const std::exception& bug) noexcept {
    log_lost_connection(bug);
    abort();
}

void session::send(std::string_view bytes, after_answer after) {
    if (after == after_answer::close) closing_ = true;
    if (write_pending_) { // the bytes that are being written must stay where they are
        waiting_.append(bytes);
        return;
    }
    if (bytes.size() >= uncopied_from && write_now()) {
        const auto sent =
            ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    out_.append(bytes);
}

void session::on_read(const error_code& failure, std::size_t bytes) {
    --operations_;
    reading_ = false;
    if (closed_) return;
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
}

void session::on_write(const error_code& failure, std::size_t bytes) {
    --operations_;
    if (closed_) return;
    if (failure) return close();
    out_at_ += bytes;
    if (out_at_ < out_.size()) {
        start_write();
        return;
    }
    write_pending_ = false;
    empty_output();
    if (!waiting_.empty()) {
        out_.swap(waiting_);
        if (!flush()) return;
    }
    if (slow_) continue_slow();
    if (writer_ != nullptr) writer_->on_drained();
    pump();
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
    if (busy_) return slow_ || streamed_ ? watch() : worker_.set_timeout(*this, {});
    if (closing_) return finish_close();
    // A head that is not complete is no running request; but who came late has one to send.
    const bool may_send = late && !served_;
    if (worker_.draining() && !may_send && reader_.where() != request_reader::progress::in_body)
        return close();
    arm_read();
    set_read_timeout();
}

void session::serve() {
    auto& request = reader_.request();
    request.local_address = local_address_;
    request.remote_address = remote_address_;
    if (worker_.draining()) request.keep_alive = false;
    head_timed_ = false;
    served_ = true;
    serving_ = true;
    try {
        worker_.target().on_request(request, *this, worker_.slot());
    } catch (const std::exception& bug) {
        base::log::error("request-failed", "a request could not be answered", {{"error", bug.what()}});
        answer_and_close(500, "the request could not be answered");
    }
    serving_ = false;
    reader_.finish();
    if (slow_) continue_slow();
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
    empty_output();
    return true;
}

void session::empty_output() {
    out_at_ = 0;
    if (out_.capacity() > kept_output) std::string().swap(out_);
    out_.clear();
}

void session::start_write() {
    worker_.set_timeout(*this, worker_.options().waits.write_stall);
    socket_.async_write_some(asio::buffer(out_.data() + out_at_, out_.size() - out_at_), write_done{this});
    write_pending_ = true;
    ++operations_;
}

void session::arm_read() {
    if (reading_) return;
    const auto room = lingering_ ? std::span<char>(worker_.scratch()) : reader_.room();
    socket_.async_read_some(asio::buffer(room.data(), room.size()), read_done{this});
    reading_ = true;
    ++operations_;
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
    if (auto* const writer = std::exchange(writer_, nullptr)) writer->on_client_gone();
}

} // namespace mockfleet::http
