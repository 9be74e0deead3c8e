// Blocking sockets, one thread for each connection.
#include "scripted_server.hpp"

#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mockfleet::common::testing {

namespace {

int listen_on_loopback(std::uint16_t& port) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (made < 0 || ::bind(made, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(made, 64) != 0 || ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("cannot listen on loopback");
    port = ntohs(address.sin_port);
    return made;
}

bool send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_more(int from, std::string& to) {
    std::array<char, 65536> buffer{};
    const auto count = ::recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    to.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

std::optional<received> read_request(int from, std::string& pending) {
    auto end = pending.find("\r\n\r\n");
    while (end == std::string::npos) {
        if (!receive_more(from, pending)) return std::nullopt;
        end = pending.find("\r\n\r\n");
    }
    received made;
    const auto head = pending.substr(0, end + 2);
    pending.erase(0, end + 4);
    const auto line = head.substr(0, head.find("\r\n"));
    made.method = line.substr(0, line.find(' '));
    made.target = line.substr(made.method.size() + 1, line.rfind(' ') - made.method.size() - 1);
    for (auto at = line.size() + 2; at < head.size();) {
        const auto stop = head.find("\r\n", at);
        const auto field = head.substr(at, stop - at);
        at = stop + 2;
        const auto colon = field.find(':');
        auto name = field.substr(0, colon);
        for (auto& c : name)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const auto start = field.find_first_not_of(' ', colon + 1);
        made.headers[name] = start == std::string::npos ? std::string() : field.substr(start);
    }
    const auto length = std::strtoull(made.header("content-length").c_str(), nullptr, 10);
    while (pending.size() < length) {
        if (!receive_more(from, pending)) return std::nullopt;
    }
    made.body = pending.substr(0, length);
    pending.erase(0, length);
    return made;
}

void no_delay(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

} // namespace

scripted_server::scripted_server(handler answer)
    : answer_(std::move(answer)), listener_(listen_on_loopback(port_)), acceptor_([this] { accept(); }) {}

scripted_server::~scripted_server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int one : sockets_)
            ::shutdown(one, SHUT_RDWR);
    }
    for (auto& one : threads_)
        one.join();
    for (const int one : sockets_)
        ::close(one);
}

std::vector<received> scripted_server::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void scripted_server::accept() {
    for (;;) {
        const int one = ::accept(listener_, nullptr, nullptr);
        if (one < 0) return;
        no_delay(one);
        ++connections_;
        const std::lock_guard lock(mutex_);
        sockets_.push_back(one);
        threads_.emplace_back([this, one] { serve(one); });
    }
}

void scripted_server::serve(int socket) {
    std::string pending;
    while (const auto request = read_request(socket, pending)) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(*request);
        }
        const auto answer = answer_(*request);
        if (answer.lose) break;
        std::string head = "HTTP/1.1 " + std::to_string(answer.status) +
                           " X\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
        for (const auto& [name, value] : answer.headers)
            head += name + ": " + value + "\r\n";
        head += "\r\n";
        if (answer.cut_after > 0) {
            send_all(socket, head + answer.body.substr(0, answer.cut_after));
            break;
        }
        if (!send_all(socket, head + (request->method == "HEAD" ? std::string() : answer.body))) break;
    }
    ::shutdown(socket, SHUT_RDWR);
}

losing_proxy::losing_proxy(std::uint16_t to)
    : to_(to), listener_(listen_on_loopback(port_)), acceptor_([this] { accept(); }) {}

losing_proxy::~losing_proxy() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int one : sockets_)
            ::shutdown(one, SHUT_RDWR);
    }
    for (auto& one : threads_)
        one.join();
    for (const int one : sockets_)
        ::close(one);
}

void losing_proxy::accept() {
    for (;;) {
        const int one = ::accept(listener_, nullptr, nullptr);
        if (one < 0) return;
        no_delay(one);
        const std::lock_guard lock(mutex_);
        sockets_.push_back(one);
        threads_.emplace_back([this, one] { forward(one); });
    }
}

void losing_proxy::forward(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to_);
    const bool connected = ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    {
        const std::lock_guard lock(mutex_);
        sockets_.push_back(server);
    }
    no_delay(server);
    for (std::array<pollfd, 2> both{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}}; connected;) {
        if (::poll(both.data(), both.size(), -1) < 0) break;
        std::string bytes;
        if (both[0].revents != 0 && (!receive_more(client, bytes) || !send_all(server, bytes))) break;
        if (both[1].revents == 0) continue;
        bytes.clear();
        if (!receive_more(server, bytes)) break;
        if (answers_to_lose_ > 0) {
            --answers_to_lose_;
            ++lost_;
            break;
        }
        if (answers_to_cut_ > 0) {
            --answers_to_cut_;
            ++lost_;
            send_all(client, std::string_view(bytes).substr(0, cut_after_));
            break;
        }
        if (!send_all(client, bytes)) break;
    }
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(server, SHUT_RDWR);
}

} // namespace mockfleet::common::testing
