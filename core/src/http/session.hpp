// One connection: reads requests, hands them to the dispatcher, writes answers in order.
#pragma once

#include "http/dispatcher.hpp"
#include "http/io_worker.hpp"
#include "http/request_reader.hpp"
#include "http/timer_wheel.hpp"

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::http {

/// Lives on one worker's thread. While a write is pending or an answer is outstanding no request is parsed,
/// and little or nothing is read, so that a client that takes no answers can make the server hold one buffer
/// only.
class session final : public timer_wheel::entry, private responder {
public:
    session(io_worker& worker, stream_socket socket);
    ~session();

    /// Every call from outside goes through here: an exception that `step` lets out costs this connection and
    /// no more, and a session that is over is deleted at the end. `step` calls what is public below.
    template <class Step>
    void enter(Step&& step) {
        try {
            step();
        } catch (const std::exception& bug) {
            give_up(bug);
        }
        // A stream that ends at once does so within the call that serves its request.
        if (closed_ && operations_ == 0 && !deferred_ && !streamed_ && !serving_) worker_.release(*this);
    }

    void start();
    /// Answers 503 and closes.
    void start_refused();
    void begin_drain();
    void abort();
    void on_timeout();

    // Links of the worker's list.
    session* next = nullptr;
    session* previous = nullptr;
    bool late = false; ///< it came when the server was ending already; set before start()

private:
    class deferred_answer;
    class piecewise_answer;
    /// An answer with pauses on its way.
    struct slow_answer {
        slow_answer(actions::wire_answer made, const http::executor& where)
            : answer(std::move(made)), timer(where) {}
        actions::wire_answer answer;
        std::size_t next = 0;
        steady_timer timer;
    };
    struct read_done;
    struct write_done;
    struct wait_done;

    void send(std::string_view bytes, after_answer after) override;
    void run(actions::wire_answer answer) override;
    std::unique_ptr<later> defer() override;
    std::unique_ptr<answer_stream> stream(answer_stream::writer& to) override;
    request_form form() override { return reader_.form(); }
    boost::asio::any_io_executor home() override;

    void on_read(const boost::system::error_code& failure, std::size_t bytes);
    void on_write(const boost::system::error_code& failure, std::size_t bytes);
    void on_wait(const boost::system::error_code& failure);
    void on_deferred_send(std::string bytes, after_answer after);
    void on_deferred_run(actions::wire_answer answer);
    void on_deferred_dropped();
    std::unique_ptr<answer_stream> on_deferred_stream(answer_stream::writer& to);
    void on_stream_write(std::string_view bytes);
    void on_stream_finish(std::string& head, std::string_view body, after_answer after);
    void on_stream_dropped();
    void end_stream();

    void give_up(const std::exception& bug) noexcept;
    void pump();
    void settle();
    void watch();
    [[nodiscard]] bool client_has_left();
    void serve();
    void continue_slow();
    void wait(std::int64_t ns);
    bool flush();
    bool write_now();
    void write_uncopied(std::string_view& head, std::string_view& body);
    void empty_output();
    void start_write();
    void arm_read();
    void set_read_timeout();
    void answer_and_close(int status, std::string_view reason);
    void finish_close();
    void close();

    io_worker& worker_;
    stream_socket socket_;
    request_reader reader_;
    std::string out_;
    std::size_t out_at_ = 0; // already sent
    std::string waiting_;    // behind out_, while a write is pending
    std::unique_ptr<slow_answer> slow_;
    answer_stream::writer* writer_ = nullptr; // of the stream, while it can still be told something
    std::string local_address_;
    std::string remote_address_;
    unsigned operations_ = 0; // handlers that will still be called with this session
    bool reading_ = false;
    bool write_pending_ = false;
    bool served_ = false;   // a request
    bool busy_ = false;     // an answer is outstanding
    bool deferred_ = false; // a deferred_answer refers to this session
    bool streamed_ = false; // a piecewise_answer refers to this session
    bool stream_begun_ = false;
    bool serving_ = false; // the dispatcher is being called
    bool closing_ = false; // after what is in out_
    bool linger_ = false;  // the client may still be sending: let it read the answer first
    bool lingering_ = false;
    bool closed_ = false;
    bool head_timed_ = false;
};

} // namespace mockfleet::http
