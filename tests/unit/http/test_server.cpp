// A running server on a free port against raw sockets: order, back-pressure, timeouts, limits, stop.
#include "http/server.hpp"

#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <new>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace mockfleet;
using namespace std::chrono_literals;
using http::after_answer;

namespace {

/// Larger pieces of memory cannot be had, from any thread.
std::atomic<std::size_t> largest_allocation{std::string::npos};

} // namespace

// Not inlined, so that compilers do not take the pair of malloc and free for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* made = size > largest_allocation ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (made == nullptr) throw std::bad_alloc();
    return made;
}
void* operator new[](std::size_t size) {
    return operator new(size);
}
[[gnu::noinline]] void operator delete(void* given) noexcept {
    std::free(given);
}
[[gnu::noinline]] void operator delete(void* given, std::size_t) noexcept {
    std::free(given);
}
[[gnu::noinline]] void operator delete[](void* given) noexcept {
    std::free(given);
}
[[gnu::noinline]] void operator delete[](void* given, std::size_t) noexcept {
    std::free(given);
}

namespace {

/// Answers by path: /echo the body, /later from another thread, /slow in three pieces, /large with many
/// bytes, /reset, /drop; /soon after 0.3 s, /late after a minute, /task with a failing piece of work behind
/// it.
class test_dispatcher final : public http::dispatcher {
public:
    ~test_dispatcher() override {
        for (auto& thread : threads_)
            thread.join();
    }

