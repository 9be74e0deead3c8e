// One HTTP/2 connection to an engine that carries gRPC calls, many at a time.
#pragma once

#include "net/http_answer.hpp"
#include "net/http_link.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_session;

namespace mockfleet::replicated {

/// Callbacks come on the executor, never from within a call.
class grpc_link : public std::enable_shared_from_this<grpc_link> {
public:
    struct listener {
        /// The engine speaks HTTP/2: calls can be started.
        std::function<void()> ready;
        /// Once: no call can be started any more. Those that run are told of their end one by one, which may
        /// be later: an engine that stops says so first.
        std::function<void(const std::string& reason)> ended;
    };
    struct call {
        std::string path;
        std::string message;
        /// Given, it gets each message of the answer as it comes, and the request stays open for ever.
        /// Otherwise `done` has the one message as its body.
        std::function<void(std::string_view)> each;
        answer_done done; ///< once
    };
    using call_id = std::int32_t;

    grpc_link(const boost::asio::any_io_executor& on, http_origin to, tls_choice tls);
    ~grpc_link();
    grpc_link(const grpc_link&) = delete;
    grpc_link& operator=(const grpc_link&) = delete;

    void open(listener who);
    /// After ready and before ended.
    call_id start(call asked);
    /// Its `done` does not come any more. Tells what has become of it, lost or not sent.
    http_answer::outcome cancel(call_id which);
    [[nodiscard]] bool heard_since(std::chrono::steady_clock::time_point when) const {
        return heard_at_ > when;
    }
    /// Takes no more calls, and is closed once the last one has ended. `ended` does not come any more.
    void retire();
    /// No callback follows.
    void close();

private:
    struct stream;
    struct session_deleter {
        void operator()(nghttp2_session* one) const;
    };
    struct hooks; ///< what the HTTP/2 library calls

    void connected();
    void received(std::string_view bytes);
    void flush();
    /// Hands on what the library has told, which must not be done while it runs.
    void deliver();
    void deliver(const std::shared_ptr<stream>& one);
    void finish(const std::shared_ptr<stream>& one);
    [[nodiscard]] http_answer answer_of(stream& one) const;
    void leave(const std::string& reason);
    void end(const std::string& reason);
    void close_if_done();

    boost::asio::any_io_executor on_;
    http_origin to_;
    std::shared_ptr<http_link> link_;
    std::unique_ptr<nghttp2_session, session_deleter> session_;
    listener who_;
    std::map<call_id, std::shared_ptr<stream>> streams_;
    std::vector<std::shared_ptr<stream>> touched_; ///< something is to be delivered
    std::chrono::steady_clock::time_point heard_at_;
    bool settings_seen_ = false;
    bool ready_told_ = false;
    bool goodbye_ = false;
    bool retired_ = false;
    bool writing_ = false;
    bool delivering_ = false;
    bool closed_ = false;
};

} // namespace mockfleet::replicated
