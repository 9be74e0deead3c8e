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

/// What of a request is nobody's to match, but says how it is to be passed on and answered.
struct request_form {
    std::string_view origin;  ///< "http://host:port" of an absolute-form target; empty for the others
    bool takes_chunks = true; ///< of an answer; false for HTTP/1.0
};

/// An answer written piece by piece, on the session's own thread only. Dropping it before the end closes the
/// connection behind what has been written, so that the client sees an answer that is cut off.
class answer_stream {
public:
    /// Of who writes; called on the session's thread.
    class writer {
    public:
        /// What write() left behind has gone out.
        virtual void on_drained() = 0;
        /// The client is gone: nothing that is written from now on arrives. The last call; it may come from
        /// within write() or stream().
        virtual void on_client_gone() = 0;

    protected:
        ~writer() = default;
    };

    virtual ~answer_stream() = default;
    /// Copies what the socket does not take at once. False: so much waits for the client now that the writer
    /// should wait for on_drained().
    [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
    /// The last bytes, `head` before `body`, copied or sent before the session goes on with the next request.
    /// A head that is the first of the answer may be changed to announce the end of the connection. No
    /// further calls.
    virtual void finish(std::string& head, std::string_view body, after_answer after) = 0;
};

/// A handle to answer later, from any thread, at most once; dropping it unanswered closes the connection.
/// While one is outstanding the session parses no further request (pipelining stays in order).
class later {
public:
    virtual ~later() = default;
    virtual void send(std::string bytes, after_answer after) = 0;
    virtual void run(actions::wire_answer answer) = 0;
    /// On the session's own thread only. `to` outlives the stream.
    [[nodiscard]] virtual std::unique_ptr<answer_stream> stream(answer_stream::writer& to) = 0;
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
    /// `to` outlives the stream.
    [[nodiscard]] virtual std::unique_ptr<answer_stream> stream(answer_stream::writer& to) = 0;
    /// Valid as long as the request.
    [[nodiscard]] virtual request_form form() = 0;
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
    /// On that I/O thread, when it is about to end: whatever runs or waits there must come to its end now.
    virtual void on_stop(std::size_t /*slot*/) {}
};

} // namespace mockfleet::http
