// What the tests of the engine's side share: a loop that is run until something is true, and an etcd of its
// own.
#pragma once

#include "etcd/engine.hpp"
#include "etcd/etcd_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <spawn.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace mockfleet::replicated::testing {

using namespace std::chrono_literals;

/// Runs the loop until `reached` or the deadline; tells which.
inline bool run_until(boost::asio::io_context& loop, const std::function<bool()>& reached,
                      std::chrono::milliseconds deadline = 10s) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (!reached()) {
        if (std::chrono::steady_clock::now() > until) return false;
        loop.restart();
        loop.run_one_for(10ms);
    }
    return true;
}

/// The answer of one call; fails the test when none comes.
template <class T>
engine_answer<T> answer_of(boost::asio::io_context& loop, const std::function<void(engine_done<T>)>& call,
                           std::chrono::milliseconds deadline = 15s) {
    std::optional<engine_answer<T>> got;
    call([&](engine_answer<T> with) { got = std::move(with); });
    REQUIRE(run_until(loop, [&] { return got.has_value(); }, deadline));
    return std::move(*got);
}

/// Ports that were free a moment ago.
inline std::vector<std::uint16_t> free_ports(std::size_t count) {
    boost::asio::io_context io;
    std::vector<boost::asio::ip::tcp::acceptor> held;
    std::vector<std::uint16_t> ports;
    for (std::size_t i = 0; i < count; ++i) {
        held.emplace_back(io, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        ports.push_back(held.back().local_endpoint().port());
    }
    return ports;
}

/// A directory that goes with the object.
class scratch_dir {
public:
    scratch_dir() {
        std::string name = std::filesystem::temp_directory_path() / "mockfleet-test-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~scratch_dir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_dir(const scratch_dir&) = delete;
    scratch_dir& operator=(const scratch_dir&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// One bare etcd member, killed with the object.
class etcd_process {
public:
    explicit etcd_process(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "etcd");
        std::vector<char*> argv;
        for (auto& one : arguments)
            argv.push_back(one.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        REQUIRE(::posix_spawnp(&pid_, "etcd", &actions, nullptr, argv.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    ~etcd_process() { kill(SIGKILL); }
    etcd_process(const etcd_process&) = delete;
    etcd_process& operator=(const etcd_process&) = delete;
    void signal(int number) const { ::kill(pid_, number); }
    void kill(int number) {
        if (pid_ == 0) return;
        ::kill(pid_, number);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    pid_t pid_ = 0;
};

} // namespace mockfleet::replicated::testing
