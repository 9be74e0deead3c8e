// Nodes as processes: killed, stopped beyond their lease, and what the others and they themselves answer
// then.
#include "fleet_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sstream>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;

namespace {

class node_process {
public:
    node_process(const std::string& name, const std::vector<std::string>& endpoints) {
        const auto* const program = std::getenv("MOCKFLEET_NODE_PROCESS");
        REQUIRE_MESSAGE(program != nullptr, "MOCKFLEET_NODE_PROCESS names the program of a node");
        std::vector<std::string> arguments = {program, name};
        arguments.insert(arguments.end(), endpoints.begin(), endpoints.end());
        std::vector<char*> argv;
        for (auto& one : arguments)
            argv.push_back(one.data());
        argv.push_back(nullptr);
        int in[2];
        int out[2];
        REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
        REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        if (std::getenv("MOCKFLEET_TEST_LOG") == nullptr)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        REQUIRE(::posix_spawn(&pid_, program, &actions, nullptr, argv.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        to_ = in[1];
        from_ = out[0];
    }
    ~node_process() {
        ::close(to_);
        ::close(from_);
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    node_process(const node_process&) = delete;
    node_process& operator=(const node_process&) = delete;

    void signal(int number) const { ::kill(pid_, number); }
    void kill() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    void send(const std::string& line) const {
        const auto text = line + "\n";
        REQUIRE(::write(to_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    /// "STATUS NUMBER TEXT"
    reply receive(std::chrono::milliseconds patience = 20s) {
        const auto until = std::chrono::steady_clock::now() + patience;
        for (;;) {
            const auto end = pending_.find('\n');
            if (end != std::string::npos) {
                std::istringstream line(pending_.substr(0, end));
                pending_.erase(0, end + 1);
                reply one;
                std::string text;
                line >> one.status >> one.number >> text;
                one.entries.emplace_back(std::string(), text);
                return one;
            }
            REQUIRE(std::chrono::steady_clock::now() < until);
            pollfd waiting{from_, POLLIN, 0};
            if (::poll(&waiting, 1, 50) <= 0) continue;
            char bytes[4096];
            const auto size = ::read(from_, bytes, sizeof bytes);
            REQUIRE(size > 0);
            pending_.append(bytes, static_cast<std::size_t>(size));
        }
    }
    reply ask(const std::string& line) {
        send(line);
        return receive();
    }

private:
    pid_t pid_ = 0;
    int to_ = -1;
    int from_ = -1;
    std::string pending_;
};

std::chrono::milliseconds timed(const std::function<void()>& what) {
    const auto begun = std::chrono::steady_clock::now();
    what();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
}

struct process_fleet {
    process_fleet() : engine(3) {
        for (std::size_t i = 0; i < 3; ++i)
            nodes.push_back(std::make_unique<node_process>("p" + std::to_string(i), engine.urls_from(i)));
        for (auto& node : nodes)
            REQUIRE(node->receive(30s).status == MF_OK);
        for (auto& node : nodes)
            REQUIRE(eventually([&] { return node->ask("members").number == 3; }));
    }
    node_process& operator[](std::size_t i) { return *nodes[i]; }
    etcd_cluster engine;
    std::vector<std::unique_ptr<node_process>> nodes;
};

} // namespace

TEST_CASE("a killed process holds nobody up, and a new one takes its place") {
    process_fleet all;
    REQUIRE(all[0].ask("put s k before").status == MF_OK);
    REQUIRE(all[0].ask("put n c 100").status == MF_OK);
    all[2].kill();
    reply answer;
    const auto gap = timed([&] { answer = all[0].ask("put s k after"); });
    CHECK(answer.status == MF_OK);
    MESSAGE("kill -9 of a node's process: the next write took " << gap.count() << " ms");
    CHECK(gap < 1500ms);
    CHECK(all[1].ask("get s k").value() == "after");
    CHECK(all[1].ask("add n c -1").number == 99);
    node_process again("p2", all.engine.urls_from(2));
    REQUIRE(again.receive(30s).status == MF_OK);
    CHECK(again.ask("get s k").value() == "after");
    CHECK(again.ask("add n c -1").number == 98);
}

TEST_CASE("a process stopped beyond its lease is left out, and wakes up fenced") {
    process_fleet all;
    REQUIRE(all[0].ask("put s k before").status == MF_OK);
    all[2].signal(SIGSTOP);
    reply answer;
    const auto gap = timed([&] { answer = all[0].ask("put s k after"); });
    CHECK(answer.status == MF_OK);
    MESSAGE("SIGSTOP of a node's process: the next write took " << gap.count() << " ms");
    CHECK(gap < 5s);
    // The question is there before it wakes: whatever it answers, it must not be the old value.
    all[2].send("get s k");
    all[2].signal(SIGCONT);
    const auto first = all[2].receive();
    CHECK((first.status == MF_UNAVAILABLE || first.value() == "after"));
    CHECK(eventually([&] { return all[2].ask("get s k").value() == "after"; }));
    CHECK(eventually([&] { return all[2].ask("put s k own").status == MF_OK; }));
    CHECK(all[0].ask("get s k").value() == "own");
}
