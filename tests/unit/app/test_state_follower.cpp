// A node follows the shared state although some of it cannot be read.
#include "app/state_follower.hpp"

#include "../../support/fake_state.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace mockfleet;
using namespace mockfleet::tests;
using namespace std::chrono_literals;

namespace {

/// Keeps what it reads, as it stands.
class things final : public store::shared_kind {
public:
    explicit things(store::state_client state) : state_(state) {}
    [[nodiscard]] std::string_view key_space() const override { return "things"; }
    boost::asio::awaitable<base::result<void>> load() override { co_return base::result<void>(); }
    boost::asio::awaitable<void> changed(std::string key, std::uint64_t) override {
        co_await fetch(std::move(key));
    }
    boost::asio::awaitable<void> reread() override { co_return; }
    bool is_own(std::string_view key, std::uint64_t) override { return key == "own"; }
    std::map<std::string, std::string> kept;

private:
    boost::asio::awaitable<void> fetch(std::string key) override {
        const auto got = co_await state_.get("things", key);
        if (got)
            kept[key] = got->value;
        else
            unread(std::move(key), got.error());
    }
    store::state_client state_;
};

struct node {
    node() {
        state.before = [this](std::string_view operation, std::string_view key) {
            return operation == "get" && key == "bad" ? bad : MF_OK;
        };
        auto joined = boost::asio::co_spawn(context, follower.follow(), boost::asio::use_future);
        context.run();
        REQUIRE(joined.get().has_value());
    }
    void write(const std::string& key, const std::string& value) {
        follower.listener().changed("things", key, state.write("things", key, value));
    }
    /// False when it takes too long.
    bool comes_true(const std::function<bool()>& wanted) {
        const auto until = std::chrono::steady_clock::now() + 5s;
        while (!wanted() && std::chrono::steady_clock::now() < until) {
            context.restart();
            context.run_for(5ms);
        }
        return wanted();
    }

    mf_status bad = MF_OK;
    fake_state state;
    boost::asio::io_context context{1};
    things kind{store::state_client(state.backend())};
    control::node_health health{store::state_client(state.backend())};
    app::state_follower follower{
        context.get_executor(), store::state_client(state.backend()), {&kind}, health};
};

} // namespace

TEST_CASE("an entry that can never be read is passed over") {
    node at;
    at.bad = MF_DENIED;
    at.write("bad", "1");
    at.write("good", "1");
    CHECK(at.comes_true([&] { return at.state.settled == 2; }));
    CHECK(at.kind.kept["good"] == "1");
    CHECK(at.follower.passed_over() == 1);
    CHECK(at.health.in_contact() == store::contact::held);
}

TEST_CASE("an entry that cannot be read yet holds up no other, but writes wait for it") {
    node at;
    at.bad = MF_TIMEOUT;
    at.write("bad", "1");
    CHECK(at.comes_true([&] { return at.kind.has_unread(); }));
    at.write("good", "1");
    CHECK(at.comes_true([&] { return at.kind.kept["good"] == "1"; }));
    CHECK(at.state.settled == 0);
    CHECK(at.health.in_contact() == store::contact::held);
    at.bad = MF_UNAVAILABLE;
    CHECK(at.comes_true([&] { return at.health.in_contact() == store::contact::lost; }));
    at.bad = MF_OK;
    CHECK(at.comes_true([&] { return at.state.settled == 2; }));
    CHECK(at.kind.kept["bad"] == "1");
    CHECK(at.follower.passed_over() == 0);
    CHECK(at.health.in_contact() == store::contact::held);
}

TEST_CASE("what a kind knows of already is not handed to it") {
    node at;
    at.write("own", "1");
    at.write("good", "1");
    CHECK(at.comes_true([&] { return at.kind.kept["good"] == "1"; }));
    CHECK(!at.kind.kept.contains("own"));
}