    void on_request(const model::request_view& request, http::responder& answer, std::size_t slot) override {
        last_slot = slot;
        ++requests;
        const auto after = request.keep_alive ? after_answer::keep_open : after_answer::close;
        if (request.path == "/large") return answer.send(text(std::string(large_size, 'L')), after);
        if (request.path == "/slow") {
            actions::wire_answer slow;
            slow.pieces = {
                {1'000'000, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"}, {1'000'000, "ab"}, {0, "cd"}};
            if (!request.keep_alive) slow.after = actions::wire_answer::end::close;
            return answer.run(std::move(slow));
        }
        if (request.path == "/reset") {
            actions::wire_answer reset;
            reset.pieces = {{0, "partial"}};
            reset.after = actions::wire_answer::end::reset;
            return answer.run(std::move(reset));
        }
        if (request.path == "/drop") {
            answer.defer().reset();
            return;
        }
        if (request.path == "/late") {
            actions::wire_answer late;
            late.pieces = {{60'000'000'000, text("late")}};
            return answer.run(std::move(late));
        }
        if (request.path == "/soon") {
            actions::wire_answer soon;
            soon.pieces = {
                {300'000'000, "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 4\r\n\r\nsoon"}};
            return answer.run(std::move(soon));
        }
        if (request.path == "/task") {
            boost::asio::post(answer.home(), [] { throw std::runtime_error("a bug of a task"); });
            return answer.send(text("task"), after);
        }
        if (request.path == "/throw") throw std::runtime_error("a bug");
        if (request.path == "/later" || request.path == "/held") {
            const bool held = request.path == "/held";
            threads_.emplace_back([this, held, after, reply = answer.defer()]() mutable {
                if (held) {
                    std::unique_lock lock(mutex_);
                    wake_.wait(lock, [this] { return released_; });
                }
                reply->send("HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nlater",
                            after);
            });
            return;
        }
        answer.send(text(std::string(request.path) + ":" + std::string(request.body) + ":" +
                         std::string(request.local_address) + ":" + (request.keep_alive ? "keep" : "close")),
                    after);
    }

    static std::string text(const std::string& body) {
        return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        wake_.notify_all();
    }

    static constexpr std::size_t large_size = 8 * 1024 * 1024;
    std::atomic<int> requests{0};
    std::atomic<std::size_t> last_slot{0};

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool released_ = false;
    std::vector<std::thread> threads_; // each made on the one I/O thread of these tests
};

class client {
public:
    explicit client(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer > 0)
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~client() {
        if (socket_ >= 0) ::close(socket_);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void send(std::string_view bytes) { // NOLINT: a short write is a failure of the test
        CHECK(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(bytes.size()));
    }
    void send_what_fits(std::string_view bytes) { // the server may end the connection meanwhile
        ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    /// What has come once `size` bytes are there or the server has closed.
    std::string read(std::size_t size) {
        while (got_.size() < size && receive()) {
        }
        return got_;
    }
    std::string read_to_end() {
        while (receive()) {
        }
        return got_;
    }
    [[nodiscard]] bool was_reset() const { return reset_; }
    void forget() { got_.clear(); }
    void close() { ::shutdown(socket_, SHUT_WR); }
    void reset() {
        const linger drop{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
        ::close(std::exchange(socket_, -1));
    }

private:
    bool receive() {
        pollfd wanted{socket_, POLLIN, 0};
        if (::poll(&wanted, 1, 10'000) <= 0) {
            FAIL("nothing came in time");
            return false;
        }
        char bytes[65536];
        const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size < 0) reset_ = true;
        if (size <= 0) return false;
        got_.append(bytes, static_cast<std::size_t>(size));
        return true;
    }

    int socket_;
    std::string got_;
    bool reset_ = false;
};

http::server_options one_thread() {
    http::server_options options;
    options.io_threads = 1;
    options.bind_address = "127.0.0.1";
    return options;
}

std::uint16_t open_port(http::server& server) {
    const auto ports = server.bind({0});
    REQUIRE(ports.has_value());
    return ports->front();
}

template <class Condition>
bool comes_true(Condition&& condition, std::chrono::milliseconds patience = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

std::string get(const std::string& path, const std::string& headers = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

} // namespace

TEST_CASE("requests of one connection are answered in order, whatever way") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    client connection(open_port(server));
    connection.send(get("/a") + get("/later") + get("/slow") + get("/b") + get("/later") +
                    get("/c", "Connection: close\r\n") + get("/never"));
    const auto all = connection.read_to_end();
    const auto at = [&](const char* part, std::size_t from) { return all.find(part, from); };
    const auto a = at("/a:", 0);
    const auto first_later = at("later", a);
    const auto slow = at("abcd", first_later);
    const auto b = at("/b:", slow);
    const auto second_later = at("later", b);
    const auto c = at("/c:", second_later);
    CHECK(c != std::string::npos);
    CHECK(all.find("/never") == std::string::npos);
    CHECK(all.find(":close", c) != std::string::npos);
    CHECK(target.requests == 6);
}

TEST_CASE("addresses are told to the dispatcher") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client connection(port);
    connection.send(get("/x", "Connection: close\r\n"));
    CHECK(connection.read_to_end().find("127.0.0.1:" + std::to_string(port)) != std::string::npos);
}

TEST_CASE("a client that does not read holds up nobody and loses nothing") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client slow(port, 4096);
    for (int i = 0; i < 4; ++i)
        slow.send(get("/large"));
    client quick(port);
    for (int i = 0; i < 100; ++i) {
        quick.forget();
        quick.send(get("/q"));
        CHECK(quick.read(60).find("/q:") != std::string::npos);
    }
    const auto answer_size = test_dispatcher::text(std::string(test_dispatcher::large_size, 'L')).size();
    CHECK(slow.read(4 * answer_size).size() == 4 * answer_size);
}

TEST_CASE("refusals carry their status, end the connection and can be read by a client still sending") {
    test_dispatcher target;
    auto options = one_thread();
    options.limits.body = 1000;
    http::server server(options, target);
    const auto port = open_port(server);
    client connection(port);
    connection.send(get("/a") + "POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" +
                    std::string(300'000, 'x'));
    const auto all = connection.read_to_end();
    CHECK(all.find("/a:") != std::string::npos);
    CHECK(all.find("HTTP/1.1 413 ") != std::string::npos);
    CHECK(all.find("connection: close") != std::string::npos);
    CHECK_FALSE(connection.was_reset());
    CHECK(target.requests == 1);
}

TEST_CASE("100-continue") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    client connection(open_port(server));
    connection.send("POST /p HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(connection.read(25) == "HTTP/1.1 100 Continue\r\n\r\n");
    connection.forget();
    connection.send("abc");
    CHECK(connection.read(60).find("/p:abc:") != std::string::npos);
}

TEST_CASE("reset, dropped answers and bugs end the one connection only") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client reset(port);
    reset.send(get("/reset"));
    reset.read_to_end();
    CHECK(reset.was_reset());
    client dropped(port);
    dropped.send(get("/drop"));
    CHECK(dropped.read_to_end().empty());
    client bug(port);
    bug.send(get("/throw"));
    CHECK(bug.read_to_end().find("HTTP/1.1 500 ") == 0);
    client fine(port);
    fine.send(get("/fine"));
    CHECK(fine.read(50).find("/fine:") != std::string::npos);
}

TEST_CASE("more connections than allowed are told so") {
    test_dispatcher target;
    auto options = one_thread();
    options.max_connections = 1;
    http::server server(options, target);
    const auto port = open_port(server);
    auto first = std::make_unique<client>(port);
    first->send(get("/first"));
    CHECK(first->read(50).find("/first:") != std::string::npos);
    {
        client second(port);
        second.send(get("/second"));
        CHECK(second.read_to_end().find("HTTP/1.1 503 ") == 0);
        CHECK_FALSE(second.was_reset());
    }
    CHECK(target.requests == 1);
    first.reset();
    while (server.connections() != 0)
        std::this_thread::yield();
    client third(port);
    third.send(get("/third"));
    CHECK(third.read(50).find("/third:") != std::string::npos);
}

TEST_CASE("timeouts: head, body, idle, write") {
    test_dispatcher target;
    auto options = one_thread();
    options.waits = {300ms, 300ms, 300ms, 300ms};
    http::server server(options, target);
    const auto port = open_port(server);
    client head(port);
    client body(port);
    client idle(port);
    client stalled(port, 4096);
    head.send("GET / HT");
    body.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    idle.send(get("/idle"));
    for (int i = 0; i < 4; ++i)
        stalled.send(get("/large"));
    CHECK(head.read_to_end().find("HTTP/1.1 408 ") == 0);
    CHECK(body.read_to_end().find("HTTP/1.1 408 ") == 0);
    CHECK(idle.read_to_end().ends_with(":keep"));
    while (server.connections() != 0)
        std::this_thread::yield();
    stalled.read_to_end();
    CHECK(stalled.was_reset());
}

TEST_CASE("drain: idle connections close at once, running requests are answered, new ones get one answer") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client idle(port);
    idle.send(get("/idle"));
    idle.read(50);
    client running(port);
    running.send(get("/held"));
    while (target.requests < 2)
        std::this_thread::yield();
    std::thread stopping([&] { CHECK(server.drain(10s) == 0); });
    CHECK(idle.read_to_end().ends_with(":keep"));
    client asking(port);
    asking.send("GET /ready HTTP/1.1\r\nHo");
    client silent(port);
    client again(port);
    again.send(get("/x"));
    CHECK(again.read_to_end().ends_with(":close"));
    asking.send("st: x\r\n\r\n");
    CHECK(asking.read_to_end().ends_with(":close"));
    target.release();
    CHECK(running.read_to_end().find("later") != std::string::npos);
    CHECK(silent.read_to_end().empty());
    stopping.join();
    CHECK(server.connections() == 0);
    const auto late = server.bind({0});
    CHECK_FALSE(late.has_value());
}

TEST_CASE("drain cuts off what does not end in time") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    client running(open_port(server));
    running.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    while (server.connections() == 0)
        std::this_thread::yield();
    client answered(server.ports().front());
    answered.send(get("/x"));
    answered.read(40); // by now the first connection's bytes have been read as well
    CHECK(server.drain(100ms) == 1);
    CHECK(running.read_to_end().empty());
}

TEST_CASE("a client that leaves while its answer is delayed is forgotten at once") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client closed(port);
    client reset(port);
    client pipelining(port);
    client flooding(port);
    client staying(port);
    for (auto* one : {&closed, &reset, &pipelining, &flooding, &staying})
        one->send(get("/late"));
    CHECK(comes_true([&] { return target.requests == 5; }));
    pipelining.send(get("/x") + get("/y"));
    flooding.send(get("/" + std::string(120'000, 'x'))); // more than is taken in
    closed.close();
    reset.reset();
    CHECK(comes_true([&] { return server.connections() == 3; }));
    pipelining.close();
    CHECK(comes_true([&] { return server.connections() == 2; }));
    flooding.close();
    CHECK(comes_true([&] { return server.connections() == 1; }));
    CHECK(target.requests == 5);
    CHECK(server.drain(200ms) == 1);
}

TEST_CASE("what is pipelined behind a delayed answer waits for it, however much it is") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    client connection(open_port(server));
    std::string all = get("/soon");
    for (int i = 0; i < 4000; ++i)
        all += get("/x");
    std::thread sending([&] { connection.send(all + get("/last", "Connection: close\r\n")); });
    const auto answers = connection.read_to_end();
    sending.join();
    CHECK(answers.find("soon") < answers.find("/x:"));
    CHECK(answers.find("/last:") != std::string::npos);
    CHECK(target.requests == 4002);
}

TEST_CASE("drain: answers on their way say close, half a head is nothing to wait for") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client soon(port);
    client held(port);
    client half(port);
    half.send("GET /d HTTP/1.1\r\nHo");
    soon.send(get("/soon") + get("/never"));
    held.send(get("/held"));
    CHECK(comes_true([&] { return target.requests == 2; }));
    std::thread stopping([&] { CHECK(server.drain(10s) == 0); });
    CHECK(half.read_to_end().empty());
    const auto delayed = soon.read_to_end();
    CHECK(delayed.find("connection: close\r\n") != std::string::npos);
    CHECK(delayed.ends_with("soon"));
    target.release();
    const auto deferred = held.read_to_end();
    CHECK(deferred.find("connection: close\r\n") != std::string::npos);
    CHECK(deferred.ends_with("later"));
    stopping.join();
}

TEST_CASE("an exception on an I/O thread costs one connection at most") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto port = open_port(server);
    client task(port);
    task.send(get("/task"));
    CHECK(task.read(40).find("task") != std::string::npos);
    task.forget();
    task.send(get("/still"));
    CHECK(task.read(40).find("/still:") != std::string::npos);

    client greedy(port);
    const std::string body(5'000'000, 'x');
    largest_allocation = 1'000'000;
    greedy.send("POST /x HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n");
    std::thread sending([&] { greedy.send_what_fits(body); });
    greedy.read_to_end();
    sending.join();
    largest_allocation = std::string::npos;
    CHECK(greedy.was_reset());
    CHECK(comes_true([&] { return server.connections() == 1; }));
    task.forget();
    task.send(get("/again"));
    CHECK(task.read(40).find("/again:") != std::string::npos);
}

TEST_CASE("binding") {
    test_dispatcher target;
    http::server server(one_thread(), target);
    const auto ports = server.bind({0, 0});
    REQUIRE(ports.has_value());
    CHECK(ports->size() == 2);
    CHECK(server.ports() == *ports);
    for (const auto port : *ports) {
        client connection(port);
        connection.send(get("/x"));
        CHECK(connection.read(40).find("/x:") != std::string::npos);
    }
    const auto again = server.bind({0, ports->front()});
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().message == "Exception while binding MockServer to port " +
                                       std::to_string(ports->front()) +
                                       " port already in use: Address already in use");
    CHECK(server.ports() == *ports); // all or none
}

TEST_CASE("several threads share the connections") {
    test_dispatcher target;
    auto options = one_thread();
    options.io_threads = 3;
    http::server server(options, target);
    const auto port = open_port(server);
    std::vector<std::unique_ptr<client>> connections;
    std::vector<int> per_slot(3, 0);
    for (int i = 0; i < 9; ++i) {
        connections.push_back(std::make_unique<client>(port));
        connections.back()->send(get("/x"));
        connections.back()->read(40);
        ++per_slot.at(target.last_slot);
    }
    CHECK(per_slot == std::vector<int>{3, 3, 3});
    CHECK(http::thread_count(options) == 3);
}
