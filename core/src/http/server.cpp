// Workers, listeners and their stop; see server.hpp.
#include "http/server.hpp"

#include "base/left_right.hpp"
#include "base/log.hpp"
#include "http/io_worker.hpp"
#include "http/listener.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <mutex>
#include <sched.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace mockfleet::http {

namespace {

/// Connections over the limit that are told so at the same time; more are just closed.
constexpr std::size_t refused_at_once = 256;
constexpr std::chrono::milliseconds cut_off_time{1000};

std::size_t usable_processors() {
    cpu_set_t usable;
    if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
    return static_cast<std::size_t>(std::max(CPU_COUNT(&usable), 1));
}

} // namespace

class server::parts {
public:
    parts(server_options given, dispatcher& target) : options(std::move(given)) {
        for (std::size_t slot = 0; slot < thread_count(options); ++slot)
            workers.push_back(std::make_unique<io_worker>(slot, options, target, count));
    }

    void admit(int socket) {
        const auto open = count.now();
        const bool full = options.max_connections != 0 && open >= options.max_connections;
        if (full && open >= options.max_connections + refused_at_once) {
            ::close(socket);
            return;
        }
        const auto least = std::min_element(workers.begin(), workers.end(), [](const auto& a, const auto& b) {
            return a->load() < b->load();
        });
        (*least)->adopt(socket, full ? admission::refused : admission::accepted);
    }

    const server_options options;
    connection_count count;
    std::vector<std::unique_ptr<io_worker>> workers;
    mutable std::mutex mutex; ///< guards what follows
    std::vector<std::shared_ptr<listener>> listeners;
    std::vector<std::uint16_t> ports;
    bool draining = false;
    bool stopped = false;
};

std::size_t thread_count(const server_options& options) {
    const auto wanted = options.io_threads == 0 ? usable_processors() : options.io_threads;
    return std::min(wanted, base::left_right<int>::max_readers);
}

server::server(server_options options, dispatcher& target)
    : parts_(std::make_unique<parts>(std::move(options), target)) {
    for (auto& worker : parts_->workers)
        worker->start();
}

server::~server() {
    stop();
}

base::result<std::vector<std::uint16_t>> server::bind(const std::vector<std::uint16_t>& ports) {
    std::vector<listening_socket> opened;
    opened.reserve(ports.size());
    for (const auto port : ports) {
        auto socket = listening_socket::open(parts_->options.bind_address, port, parts_->options.backlog);
        if (!socket) return socket.error();
        opened.push_back(std::move(*socket));
    }
    const std::lock_guard lock(parts_->mutex);
    if (parts_->draining) return base::error{base::errc::unavailable, "the server is stopping"};
    std::vector<std::uint16_t> bound;
    auto& home = parts_->workers.front()->context();
    for (auto& socket : opened) {
        bound.push_back(socket.port());
        auto made =
            std::make_shared<listener>(home, std::move(socket), [this_parts = parts_.get()](int accepted) {
                this_parts->admit(accepted);
            });
        parts_->listeners.push_back(made);
        boost::asio::post(home, [made] { made->start(); });
    }
    parts_->ports.insert(parts_->ports.end(), bound.begin(), bound.end());
    return bound;
}

std::vector<std::uint16_t> server::ports() const {
    const std::lock_guard lock(parts_->mutex);
    return parts_->ports;
}

std::size_t server::drain(std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    {
        const std::lock_guard lock(parts_->mutex);
        if (std::exchange(parts_->draining, true)) return 0;
    }
    for (auto& worker : parts_->workers)
        worker->drain();
    // Whoever comes while others are still waited for is answered; a balancer hears that the node ends.
    parts_->count.wait_for_early(patience);
    {
        const std::lock_guard lock(parts_->mutex);
        boost::asio::post(parts_->workers.front()->context(), [closing = std::move(parts_->listeners)] {
            for (const auto& each : closing)
                each->close();
        });
    }
    for (auto& worker : parts_->workers)
        worker->finish_drain();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (parts_->count.wait_for_none(std::max(left, std::chrono::milliseconds(0)))) return 0;
    const std::size_t cut_off = parts_->count.now();
    if (patience.count() > 0 && cut_off > 0)
        base::log::warn("drain-cut-off", "requests were still running when stopDrainMillis had passed",
                        {{"cut-off", std::to_string(cut_off)}});
    for (auto& worker : parts_->workers)
        worker->abort_all();
    parts_->count.wait_for_none(cut_off_time);
    return cut_off;
}

void server::stop() {
    drain(std::chrono::milliseconds(0));
    {
        const std::lock_guard lock(parts_->mutex);
        if (std::exchange(parts_->stopped, true)) return;
    }
    for (auto& worker : parts_->workers)
        worker->stop();
    for (auto& worker : parts_->workers)
        worker->join();
}

std::size_t server::connections() const {
    return parts_->count.now();
}

} // namespace mockfleet::http
