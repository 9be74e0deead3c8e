// Requests at a node that is cut off from its fleet for a moment, or for long.
#include "app/mock_dispatcher.hpp"

#include "../config/loading.hpp"
#include "../store/fleet_fixture.hpp"
#include "actions/prepared_response.hpp"
#include "control/resources.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace mockfleet;
using namespace mockfleet::tests;
using namespace std::chrono_literals;

namespace {

/// One request's answer, now or later.
class answer_box final : public http::responder {
public:
    explicit answer_box(boost::asio::io_context& home) : home_(home) {}
    void send(std::string_view bytes, http::after_answer) override { *text_ = bytes; }
    void run(actions::wire_answer) override { *text_ = "slow"; }
    std::unique_ptr<http::later> defer() override { return std::make_unique<box>(text_); }
    std::unique_ptr<http::answer_stream> stream(http::answer_stream::writer&) override { return nullptr; }
    http::request_form form() override { return {}; }
    boost::asio::any_io_executor home() override { return home_.get_executor(); }
    [[nodiscard]] const std::string& text() const { return *text_; }

private:
    struct box final : http::later {
        explicit box(std::shared_ptr<std::string> to) : text(std::move(to)) {}
        void send(std::string bytes, http::after_answer) override { *text = std::move(bytes); }
        void run(actions::wire_answer) override { *text = "slow"; }
        std::unique_ptr<http::answer_stream> stream(http::answer_stream::writer&) override { return nullptr; }
        std::shared_ptr<std::string> text;
    };
    boost::asio::io_context& home_;
    std::shared_ptr<std::string> text_ = std::make_shared<std::string>();
};

struct node {
    explicit node(std::chrono::milliseconds patience = 5s)
        : dispatcher(router, control, live, log, settings, health, 1, patience) {
        health.now_loaded();
        REQUIRE(run(live.load()).has_value());
    }
    void put(std::vector<model::expectation> posted) {
        REQUIRE(run(live.upsert(std::move(posted))).has_value());
    }
    void get(answer_box& box, std::string path) {
        boost::asio::post(context, [this, &box, path = std::move(path)] {
            sample request{"GET", path};
            dispatcher.on_request(request.view(), box, 0);
        });
        go();
    }
    void go(std::chrono::milliseconds how_long = 20ms) {
        context.restart();
        context.run_for(how_long);
    }
    std::string answered(answer_box& box) {
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (box.text().empty() && std::chrono::steady_clock::now() < until)
            go();
        return box.text().substr(0, 12);
    }
    [[nodiscard]] std::string counter() { return state.read("times", "a").value; }
    [[nodiscard]] std::vector<int> logged() const {
        std::vector<int> found;
        const auto entries = log.take();
        store::recorded_exchange made;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (entries.is_note(i)) continue;
            entries.read(i, made);
            found.push_back(made.status);
            if (made.served_by == nullptr && made.status == 503) CHECK(made.response->body->text.size() > 20);
        }
        return found;
    }

    fake_state state{true};
    bool clustered = state.clustered = true;
    boost::asio::io_context context{1};
    store::event_log log{1};
    store::scenarios machines{store::state_client(state.backend())};
    store::expectations live{
        store::state_client(state.backend()),
        machines,
        [](const model::expectation& added) { return std::make_shared<actions::prepared_response>(added); },
        log,
        {100, true}};
    config::start folder;
    control::live_settings settings{folder.run().values};
    control::node_health health{store::state_client(state.backend())};
    control::wiring parts{.settings = &settings, .health = &health};
    control::router router{parts};
    app::control_pool control{1, [] {}};
    app::mock_dispatcher dispatcher;
};

const std::string ok = "HTTP/1.1 200";
const std::string refused = "HTTP/1.1 503";

} // namespace

