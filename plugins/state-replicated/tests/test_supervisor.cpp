// The engine's process: started, its lines, restarted after a kill, stopped, and gone with its parent.
#include "fixtures.hpp"
#include "life/data_dir.hpp"
#include "life/engine_command.hpp"
#include "life/supervisor.hpp"
#include "test_log.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/wait.h>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;

namespace {

settings local_settings() {
    const auto ports = free_ports(2);
    settings one;
    one.own_name = "local";
    one.peer_port = ports[0];
    one.client_port = ports[1];
    return one;
}

child_command local_command(const settings& one, const std::string& dir) {
    std::string problem;
    const auto program = find_engine_program("", problem);
    REQUIRE_MESSAGE(program.has_value(), problem);
    return engine_command(one, {.program = *program,
                                .dir = dir,
                                .member = "local",
                                .initial_cluster = "local=" + engine_url(one, "127.0.0.1", one.peer_port)});
}

} // namespace

TEST_CASE("an engine is supervised: usable, started again after a kill, stopped") {
    boost::asio::io_context loop;
    test_log log;
    scratch_dir dir;
    const auto one = local_settings();
    const auto command = local_command(one, dir.path());
    auto keeper = std::make_shared<supervisor>(loop, log.logger());
    std::vector<engine_exit> exits;
    REQUIRE(keeper
                ->start(command,
                        [&](const engine_exit& how) -> std::optional<child_command> {
                            exits.push_back(how);
                            return command;
                        })
                .empty());
    etcd_client client(loop.get_executor(), {.endpoints = {own_client_url(one)}, .overall = 10s});
    const auto put = [&](const std::string& value) {
        return answer_of<transaction_result>(loop, [&](auto done) {
            client.transact({.then = {{.what = operation::kind::put, .key = "k", .value = value}}}, done);
        });
    };
    REQUIRE_FALSE(put("1").failed);
    const auto first = keeper->pid();
    ::kill(first, SIGKILL);
    REQUIRE(run_until(loop, [&] { return exits.size() == 1; }));
    CHECK(exits[0].how == "signal SIGKILL");
    CHECK(exits[0].failures == 1);
    const auto read = answer_of<range_result>(loop, [&](auto done) { client.range({.key = "k"}, done); });
    REQUIRE_MESSAGE(!read.failed, read.error.message);
    CHECK(read.value.entries.size() == 1);
    CHECK(keeper->pid() != first);
    bool stopped = false;
    const auto start = std::chrono::steady_clock::now();
    keeper->stop(5s, [&] { stopped = true; });
    REQUIRE(run_until(loop, [&] { return stopped; }));
    CHECK(std::chrono::steady_clock::now() - start < 3s);
    CHECK_FALSE(keeper->running());
    CHECK(exits.size() == 1);
    client.close();
}

TEST_CASE("what cannot run is said in the operator's words") {
    boost::asio::io_context loop;
    test_log log;
    auto keeper = std::make_shared<supervisor>(loop, log.logger());
    const auto problem = keeper->start({"/none/etcd", {}, {}}, nullptr);
    CHECK(problem == "cannot start '/none/etcd': No such file or directory");
    std::string why;
    CHECK_FALSE(find_engine_program("/none/etcd", why).has_value());
    CHECK(why.find("clusterEngineBinaryPath") != std::string::npos);
}

TEST_CASE("a child that fails at once is started with growing pauses and its words are kept") {
    boost::asio::io_context loop;
    test_log log;
    auto keeper = std::make_shared<supervisor>(loop, log.logger());
    std::vector<engine_exit> exits;
    const child_command broken{
        "/bin/sh", {"-c", R"(echo '{"level":"fatal","msg":"no luck","error":"really"}' >&2; exit 3)"}, {}};
    REQUIRE(keeper
                ->start(broken,
                        [&](const engine_exit& how) -> std::optional<child_command> {
                            exits.push_back(how);
                            if (exits.size() == 3) return std::nullopt;
                            return broken;
                        })
                .empty());
    REQUIRE(run_until(loop, [&] { return exits.size() == 3; }));
    CHECK(exits[2].how == "exit status 3");
    CHECK(exits[2].complaint == "no luck: really");
    CHECK(exits[2].failures == 3);
    CHECK(log.has("the engine reports an error"));
}

TEST_CASE("a child that does not listen is killed; nothing but its output is inherited") {
    boost::asio::io_context loop;
    test_log log;
    auto keeper = std::make_shared<supervisor>(loop, log.logger());
    REQUIRE(keeper
                ->start({"/bin/sh",
                         {"-c",
                          "trap '' TERM; ls /proc/$$/fd | tr '\\n' ' ' >&2; echo; while :; do sleep 1; done"},
                         {"PATH=/usr/bin:/bin"}},
                        nullptr)
                .empty());
    REQUIRE(run_until(loop, [&] { return log.has("the engine prints"); }));
    CHECK(log.text().find("line=0 1 2 ") != std::string::npos);
    bool stopped = false;
    keeper->stop(100ms, [&] { stopped = true; });
    REQUIRE(run_until(loop, [&] { return stopped; }));
    CHECK(log.has("is killed"));
}

TEST_CASE("the engine ends with the process that started it, even by kill -9") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        boost::asio::io_context loop;
        test_log log;
        auto child = std::make_shared<child_process>(loop);
        const auto problem = child->start({"/bin/sleep", {"60"}, {}}, {});
        const pid_t pid = problem.empty() ? child->pid() : 0;
        if (::write(pipe[1], &pid, sizeof(pid)) < 0) ::_exit(1);
        for (;;)
            ::pause();
    }
    pid_t child = 0;
    REQUIRE(::read(pipe[0], &child, sizeof(child)) == sizeof(child));
    REQUIRE(child > 0);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    boost::asio::io_context loop;
    CHECK(run_until(loop, [&] {
        std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
        std::string line;
        return !std::getline(stat, line) || line.find(") Z ") != std::string::npos;
    }));
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_CASE("the data directory: one process, one member, and lost after a host's crash without fsync") {
    scratch_dir dir;
    settings one;
    one.clustered = true;
    one.engine_data_dir = dir.path() + "/a/b";
    one.engine_fsync = false;
    {
        const data_dir held(one, "m1");
        CHECK_FALSE(held.has_data());
        CHECK_THROWS_AS(data_dir(one, "m1"), plugin::failure);
        std::filesystem::create_directories(held.path() + "/member/wal");
        std::ofstream(held.path() + "/member/wal/0.wal") << "x";
        CHECK(held.has_data());
    }
    CHECK_THROWS_WITH_AS(data_dir(one, "m2"), doctest::Contains("belongs to 'm1'"), plugin::failure);
    {
        const data_dir again(one, "m1");
        CHECK(again.has_data());
        CHECK_FALSE(again.was_lost());
    }
    std::ofstream(one.engine_data_dir + "/owner")
        << "cluster=mockserver-cluster\nmember=m1\nboot=other\nfsync=false\n";
    const data_dir after(one, "m1");
    CHECK(after.was_lost());
    CHECK_FALSE(after.has_data());
    settings alone;
    std::string path;
    {
        const data_dir temporary(alone, "local");
        path = temporary.path();
        CHECK(std::filesystem::exists(path));
    }
    CHECK_FALSE(std::filesystem::exists(path));
}
