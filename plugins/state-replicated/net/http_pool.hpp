// Keep-alive connections to one engine's JSON gateway: whole exchanges with a deadline.
#pragma once

#include "net/http_answer.hpp"
#include "net/http_link.hpp"
#include "net/http_message.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// Completions come on the executor, once, never from within the call.
class http_pool : public std::enable_shared_from_this<http_pool> {
public:
    http_pool(const boost::asio::any_io_executor& on, http_origin to, tls_choice tls);

    void exchange(std::string_view path, std::string_view body, std::chrono::milliseconds deadline,
                  answer_done done);

    /// Answers everything that waits as lost or not sent.
    void close();

    [[nodiscard]] const http_origin& origin() const { return to_; }

private:
    struct job;
    struct connection;
    using job_ptr = std::shared_ptr<job>;
    using connection_ptr = std::shared_ptr<connection>;

    void dispatch(const job_ptr& asked);
    void open(const job_ptr& asked);
    void send(const connection_ptr& over, const job_ptr& asked);
    void received(const connection_ptr& over, std::string_view bytes);
    void finished(const connection_ptr& over);
    void ended(const connection_ptr& over, const std::string& reason);
    void expired(const job_ptr& asked);
    void drop(const connection_ptr& over);
    void next();
    static void answer(const job_ptr& asked, http_answer with);

    /// The engine serves each connection by one call at a time.
    static constexpr std::size_t most_connections = 32;

    boost::asio::any_io_executor on_;
    http_origin to_;
    tls_choice tls_;
    std::vector<connection_ptr> idle_;
    std::set<connection_ptr> all_;
    std::deque<job_ptr> waiting_;
    bool closed_ = false;
};

} // namespace mockfleet::replicated
