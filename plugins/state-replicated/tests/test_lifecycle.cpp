// Whole lives of engines on loopback: alone, and fleets of three and two with kills, lost disks and stops.
#include "fixtures.hpp"
#include "life/lifecycle.hpp"
#include "life/lifecycle_rules.hpp"
#include "settings/seed_list.hpp"
#include "test_log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;

namespace {

/// Stands in for the peer fabric: questions go from object to object in one process.
class switchboard {
public:
    explicit switchboard(boost::asio::io_context& loop) : loop_(loop) {}

    class line final : public seed_probe {
    public:
        line(switchboard& board, std::uint16_t port) : board_(board), port_(port) {}
        ~line() override { board_.who_.erase(port_); }
        void ask(const seed_address& seed, std::string question, std::chrono::milliseconds deadline,
                 std::function<void(seed_reply)> done) override {
            board_.ask(seed, std::move(question), deadline, std::move(done));
        }
        void respond_with(responder who) override { board_.who_[port_] = std::move(who); }

    private:
        switchboard& board_;
        std::uint16_t port_;
    };

    std::unique_ptr<line> connect(std::uint16_t port) { return std::make_unique<line>(*this, port); }

private:
    void ask(const seed_address& seed, std::string question, std::chrono::milliseconds deadline,
             std::function<void(seed_reply)> done) {
        const auto told = std::make_shared<std::function<void(seed_reply)>>(std::move(done));
        const auto timer = std::make_shared<boost::asio::steady_timer>(loop_, deadline);
        const auto once = [told, timer](seed_reply reply) {
            const auto call = std::exchange(*told, nullptr);
            timer->cancel();
            if (call) call(std::move(reply));
        };
        timer->async_wait([once](const auto& cancelled) {
            if (!cancelled) once({.payload = {}, .reason = "no answer in time"});
        });
        boost::asio::post(loop_, [this, seed, question = std::move(question), once] {
            const auto found = who_.find(seed.ack_port);
            if (found == who_.end()) {
                once({.refused = true, .payload = {}, .reason = "connection refused"});
            } else if (found->second) {
                found->second(question, [once](std::string answer) {
                    once({.answered = true, .payload = std::move(answer), .reason = {}});
                });
            }
        });
    }

    boost::asio::io_context& loop_;
    std::map<std::uint16_t, seed_probe::responder> who_;
};

struct node {
    std::unique_ptr<switchboard::line> line;
    std::unique_ptr<test_log> log;
    std::unique_ptr<lifecycle> life;
    std::optional<std::string> started;
};

/// Nodes of one fleet in this process, each with an etcd of its own.
class fleet {
public:
    explicit fleet(std::size_t count) : board_(loop), count_(count), ports_(free_ports(count * 3)) {
        nodes_.resize(count);
    }
    ~fleet() {
        for (std::size_t i = 0; i < count_; ++i)
            stop(i);
    }

    boost::asio::io_context loop;
    std::function<void(settings&)> adjust = [](settings&) {};

    settings settings_of(std::size_t index) {
        settings one;
        one.clustered = true;
        one.cluster_name = "test";
        one.peer_port = ports_[index * 3];
        one.ack_port = ports_[index * 3 + 1];
        one.client_port = ports_[index * 3 + 2];
        one.engine_data_dir = dir_of(index);
        one.engine_fsync = false;
        one.heartbeat = 30ms;
        one.election = 300ms;
        for (std::size_t i = 0; i < count_; ++i) {
            one.seeds.push_back(*parse_seed("127.0.0.1:" + std::to_string(ports_[i * 3]) + ":" +
                                                std::to_string(ports_[i * 3 + 1]),
                                            0, 0));
        }
        adjust(one);
        return one;
    }
    std::string dir_of(std::size_t index) const { return dir_.path() + "/" + std::to_string(index); }

