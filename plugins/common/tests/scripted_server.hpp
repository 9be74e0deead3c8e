// A small HTTP server for tests of clients: it hands every request to a function, and can lose connections.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mockfleet::common::testing {

struct received {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

struct scripted_answer {
    int status = 200;
    std::string body;
    std::map<std::string, std::string> headers;
    bool lose = false;         ///< close the connection instead of answering
    std::size_t cut_after = 0; ///< close it after that many bytes of the body
};

class scripted_server {
public:
    using handler = std::function<scripted_answer(const received&)>;

    explicit scripted_server(handler answer);
    ~scripted_server();
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<received> requests() const;
    [[nodiscard]] int connections() const { return connections_; }

private:
    void accept();
    void serve(int socket);

    handler answer_;
    std::uint16_t port_ = 0; // before the listener, which sets it
    int listener_ = -1;
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::vector<received> requests_;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// Forwards connections to a port of this machine, and can lose what comes back.
class losing_proxy {
public:
    explicit losing_proxy(std::uint16_t to);
    ~losing_proxy();
    losing_proxy(const losing_proxy&) = delete;
    losing_proxy& operator=(const losing_proxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// The next `count` connections that get an answer are closed instead, before its first byte arrives.
    void lose_answers(int count) { answers_to_lose_ = count; }
    /// The next `count` answers are cut after `bytes`.
    void cut_answers(int count, std::size_t bytes) {
        cut_after_ = bytes;
        answers_to_cut_ = count;
    }
    [[nodiscard]] int lost() const { return lost_; }

private:
    void accept();
    void forward(int client);

    std::uint16_t to_;
    std::uint16_t port_ = 0; // before the listener, which sets it
    int listener_ = -1;
    std::atomic<int> answers_to_lose_{0};
    std::atomic<int> answers_to_cut_{0};
    std::atomic<std::size_t> cut_after_{0};
    std::atomic<int> lost_{0};
    std::mutex mutex_;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace mockfleet::common::testing
