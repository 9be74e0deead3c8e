// gRPC calls to one engine: whole exchanges with a deadline over one connection, and long answers over their
// own.
#pragma once

#include "net/grpc_link.hpp"
#include "net/http_answer.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// Completions and callbacks come on the executor, once, never from within the call that asks; close() calls
/// them.
class grpc_channel : public std::enable_shared_from_this<grpc_channel> {
public:
    grpc_channel(const boost::asio::any_io_executor& on, http_origin to, tls_choice tls);

    void exchange(std::string_view path, std::string_view message, std::chrono::milliseconds deadline,
                  answer_done done);

    /// Each message of the answer as it comes; `ended` once, with what the engine said if it was no success.
    struct stream_listener {
        std::function<void(std::string_view)> message;
        answer_done ended;
    };
    /// The stream ends when the returned link is closed; no callback follows.
    std::shared_ptr<grpc_link> stream(std::string_view path, std::string_view message, stream_listener who);

    /// Answers everything that waits as lost or not sent.
    void close();

private:
    struct job;
    using job_ptr = std::shared_ptr<job>;

    void open();
    void start(const job_ptr& asked);
    void ready();
    void ended(const std::shared_ptr<grpc_link>& which, const std::string& reason);
    void expired(const job_ptr& asked);
    void answer(const job_ptr& asked, http_answer with);

    boost::asio::any_io_executor on_;
    http_origin to_;
    tls_choice tls_;
    std::shared_ptr<grpc_link> link_; ///< that takes calls, or will
    bool ready_ = false;              ///< it does
    std::chrono::steady_clock::time_point opened_at_;
    std::deque<job_ptr> waiting_; ///< for it
    std::set<job_ptr> running_;
    bool closed_ = false;
};

} // namespace mockfleet::replicated