    void start(std::size_t index) {
        auto& one = nodes_[index];
        one.started.reset();
        const auto settings = settings_of(index);
        one.line = board_.connect(settings.ack_port);
        one.log = std::make_unique<test_log>("node " + std::to_string(index));
        one.life = std::make_unique<lifecycle>(loop, settings, one.log->logger(), one.line.get());
        one.life->start([&one](std::string problem) { one.started = std::move(problem); });
    }
    void start_all() {
        for (std::size_t i = 0; i < count_; ++i)
            start(i);
        for (std::size_t i = 0; i < count_; ++i)
            ready(i);
    }
    void ready(std::size_t index, std::chrono::milliseconds deadline = 20s) {
        auto& one = nodes_[index];
        const auto begun = std::chrono::steady_clock::now();
        const bool reached = run_until(loop, [&] { return one.started.has_value(); }, deadline);
        REQUIRE_MESSAGE(reached, "node " << index << " waits: " << one.life->waiting_for() << "\n"
                                         << one.log->text());
        REQUIRE(*one.started == "");
        MESSAGE("node " << index << " ready after another "
                        << std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::steady_clock::now() - begun)
                               .count()
                        << " ms");
    }
    void stop(std::size_t index) {
        auto& one = nodes_[index];
        if (!one.life) return;
        bool stopped = false;
        one.life->stop([&] { stopped = true; });
        CHECK(run_until(loop, [&] { return stopped; }));
        one = {};
    }
    /// As a crash: no goodbye, the engine killed.
    void crash(std::size_t index) {
        nodes_[index] = {};
        loop.restart();
        loop.run_for(50ms);
    }
    void lose_dir(std::size_t index) { std::filesystem::remove_all(dir_of(index)); }

    lifecycle& life(std::size_t index) { return *nodes_[index].life; }
    test_log& log(std::size_t index) { return *nodes_[index].log; }

    /// Retried: an election may be going on.
    void put(std::size_t index, const std::string& key, const std::string& value) {
        engine_answer<transaction_result> answer;
        for (int i = 0; i < 40; ++i) {
            answer = answer_of<transaction_result>(loop, [&](auto done) {
                life(index).client().transact(
                    {.then = {{.what = operation::kind::put, .key = key, .value = value}}}, done);
            });
            if (!answer.failed) return;
        }
        REQUIRE_MESSAGE(!answer.failed, answer.error.message);
    }
    std::string get(std::size_t index, const std::string& key) {
        const auto answer =
            answer_of<range_result>(loop, [&](auto done) { life(index).client().range({.key = key}, done); });
        REQUIRE_MESSAGE(!answer.failed, answer.error.message);
        return answer.value.entries.empty() ? "none" : answer.value.entries[0].value;
    }
    std::size_t voters(std::size_t index) {
        const auto answer = answer_of<std::vector<engine_member>>(
            loop, [&](auto done) { life(index).client().members(done); });
        REQUIRE_FALSE(answer.failed);
        return static_cast<std::size_t>(std::count_if(answer.value.begin(), answer.value.end(),
                                                      [](const auto& one) { return !one.learner; }));
    }

private:
    scratch_dir dir_;
    switchboard board_;
    std::size_t count_;
    std::vector<std::uint16_t> ports_;
    std::vector<node> nodes_;
};

} // namespace

TEST_CASE("alone: an engine of its own on free ports, its directory gone at the end") {
    boost::asio::io_context loop;
    test_log log;
    settings one;
    one.own_name = "local";
    lifecycle life(loop, one, log.logger(), nullptr);
    std::optional<std::string> started;
    const auto begun = std::chrono::steady_clock::now();
    life.start([&](std::string problem) { started = std::move(problem); });
    REQUIRE(run_until(loop, [&] { return started.has_value(); }));
    REQUIRE(*started == "");
    MESSAGE("alone, ready after " << std::chrono::duration_cast<std::chrono::milliseconds>(
                                         std::chrono::steady_clock::now() - begun)
                                         .count()
                                  << " ms");
    CHECK(life.waiting_for().empty());
    const auto put = answer_of<transaction_result>(loop, [&](auto done) {
        life.client().transact({.then = {{.what = operation::kind::put, .key = "k", .value = "v"}}}, done);
    });
    CHECK_FALSE(put.failed);
    bool stopped = false;
    life.stop([&] { stopped = true; });
    REQUIRE(run_until(loop, [&] { return stopped; }));
}

