// Sending and receiving; how a connection comes about is in connecting.cpp.
#include "upstream/exchange.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace mockfleet::upstream {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

} // namespace

exchange::exchange(std::shared_ptr<client> owner) : client_(std::move(owner)), options_(client_->current()) {
    client_->add(*this);
    if (client_->stopped_) interrupted_ = failure::kind::cancelled;
}

exchange::~exchange() {
    client_->remove(*this);
}

std::string exchange::pool_key() const {
    return order_.to.host + (order_.to.tls ? " tls " : " ") + std::to_string(order_.to.port);
}

failure exchange::failed(failure::kind what, std::string reason) const {
    if (!interrupted_) return {what, std::move(reason)};
    if (*interrupted_ == failure::kind::timeout)
        return {failure::kind::timeout, "no answer in time: " + std::move(reason)};
    return {*interrupted_, "given up"};
}

void exchange::interrupt(failure::kind why) {
    if (!interrupted_) interrupted_ = why;
    error_code ignored;
    if (connection_) connection_->socket.close(ignored);
    if (pause_) pause_->cancel();
}

void exchange::wake() {
    woken_ = true;
    if (pause_) pause_->cancel();
}

task<void> exchange::until_woken(http::steady_timer::time_point latest) {
    if (!woken_ && !interrupted_) {
        pause_.emplace(client_->where_, latest);
        static_cast<void>(co_await pause_->async_wait(waiting));
        pause_.reset();
    }
    woken_ = false;
}

task<void> exchange::wait() {
    client_->set_deadline(*this, {});
    co_await until_woken(http::steady_timer::time_point::max());
}

task<void> exchange::sleep(std::chrono::nanoseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!interrupted_ && std::chrono::steady_clock::now() < until)
        co_await until_woken(until);
}

void exchange::set(order what) {
    order_ = std::move(what);
    silence_limit_ = options_->silence_limit;
}

/// The connection is to carry the request now.
void exchange::prepare() {
    unsent_ = order_.bytes;
    connection_->reader.begin(order_.body);
    client_->set_deadline(*this, silence_limit_);
}

bool exchange::begin_at_once() {
    if (interrupted_ || options_ != client_->current()) return false;
    connection_ = client_->take_idle(pool_key());
    if (!connection_) return false;
    pooled_ = true;
    prepare();
    if (connection_->tls) return false;
    const auto sent = ::send(connection_->socket.native_handle(), unsent_.data(), unsent_.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) unsent_.remove_prefix(static_cast<std::size_t>(sent));
    return unsent_.empty();
}

void exchange::received(const error_code& ec, std::size_t bytes) {
    early_ = taken(ec, bytes);
}

task<std::optional<failure>> exchange::begin() {
    for (;;) {
        if (interrupted_) co_return early_ ? early_ : failed(failure::kind::cancelled, "given up");
        if (!connection_) {
            const auto key = pool_key();
            if (options_ == client_->current()) connection_ = client_->take_idle(key);
            pooled_ = connection_ != nullptr;
            if (!pooled_) {
                client_->set_deadline(*this, order_.connect_limit.count() > 0 ? order_.connect_limit
                                                                              : options_->connect_limit);
                connection_ = std::make_unique<connection>(client_->where_, options_);
                connection_->key = key;
                if (auto problem = co_await connect()) co_return problem;
            }
            prepare();
        }
        auto& reader = connection_->reader;
        auto ended = std::exchange(early_, std::nullopt);
        std::optional<failure> problem;
        if (!unsent_.empty()) problem = co_await send(std::exchange(unsent_, {}));
        // An upstream may answer before it has read everything, and then close.
        while (!problem || problem->what == failure::kind::closed) {
            const auto got = reader.next();
            if (got == response_reader::outcome::head) co_return std::nullopt;
            if (got == response_reader::outcome::broken) {
                problem =
                    failed(reader.cut_off() ? failure::kind::closed : failure::kind::malformed, reader.why());
                break;
            }
            if (!ended) ended = co_await receive();
            if (ended) {
                if (!problem) problem = std::move(ended);
                break;
            }
        }
        // A pooled connection may have been closed while the request was on its way.
        const bool again =
            pooled_ && order_.repeatable && !reader.begun() && problem->what == failure::kind::closed;
        if (!again) co_return problem;
        connection_.reset();
    }
}

task<std::optional<failure>> exchange::send(std::string_view bytes) {
    auto& to = *connection_;
    error_code ec;
    if (!to.tls) {
        const auto sent =
            ::send(to.socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    // Progress is what counts, however long the whole takes.
    while (!bytes.empty() && !ec) {
        std::size_t size = 0;
        const auto rest = asio::buffer(bytes.data(), bytes.size());
        if (to.tls)
            std::tie(ec, size) = co_await to.tls->async_write_some(rest, waiting);
        else
            std::tie(ec, size) = co_await to.socket.async_write_some(rest, waiting);
        bytes.remove_prefix(size);
        client_->set_deadline(*this, silence_limit_);
    }
    if (ec) co_return failed(failure::kind::closed, "the request could not be sent: " + ec.message());
    co_return std::nullopt;
}

task<std::optional<failure>> exchange::receive() {
    auto& from = *connection_;
    client_->set_deadline(*this, silence_limit_);
    const auto room = from.reader.room();
    const auto buffer = asio::buffer(room.data(), room.size());
    error_code ec;
    std::size_t size = 0;
    if (from.tls)
        std::tie(ec, size) = co_await from.tls->async_read_some(buffer, waiting);
    else
        std::tie(ec, size) = co_await from.socket.async_read_some(buffer, waiting);
    co_return taken(ec, size);
}

std::optional<failure> exchange::taken(const error_code& ec, std::size_t bytes) {
    auto& reader = connection_->reader;
    reader.received(bytes);
    if (!ec) return std::nullopt;
    // Only what TLS has ended by itself, or what has no TLS, has ended in good order.
    if (ec == asio::error::eof && !interrupted_) {
        reader.ended();
        return std::nullopt;
    }
    return failed(failure::kind::closed, "the answer could not be received: " + ec.message());
}

void exchange::complete() {
    client_->set_deadline(*this, {});
    if (!connection_ || (!interrupted_ && connection_->reusable() && client_->give_back(connection_))) return;
    error_code ignored;
    connection_->socket.close(ignored);
}

} // namespace mockfleet::upstream
