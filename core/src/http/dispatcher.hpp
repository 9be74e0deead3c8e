// What a session calls with each complete request, and how the answer comes back.
#pragma once

#include "actions/wire_answer.hpp"
#include "model/request.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mockfleet::http {

enum class after_answer { keep_open, close };

/// A handle to answer later, from any thread, at most once; dropping it unanswered closes the connection.
/// While one is outstanding the session parses no further request (pipelining stays in order).
class later {
public:
    virtual ~later() = default;
    virtual void send(std::string bytes, after_answer after) = 0;
    virtual void run(actions::wire_answer answer) = 0;
};

/// The answering side of the request being handled; valid only during dispatcher::on_request. Exactly one of
/// its calls is made.
class responder {
public:
    /// Copies `bytes` (a complete HTTP/1.1 answer) into the connection's output; sent when the read buffer is
    /// drained.
    virtual void send(std::string_view bytes, after_answer after) = 0;
    /// Pauses, chunks, resets: runs on the session's own thread.
    virtual void run(actions::wire_answer answer) = 0;
    [[nodiscard]] virtual std::unique_ptr<later> defer() = 0;
    /// The thread that on_request is called on; what is dispatched to it from there runs at once.
    [[nodiscard]] virtual boost::asio::any_io_executor home() = 0;

protected:
    ~responder() = default;
};

/// Joined in app. Called on I/O threads only; must not block, suspend or throw.
class dispatcher {
public:
    virtual ~dispatcher() = default;
    /// `slot` is the number of the I/O thread (0 <= slot < threads): the reader slot of left_right and the
    /// shard of the event log.
    virtual void on_request(const model::request_view& request, responder& answer, std::size_t slot) = 0;
};

} // namespace mockfleet::http
