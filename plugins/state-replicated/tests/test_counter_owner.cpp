// A counter's owner against an engine that answers when the test says so: the order in which askers are told.
#include "state/counter_owner.hpp"
#include "state/feed.hpp"
#include "test_log.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace mockfleet;
using namespace mockfleet::replicated;
using namespace std::chrono_literals;

namespace {

/// Holds transactions on one entry until the test lets them through.
class held_engine final : public engine {
public:
    struct held {
        transaction asked;
        engine_done<transaction_result> done;
    };
    std::deque<held> on_their_way;
    engine_entry stored;

    /// The first of them is applied and answered.
    void answer_one() {
        const auto one = take_first();
        engine_answer<transaction_result> answer;
        answer.value.succeeded = one.asked.when[0].than == stored.mod_revision;
        const auto& branch = answer.value.succeeded ? one.asked.then : one.asked.otherwise;
        if (branch[0].what == operation::kind::put) {
            stored.value = branch[0].value;
            ++stored.mod_revision;
        }
        answer.value.revision = stored.mod_revision;
        answer.value.results.push_back({{stored}, 1, false});
        one.done(std::move(answer));
    }
    /// The first of them is lost.
    void fail_one() {
        const auto one = take_first();
        engine_answer<transaction_result> answer;
        answer.failed = true;
        answer.error.code = engine_errc::unavailable;
        one.done(std::move(answer));
    }

    void transact(transaction asked, engine_done<transaction_result> done) override {
        on_their_way.push_back({std::move(asked), std::move(done)});
    }
    void range(range_request, engine_done<range_result>) override {}
    void watch(std::string, std::uint64_t, watch_listener) override {}
    void end_watch() override {}
    void grant_lease(std::uint32_t, engine_done<std::int64_t>) override {}
    void renew_lease(std::int64_t, engine_done<std::uint32_t>) override {}
    void revoke_lease(std::int64_t, engine_done<bool>) override {}
    void compact(std::uint64_t, engine_done<bool>) override {}
    void defragment(engine_done<bool>) override {}
    void disarm(engine_done<bool>) override {}
    void status(engine_done<engine_status>) override {}
    void members(engine_done<std::vector<engine_member>>) override {}
    void add_member(std::string, bool, engine_done<engine_member>) override {}
    void promote_member(std::uint64_t, engine_done<bool>) override {}
    void remove_member(std::uint64_t, engine_done<bool>) override {}
    void move_leader(std::uint64_t, engine_done<bool>) override {}

private:
    held take_first() {
        REQUIRE_FALSE(on_their_way.empty());
        auto one = std::move(on_their_way.front());
        on_their_way.pop_front();
        return one;
    }
};

/// The owner of one counter, asked by the nodes with lives 1 to 4.
class counting {
public:
    explicit counting(std::string_view number) {
        envelope made;
        made.by = {9, 1};
        made.payload = number;
        store.stored = {keys_.entry("times", "few"), seal(made), 5, 5, 1, 0};
        watch_event put;
        put.entry = store.stored;
        copy_.apply({put});
        for (std::uint64_t life = 1; life <= 4; ++life)
            members_["n" + std::to_string(life)].life = life;
    }

    /// `then` runs as soon as the asker is told.
    void ask(std::uint64_t life, std::uint64_t sequence, std::uint32_t uses, std::function<void()> then = {},
             std::chrono::milliseconds patience = 10s) {
        take_request asked{life, sequence, "times", "few", {{uses, -1, 0, INT64_MAX}}};
        owner_.take(std::move(asked), std::chrono::steady_clock::now() + patience,
                    [this, name = std::pair(life, sequence), then = std::move(then)](
                        mf_status status, const take_answer& answer, const std::string&) {
                        told[name] = {status, answer};
                        if (then) then();
                    });
    }
    [[nodiscard]] std::int64_t before(std::uint64_t life, std::uint64_t sequence) const {
        const auto found = told.find({life, sequence});
        REQUIRE(found != told.end());
        REQUIRE(found->second.first == MF_OK);
        return found->second.second.before;
    }
    [[nodiscard]] std::uint64_t revision(std::uint64_t life, std::uint64_t sequence) const {
        return revision_of(told.at({life, sequence}).second.version);
    }
    [[nodiscard]] std::string number() const { return std::string(unseal(store.stored.value)->payload); }

    void unseat(std::uint64_t life) { members_.erase("n" + std::to_string(life)); }
    void seat_again(std::uint64_t life) { members_["n" + std::to_string(life)].life = life; }

    boost::asio::io_context loop;
    held_engine store;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<mf_status, take_answer>> told;

private:
    testing::test_log log_;
    plugin::host host_{log_.table()};
    keyspace keys_{"test"};
    replica copy_{keys_, {}};
    settings settings_;
    feed feed_{loop, store, keys_, copy_, host_};
    seat seat_{loop, store, keys_, feed_, settings_, "n1", {}, host_};
    member_table members_;
    counter_owner owner_{loop, store, keys_, copy_, seat_, members_, host_};
};

} // namespace

TEST_CASE("who is told and asks again at once does not change what the others of the batch are told") {
    counting few("10");
    few.ask(1, 1, 1);
    few.ask(2, 1, 3, [&] { few.ask(2, 2, 2); });
    few.ask(3, 1, 5);
    few.store.answer_one(); // node 1 by itself
    few.ask(4, 1, 2);       // waits for the batch of the nodes 2 and 3
    few.store.answer_one();
    CHECK(few.before(1, 1) == 10);
    CHECK(few.before(2, 1) == 9);
    CHECK(few.before(3, 1) == 6);
    CHECK(few.revision(3, 1) == 7);
    // The batch that began while the one before was being told.
    REQUIRE(few.store.on_their_way.size() == 1);
    few.store.answer_one();
    CHECK(few.before(4, 1) == 1);
    CHECK(few.before(2, 2) == 0);
    CHECK(few.revision(2, 2) == 8);
    CHECK(few.number() == "0");
    CHECK(few.store.on_their_way.empty());
}

TEST_CASE("who is told that it is too late and asks again at once does not start two transactions") {
    counting few("10");
    few.ask(1, 1, 1, [&] { few.ask(1, 2, 1); }, -1ms);
    few.store.fail_one();
    CHECK(few.told.at({1, 1}).first == MF_TIMEOUT);
    few.loop.run_for(5s); // returns at once: nothing waits to be tried again
    REQUIRE(few.store.on_their_way.size() == 1);
    few.store.answer_one();
    CHECK(few.before(1, 2) == 10);
    CHECK(few.number() == "9");
}

TEST_CASE("a request that is made again is charged once, also when it comes after a later one") {
    counting few("10");
    few.ask(1, 1, 3);
    few.ask(1, 1, 3); // in the next batch
    few.store.answer_one();
    few.store.answer_one();
    CHECK(few.before(1, 1) == 10);
    CHECK(few.revision(1, 1) == 6);
    few.ask(1, 2, 1);
    few.store.answer_one();
    CHECK(few.before(1, 2) == 7);
    few.ask(1, 1, 3);
    few.store.answer_one();
    CHECK(few.number() == "6");
}

TEST_CASE("a node that lost its seat for a moment is not charged again for what it was not told") {
    counting few("10");
    few.ask(1, 1, 3);
    few.store.answer_one();
    few.unseat(1);
    few.ask(2, 1, 1);
    few.store.answer_one();
    few.seat_again(1);
    few.ask(1, 1, 3);
    few.store.answer_one();
    CHECK(few.before(1, 1) == 10);
    CHECK(few.number() == "6");
}