TEST_CASE("no program: the start fails with what to install") {
    boost::asio::io_context loop;
    test_log log;
    settings one;
    one.own_name = "local";
    one.engine_binary = "/none";
    lifecycle life(loop, one, log.logger(), nullptr);
    std::optional<std::string> started;
    life.start([&](std::string problem) { started = std::move(problem); });
    REQUIRE(run_until(loop, [&] { return started.has_value(); }));
    CHECK(started->find("clusterEngineBinaryPath") != std::string::npos);
}

TEST_CASE("three nodes: a new fleet, a crash, a lost disk, a full stop, the majority lost for good") {
    fleet three(3);
    // The first two are enough; the last comes when the fleet runs already and is admitted.
    three.start(0);
    three.loop.restart();
    three.loop.run_for(300ms);
    CHECK(three.life(0).waiting_for().find("needs 2 of 3") != std::string::npos);
    three.start(1);
    three.ready(0);
    three.ready(1);
    three.put(0, "k", "1");
    three.start(2);
    three.ready(2);
    CHECK(three.get(2, "k") == "1");
    CHECK(three.voters(2) == 3);

    three.crash(1);
    three.put(0, "k", "2");
    three.start(1);
    three.ready(1);
    CHECK(three.get(1, "k") == "2");

    three.crash(0);
    three.lose_dir(0);
    three.put(1, "k", "3");
    three.start(0);
    three.ready(0);
    CHECK(three.get(0, "k") == "3");
    CHECK(three.voters(0) == 3);

    for (std::size_t i = 0; i < 3; ++i)
        three.stop(i);
    three.start_all();
    CHECK(three.get(1, "k") == "3");

    // Two disks lost at once: the third one knows, because the two say that they are empty.
    for (std::size_t i = 0; i < 3; ++i)
        three.crash(i);
    three.lose_dir(0);
    three.lose_dir(1);
    three.start(2);
    three.start(0);
    three.loop.restart();
    three.loop.run_for(1500ms);
    CHECK_FALSE(three.life(2).waiting_for().empty());
    CHECK_FALSE(three.life(0).waiting_for().empty());
    three.start(1);
    for (const std::size_t i : {2, 0, 1})
        three.ready(i);
    CHECK(three.get(0, "k") == "3");
    CHECK(three.voters(1) == 3);
}

TEST_CASE("data of a past fleet are put aside, not mixed in") {
    fleet three(3);
    three.start_all();
    three.put(0, "k", "old");
    for (std::size_t i = 0; i < 3; ++i)
        three.crash(i);
    three.lose_dir(1);
    three.lose_dir(2);
    // The two empty ones cannot know of the third one's data and start anew.
    three.start(1);
    three.start(2);
    three.ready(1);
    three.ready(2);
    three.put(1, "k", "new");
    three.start(0);
    three.ready(0);
    CHECK(three.get(0, "k") == "new");
    CHECK(three.log(0).has("put aside as member.old"));
    CHECK(std::filesystem::exists(three.dir_of(0) + "/member.old"));
}

TEST_CASE("two nodes: the survivor goes on alone when told so, the other one joins again") {
    fleet two(2);
    two.adjust = [](settings& one) { one.survivor = two_node_survivor::force; };
    two.start_all();
    two.put(0, "k", "1");
    two.crash(1);
    const auto begun = std::chrono::steady_clock::now();
    two.put(0, "k", "2");
    MESSAGE("the survivor writes again after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                   .count()
            << " ms");
    CHECK(two.voters(0) == 1);
    two.start(1);
    two.ready(1);
    CHECK(two.get(1, "k") == "2");
    CHECK(two.voters(0) == 2);
}