TEST_CASE("a limited request waits for a node that is cut off for a moment") {
    node at;
    at.put({limited("a", "/a", 2)});
    SUBCASE("before it is counted") {
        at.state.contact = MF_CONTACT_LOST;
        answer_box box(at.context);
        at.get(box, "/a");
        CHECK(box.text().empty());
        CHECK(at.counter() == "2");
        at.state.contact = MF_CONTACT_HELD;
        CHECK(at.answered(box) == ok);
    }
    SUBCASE("when it is counted") {
        at.state.before = [&, once = true](std::string_view operation, std::string_view) mutable {
            if (operation != "add" || !std::exchange(once, false)) return MF_OK;
            at.state.contact = MF_CONTACT_LOST;
            return MF_UNAVAILABLE;
        };
        answer_box box(at.context);
        at.get(box, "/a");
        CHECK(box.text().empty());
        at.state.contact = MF_CONTACT_HELD;
        CHECK(at.answered(box) == ok);
    }
    SUBCASE("after it was counted") {
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation == "add") at.state.contact = MF_CONTACT_LOST;
        };
        answer_box box(at.context);
        at.get(box, "/a");
        CHECK(box.text().empty());
        CHECK(at.counter() == "1");
        at.state.contact = MF_CONTACT_HELD;
        CHECK(at.answered(box) == ok);
    }
    CHECK(at.counter() == "1");
    CHECK(at.logged() == std::vector<int>{200});
}

TEST_CASE("a request that is refused costs no use") {
    node at(30ms);
    at.put({limited("a", "/a", 2)});
    SUBCASE("the node stays cut off") {
        at.state.contact = MF_CONTACT_LOST;
    }
    SUBCASE("the node loses touch after the use was counted") {
        at.state.after = [&](std::string_view operation, std::string_view) {
            if (operation == "add") at.state.contact = MF_CONTACT_LOST;
        };
    }
    answer_box box(at.context);
    at.get(box, "/a");
    CHECK(at.answered(box) == refused);
    CHECK(at.logged() == std::vector<int>{503});
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (at.counter() != "2" && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(1ms); // it is given back behind the answer
    CHECK(at.counter() == "2");
}

TEST_CASE("a backend that does not answer costs the request its patience only once") {
    node at;
    at.put({limited("a", "/a", 2)});
    int adds = 0;
    at.state.before = [&](std::string_view operation, std::string_view) {
        if (operation != "add") return MF_OK;
        ++adds;
        return MF_UNAVAILABLE;
    };
    answer_box box(at.context);
    at.get(box, "/a");
    CHECK(at.answered(box) == refused);
    CHECK(adds == 2);
}

TEST_CASE("every refused request is in the log, with what was answered") {
    node at;
    at.put({expectation("p", "/p")});
    at.state.contact = MF_CONTACT_LOST;
    for (const auto* path : {"/p", "/none"}) {
        answer_box box(at.context);
        at.get(box, path);
        CHECK(at.answered(box) == refused);
        CHECK(box.text().find("cluster-isolated") != std::string::npos);
    }
    CHECK(at.logged() == std::vector<int>{503, 503});
}

TEST_CASE("a node that has not joined yet refuses, and tells so in the log") {
    fake_state state;
    node at;
    control::node_health joining{store::state_client(state.backend())};
    app::mock_dispatcher early(at.router, at.control, at.live, at.log, at.settings, joining, 1, 5s);
    answer_box box(at.context);
    sample request{"GET", "/p"};
    early.on_request(request.view(), box, 0);
    CHECK(box.text().find("cluster-joining") != std::string::npos);
    CHECK(at.logged() == std::vector<int>{503});
}

TEST_CASE("only small calls that are quick to compile are tried on an I/O thread") {
    const auto is_short = [](std::string method, std::string path, std::string body) {
        sample request{std::move(method), std::move(path), {}, {}, std::move(body)};
        return control::router::is_short(request.view());
    };
    const std::string path = "/mockserver/expectation";
    CHECK(is_short("PUT", path, R"({"httpRequest": {"path": "/a.*"}, "httpResponse": {}})"));
    CHECK_FALSE(is_short("PUT", path, R"({"httpRequest": {"path": "/(a{1,500}){1,500}"}})"));
    CHECK_FALSE(is_short("PUT", path, R"({"httpRequest": {"path": "/a{,500}"}})"));
    CHECK_FALSE(is_short("PUT", path, R"({"httpRequest": {"path": "/a\u007b1,500}"}})"));
    CHECK_FALSE(is_short("PUT", path, std::string(5000, ' ')));
    CHECK_FALSE(is_short("PUT", "/mockserver/clear", "{}"));
    CHECK_FALSE(is_short("GET", path, ""));
}
