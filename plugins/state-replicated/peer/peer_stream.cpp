// The two kinds of streams; the only file of the fabric that includes Asio's TLS.
#include "peer/peer_stream.hpp"

#include "net/tls_context.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <type_traits>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t read_bytes = 64U << 10;

template <class Stream>
class stream_of final : public peer_stream, public std::enable_shared_from_this<stream_of<Stream>> {
public:
    static constexpr bool is_tls = !std::is_same_v<Stream, tcp::socket>;

    template <class... More>
    stream_of(stream_side side, tcp::socket socket, More&... more)
        : stream_(std::move(socket), more...), side_(side) {}

    Stream& stream() { return stream_; }

    void open(done then) override {
        if constexpr (is_tls) {
            stream_.async_handshake(side_ == stream_side::connecting ? asio::ssl::stream_base::client
                                                                     : asio::ssl::stream_base::server,
                                    [self = this->shared_from_this(),
                                     then = std::move(then)](boost::system::error_code ec) { then(ec); });
        } else {
            asio::post(stream_.get_executor(), [then = std::move(then)] { then({}); });
        }
    }

    void read(read_done then) override {
        stream_.async_read_some(asio::buffer(buffer_),
                                [self = this->shared_from_this(),
                                 then = std::move(then)](boost::system::error_code ec, std::size_t size) {
                                    // A process that ends says no goodbye: with TLS that is cut off, too.
                                    if (ec == asio::ssl::error::stream_truncated) ec = asio::error::eof;
                                    then(ec, std::string_view(self->buffer_.data(), size));
                                });
    }

    void write(const std::string& bytes, done then) override {
        asio::async_write(stream_, asio::buffer(bytes),
                          [self = this->shared_from_this(),
                           then = std::move(then)](boost::system::error_code ec, std::size_t) { then(ec); });
    }

    void close() override {
        boost::system::error_code ignored;
        stream_.lowest_layer().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.lowest_layer().close(ignored);
    }

private:
    Stream stream_;
    stream_side side_;
    std::array<char, read_bytes> buffer_{};
};

} // namespace

peer_streams::peer_streams(const tls_files& files) {
    if (!files.on()) return;
    // Names are not compared: a node is reached by whatever address it gave, and only the fleet's nodes hold
    // certificates of its authority.
    client_ = make_tls_context(files, tls_role::client);
    server_ = make_tls_context(files, tls_role::server);
}

std::shared_ptr<peer_stream> peer_streams::make(tcp::socket socket, stream_side side,
                                                const std::string& host) const {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const auto& tls = side == stream_side::connecting ? client_ : server_;
    if (!tls) return std::make_shared<stream_of<tcp::socket>>(side, std::move(socket));
    auto made = std::make_shared<stream_of<asio::ssl::stream<tcp::socket>>>(side, std::move(socket), *tls);
    if (side == stream_side::connecting && !host.empty())
        SSL_set_tlsext_host_name(made->stream().native_handle(), host.c_str());
    return made;
}

} // namespace mockfleet::replicated
