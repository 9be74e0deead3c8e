// A connection between two nodes as bytes: TCP, or TLS with certificates of both sides.
#pragma once

#include "settings/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
} // namespace boost::asio::ssl

namespace mockfleet::replicated {

/// One read and one write at a time; all calls and completions on the loop. close() ends what is outstanding.
class peer_stream {
public:
    using done = std::function<void(boost::system::error_code)>;
    using read_done = std::function<void(boost::system::error_code, std::string_view)>;

    virtual ~peer_stream() = default;
    /// TLS: the handshake; TCP: nothing. Completes later.
    virtual void open(done then) = 0;
    /// The bytes are valid until `then` returns.
    virtual void read(read_done then) = 0;
    /// `bytes` is borrowed until `then`.
    virtual void write(const std::string& bytes, done then) = 0;
    virtual void close() = 0;
};

enum class stream_side { connecting, listening };

/// Loaded once; makes streams of one kind.
class peer_streams {
public:
    /// Throws plugin::failure when a certificate or key cannot be used.
    explicit peer_streams(const tls_files& files);

    /// `host` is sent as the server name when connecting with TLS; it may be empty.
    [[nodiscard]] std::shared_ptr<peer_stream> make(boost::asio::ip::tcp::socket socket, stream_side side,
                                                    const std::string& host) const;

private:
    std::shared_ptr<boost::asio::ssl::context> client_; ///< null = TCP
    std::shared_ptr<boost::asio::ssl::context> server_;
};

} // namespace mockfleet::replicated
