// A TCP or TLS connection with callbacks.
#include "net/http_link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using boost::system::error_code;

std::string http_origin::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<http_origin> parse_origin(std::string_view url) {
    http_origin made;
    if (url.starts_with("https://")) {
        made.tls = true;
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return std::nullopt;
    }
    url = url.substr(0, url.find('/'));
    const auto colon = url.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = url.substr(0, colon);
    const auto digits = url.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
    if (problem != std::errc() || end != digits.data() + digits.size() || made.port == 0 || host.empty())
        return std::nullopt;
    made.host = host;
    return made;
}

http_link::http_link(const asio::any_io_executor& on, http_origin to, tls_choice tls)
    : to_(std::move(to)), tls_(std::move(tls)), resolver_(on), socket_(on) {}

void http_link::open(listener who) {
    who_ = std::move(who);
    error_code not_numeric;
    const auto address = asio::ip::make_address(to_.host, not_numeric);
    if (!not_numeric) {
        addresses_ = {tcp::endpoint(address, to_.port)};
        connect_next();
        return;
    }
    resolver_.async_resolve(to_.host, std::to_string(to_.port),
                            [self = shared_from_this()](error_code problem, const auto& found) {
                                if (self->closed_) return;
                                if (problem) {
                                    self->end("cannot resolve " + self->to_.host + ": " + problem.message());
                                    return;
                                }
                                for (const auto& one : found)
                                    self->addresses_.push_back(one.endpoint());
                                self->connect_next();
                            });
}

void http_link::connect_next() {
    socket_.async_connect(addresses_[next_address_], [self = shared_from_this()](error_code problem) {
        if (self->closed_) return;
        if (!problem) {
            error_code ignored;
            self->socket_.set_option(tcp::no_delay(true), ignored);
            if (self->to_.tls)
                self->handshake();
            else
                self->ready();
            return;
        }
        error_code ignored;
        self->socket_.close(ignored);
        if (++self->next_address_ < self->addresses_.size()) {
            self->connect_next();
            return;
        }
        self->end("cannot connect to " + self->to_.authority() + ": " + problem.message(),
                  problem == asio::error::connection_refused);
    });
}

void http_link::handshake() {
    if (!tls_.context) {
        end(to_.authority() + " is https, but clusterTlsCert, clusterTlsKey and clusterTlsCa are not set");
        return;
    }
    secure_.emplace(socket_, *tls_.context);
    SSL_set_tlsext_host_name(secure_->native_handle(), to_.host.c_str());
    constexpr std::array<unsigned char, 3> h2{2, 'h', '2'};
    if (tls_.h2) SSL_set_alpn_protos(secure_->native_handle(), h2.data(), h2.size());
    if (tls_.check_name) secure_->set_verify_callback(asio::ssl::host_name_verification(to_.host));
    secure_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code problem) {
        if (self->closed_) return;
        if (problem)
            self->end("TLS with " + self->to_.authority() + " failed: " + problem.message());
        else if (self->tls_.h2 && !self->chose_h2())
            self->end(self->to_.authority() + " does not offer HTTP/2, which gRPC needs");
        else
            self->ready();
    });
}

bool http_link::chose_h2() {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(secure_->native_handle(), &name, &size);
    return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

void http_link::ready() {
    connected_ = true;
    read();
    who_.connected();
}

void http_link::read() {
    auto handler = [self = shared_from_this()](error_code problem, std::size_t count) {
        if (self->closed_) return;
        if (problem) {
            self->end("the connection to " + self->to_.authority() + " ended: " + problem.message(),
                      problem == asio::error::connection_reset);
            return;
        }
        self->who_.bytes(std::string_view(self->buffer_.data(), count));
        if (!self->closed_) self->read();
    };
    if (secure_)
        secure_->async_read_some(asio::buffer(buffer_), std::move(handler));
    else
        socket_.async_read_some(asio::buffer(buffer_), std::move(handler));
}

void http_link::write(std::string text) {
    writing_ = std::move(text);
    write_rest();
}

void http_link::write_rest() {
    auto handler = [self = shared_from_this()](error_code problem, std::size_t) {
        if (self->closed_) return;
        if (!problem) {
            if (self->who_.written) self->who_.written();
            return;
        }
        self->end("cannot write to " + self->to_.authority() + ": " + problem.message());
    };
    if (secure_)
        asio::async_write(*secure_, asio::buffer(writing_), std::move(handler));
    else
        asio::async_write(socket_, asio::buffer(writing_), std::move(handler));
}

void http_link::end(const std::string& reason, bool refused) {
    if (closed_) return;
    const auto told = std::exchange(who_.ended, nullptr);
    close();
    told(reason, refused);
}

void http_link::close() {
    if (closed_) return;
    closed_ = true;
    connected_ = false;
    // One of them may be running: they go once it has returned.
    asio::post(socket_.get_executor(), [dropped = std::exchange(who_, {})] {});
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
}

} // namespace mockfleet::replicated
