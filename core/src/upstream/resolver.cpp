// getaddrinfo on detached threads, which share nothing with the program but the queue.
#include "upstream/resolver.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <deque>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

namespace mockfleet::upstream {

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t most_threads = 8;
constexpr std::size_t most_waiting = 4096;
constexpr std::chrono::seconds idle_limit{10};

/// Whoever asked and whoever answers; `to` is gone once the answer is given or not wanted any more.
struct question {
    std::string host;
    std::mutex mutex;
    resolver::receiver to;

    void answer(resolver::found made) {
        const std::lock_guard lock(mutex);
        if (const auto receive = std::exchange(to, nullptr)) receive(std::move(made));
    }
    void drop() {
        const std::lock_guard lock(mutex);
        to = nullptr;
    }
};

resolver::found look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    resolver::found made;
    if (const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &first); failure != 0) {
        made.failure = ::gai_strerror(failure);
        return made;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, &::freeaddrinfo);
    for (const auto* one = first; one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET) {
            const auto& v4 = *reinterpret_cast<const sockaddr_in*>(one->ai_addr);
            made.addresses.emplace_back(ip::address_v4(ntohl(v4.sin_addr.s_addr)));
        } else if (one->ai_family == AF_INET6) {
            const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(one->ai_addr);
            ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
            made.addresses.emplace_back(ip::address_v6(bytes, v6.sin6_scope_id));
        }
    }
    if (made.addresses.empty()) made.failure = "the name has no address";
    return made;
}

} // namespace

struct resolver::state {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::shared_ptr<question>> waiting;
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool ended = false;

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            ++idle;
            const bool some =
                changed.wait_for(lock, idle_limit, [this] { return ended || !waiting.empty(); });
            --idle;
            if (ended || !some) break;
            const auto next = std::move(waiting.front());
            waiting.pop_front();
            lock.unlock();
            next->answer(look_up(next->host));
            lock.lock();
        }
        --threads;
    }
};

resolver::resolver() : state_(std::make_shared<state>()) {}

resolver::~resolver() {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
    state_->waiting.clear();
    state_->changed.notify_all();
}

std::shared_ptr<void> resolver::ask(std::string host, receiver to) {
    auto made = std::make_shared<question>();
    made->host = std::move(host);
    made->to = std::move(to);
    std::shared_ptr<void> handle(made.get(), [made](void*) { made->drop(); });
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->waiting.size() < most_waiting) {
            state_->waiting.push_back(made);
            if (state_->idle < state_->waiting.size() && state_->threads < most_threads) {
                try {
                    std::thread([state = state_] {
                        pthread_setname_np(pthread_self(), "look-up");
                        state->work();
                    }).detach();
                    ++state_->threads;
                } catch (const std::system_error&) { // the threads that there are must do
                }
            }
            state_->changed.notify_one();
            if (state_->threads > 0) return handle;
            state_->waiting.pop_back();
        }
    }
    made->answer({{}, "too many names are being looked up"});
    return handle;
}

} // namespace mockfleet::upstream