TEST_CASE("a member that was removed by hand joins again by itself") {
    fleet three(3);
    three.start_all();
    three.put(0, "k", "1");
    const auto members = answer_of<std::vector<engine_member>>(
        three.loop, [&](auto done) { three.life(0).client().members(done); });
    const auto name = three.life(1).effective().own_name;
    for (const auto& one : members.value) {
        if (one.name != name) continue;
        (void)answer_of<bool>(three.loop,
                              [&](auto done) { three.life(0).client().remove_member(one.id, done); });
    }
    REQUIRE(three.voters(0) == 2);
    REQUIRE(run_until(three.loop, [&] { return three.voters(0) == 3; }, 20s));
    CHECK(three.log(1).has("the fleet has removed this member"));
    CHECK(three.get(1, "k") == "1");
}

TEST_CASE("a fourth node does not vote and uses the others' engines") {
    fleet four(4);
    four.start_all();
    four.put(3, "k", "1");
    CHECK(four.get(0, "k") == "1");
    CHECK(four.voters(3) == 3);
    CHECK_FALSE(std::filesystem::exists(four.dir_of(3)));
    four.crash(0);
    four.put(3, "k", "2");
    CHECK(four.get(1, "k") == "2");
}

TEST_CASE("a fleet over mTLS; who has no certificate of the fleet gets nowhere") {
    scratch_dir certificates;
    const auto at = certificates.path() + "/";
    const auto run = [&](const std::string& command) {
        return std::system(("cd " + at + " && " + command + " >/dev/null 2>&1").c_str()) == 0;
    };
    std::ofstream(at + "extensions")
        << "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n";
    const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";
    REQUIRE(run("openssl req -x509 " + key + "-keyout ca.key -out ca.pem -days 2 -subj /CN=fleet-ca"));
    REQUIRE(run("openssl req " + key + "-keyout node.key -out node.csr -subj /CN=node"));
    REQUIRE(run(
        "openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions "
        "-out node.pem"));
    fleet three(3);
    three.adjust = [&](settings& one) { one.tls = {at + "node.pem", at + "node.key", at + "ca.pem"}; };
    three.start_all();
    three.put(0, "k", "1");
    CHECK(three.get(2, "k") == "1");
    const auto port = std::to_string(three.settings_of(0).client_port);
    for (const auto* scheme : {"http", "https"}) {
        etcd_client stranger(three.loop.get_executor(),
                             {.endpoints = {std::string(scheme) + "://127.0.0.1:" + port}, .overall = 300ms});
        const auto read = answer_of<bool>(three.loop, [&](auto done) { stranger.confirm(300ms, done); });
        CHECK(read.failed);
    }
}

TEST_CASE("an external engine is only used; one without its gateway is refused") {
    const auto ports = free_ports(3);
    const auto url = "http://127.0.0.1:" + std::to_string(ports[0]);
    const auto peer = "http://127.0.0.1:" + std::to_string(ports[1]);
    for (const bool gateway : {true, false}) {
        scratch_dir dir;
        etcd_process process({"--data-dir=" + dir.path(), "--listen-client-urls=" + url,
                              "--advertise-client-urls=" + url, "--listen-peer-urls=" + peer,
                              "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer,
                              gateway ? "--enable-grpc-gateway=true" : "--enable-grpc-gateway=false"});
        boost::asio::io_context loop;
        test_log log;
        settings one;
        one.clustered = true;
        one.engine = engine_mode::external;
        one.engine_endpoints = {url};
        one.address = "127.0.0.1";
        one.ack_port = ports[2];
        lifecycle life(loop, one, log.logger(), nullptr);
        std::optional<std::string> started;
        life.start([&](std::string problem) { started = std::move(problem); });
        REQUIRE(run_until(loop, [&] { return started.has_value(); }));
        CHECK((started->empty()) == gateway);
        CHECK(life.effective().own_name == "127.0.0.1-" + std::to_string(ports[2]));
        bool stopped = false;
        life.stop([&] { stopped = true; });
        REQUIRE(run_until(loop, [&] { return stopped; }));
    }
}
