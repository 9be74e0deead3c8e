// Which node this is, and the decisions of a node without a majority.
#include "fixtures.hpp"
#include "life/discovery.hpp"
#include "life/lifecycle_rules.hpp"
#include "settings/seed_list.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;

namespace {

settings fleet(const std::vector<std::string>& seeds, std::size_t self = 0) {
    settings one;
    one.clustered = true;
    for (const auto& text : seeds)
        one.seeds.push_back(*parse_seed(text, 7800, 7801));
    one.self = self;
    one.own_name = one.seeds[self].name;
    return one;
}

discovered found(const settings& asked) {
    boost::asio::io_context loop;
    std::optional<discovered> got;
    discover(loop, asked, [&](discovered with) { got = std::move(with); });
    REQUIRE(run_until(loop, [&] { return got.has_value(); }));
    return *got;
}

seed_view says(std::size_t index, seed_phase phase, std::uint64_t log = 0,
               const std::string& cluster = settings().cluster_name) {
    seed_view view{.index = index, .answered = true, .trouble = {}, .answer = {}};
    view.answer.cluster = cluster;
    view.answer.phase = phase;
    view.answer.name = "n" + std::to_string(index);
    view.answer.token = "t" + std::to_string(index);
    view.answer.votes = true;
    view.answer.cluster_id = 7;
    view.answer.member_id = 100 + index;
    view.answer.term = 2;
    view.answer.log_index = log;
    for (std::uint64_t id = 100; id < 103 && phase == seed_phase::running; ++id)
        view.answer.members.push_back({.id = id, .name = "n", .peer_urls = {}, .client_urls = {}});
    return view;
}

seed_view silent(std::size_t index, bool refused = false) {
    return {.index = index, .refused = refused, .trouble = "no answer", .answer = {}};
}

using kind = next_step::kind;

} // namespace

TEST_CASE("a node finds itself by its port and its addresses") {
    auto asked = fleet({"127.0.0.1:7800", "127.0.0.1:7810", "127.0.0.1:7820"});
    asked.peer_port = 7810;
    const auto one = found(asked);
    CHECK(one.problem.empty());
    CHECK(one.found.self == 1);
    CHECK(one.found.own_name == "127.0.0.1-7810");
    CHECK(one.found.is_voter());
    asked.peer_port = 7830;
    CHECK(found(asked).problem.find("is this node") != std::string::npos);
    auto elsewhere = fleet({"203.0.113.1:7800", "203.0.113.2:7800"});
    CHECK(found(elsewhere).problem.find("is this node") != std::string::npos);
    elsewhere.address = "203.0.113.2";
    CHECK(found(elsewhere).found.self == 1);
    CHECK(found(fleet({"127.0.0.1:7800", "localhost:7800"})).problem.find("clusterAdvertisedAddress") !=
          std::string::npos);
    CHECK(found(fleet({"does-not.exist.invalid:7800"})).waiting.find("does-not.exist.invalid") !=
          std::string::npos);
    std::string name(256, '\0');
    ::gethostname(name.data(), name.size());
    CHECK(found(fleet({"203.0.113.1:7800", std::string(name.c_str()) + ":7800"})).found.self == 1);
}

TEST_CASE("pods of a StatefulSet have ordinals") {
    CHECK(split_ordinal("web-2")->second == 2);
    CHECK(split_ordinal("a-b-10.svc.local")->first == "a-b");
    CHECK_FALSE(split_ordinal("web").has_value());
    CHECK_FALSE(split_ordinal("web-7d4b9c").has_value());
    CHECK_FALSE(split_ordinal("web-48913").has_value());
    settings asked;
    asked.clustered = true;
    asked.dns_query = "fleet.test.svc";
    const auto third = with_pods(asked, "web", 4);
    CHECK(third.seeds.size() == 5);
    CHECK(third.own_name == "web-4.fleet.test.svc-7800");
    CHECK_FALSE(third.is_voter());
    CHECK(with_pods(asked, "web", 0).seeds.size() == 3);
}

TEST_CASE("without data: join what runs, start anew only with a majority, under one name") {
    const auto of = fleet({"a", "b", "c", "d"}, 1);
    using views = std::vector<seed_view>;
    const auto decide = [&](const views& others) { return decide_without_data(of, "own", others); };
    CHECK(decide({silent(0), says(2, seed_phase::running), silent(3)}).what == kind::join);
    CHECK(decide({silent(0), silent(2), silent(3)}).what == kind::wait);
    // d does not vote.
    CHECK(decide({silent(0), silent(2), says(3, seed_phase::empty)}).what == kind::wait);
    const auto alone_first = decide({silent(0), says(2, seed_phase::empty), silent(3)});
    CHECK(alone_first.what == kind::bootstrap);
    CHECK(alone_first.token == "own");
    // a is the first of those that are here, so it names the fleet.
    CHECK(decide({says(0, seed_phase::empty), says(2, seed_phase::empty), silent(3)}).what == kind::wait);
    const auto follows = decide({says(0, seed_phase::bootstrapping), silent(2), silent(3)});
    CHECK(follows.what == kind::bootstrap);
    CHECK(follows.token == "t0");
    // In whatever order they answer.
    CHECK(decide({says(2, seed_phase::bootstrapping), says(0, seed_phase::bootstrapping), silent(3)}).token ==
          "t0");
    CHECK(decide({says(0, seed_phase::recovering), says(2, seed_phase::empty), silent(3)}).what ==
          kind::wait);
    const auto stranger = decide({says(0, seed_phase::running, 0, "other"), silent(2), silent(3)});
    CHECK(stranger.what == kind::wait);
    CHECK(stranger.reason.find("fleet 'other'") != std::string::npos);
}

TEST_CASE("with data and no majority: go on alone only when it is provably lost") {
    const auto of = fleet({"a", "b", "c"}, 0);
    seed_answer own = says(0, seed_phase::recovering, 50).answer;
    using views = std::vector<seed_view>;
    const auto decide = [&](const views& others) { return decide_without_majority(of, own, others).what; };
    CHECK(decide({silent(1), silent(2)}) == kind::wait);
    CHECK(decide({says(1, seed_phase::empty), silent(2)}) == kind::wait);
    CHECK(decide({says(1, seed_phase::empty), says(2, seed_phase::empty)}) == kind::force);
    CHECK(decide({says(1, seed_phase::recovering), says(2, seed_phase::empty)}) == kind::wait);
    CHECK(decide({says(1, seed_phase::running), silent(2)}) == kind::wait);
    own.member_id = 55;
    CHECK(decide({says(1, seed_phase::running), silent(2)}) == kind::replace);
    own.member_id = 100;
    own.cluster_id = 8;
    CHECK(decide({says(1, seed_phase::running), silent(2)}) == kind::replace);
    own = says(0, seed_phase::bootstrapping).answer;
    CHECK(decide({says(1, seed_phase::empty), says(2, seed_phase::empty)}) == kind::wait);

    const auto five = fleet({"a", "b", "c", "d", "e"}, 0);
    auto of_five = five;
    of_five.voters = 5;
    own = says(0, seed_phase::recovering, 50).answer;
    const auto empty = [](std::size_t index) { return says(index, seed_phase::empty); };
    CHECK(decide_without_majority(of_five, own,
                                  views{says(1, seed_phase::recovering, 60), empty(2), empty(3), empty(4)})
              .what == kind::wait);
    CHECK(decide_without_majority(of_five, own,
                                  views{says(1, seed_phase::recovering, 40), empty(2), empty(3), empty(4)})
              .what == kind::force);
}

TEST_CASE("the last of two") {
    auto of = fleet({"a", "b"}, 0);
    CHECK(decide_survivor(of, silent(1, true), true).what == kind::wait);
    of.survivor = two_node_survivor::force;
    CHECK(decide_survivor(of, silent(1, true), false).what == kind::force);
    CHECK(decide_survivor(of, silent(1), false).what == kind::wait);
    CHECK(decide_survivor(of, silent(1), true).what == kind::force);
    CHECK(decide_survivor(of, says(1, seed_phase::recovering), true).what == kind::wait);
    of.survivor = two_node_survivor::witness_only;
    CHECK(decide_survivor(of, silent(1, true), false).what == kind::wait);
    CHECK(decide_survivor(of, silent(1, true), true).what == kind::force);
}

TEST_CASE("questions and answers survive their bytes; damaged ones are refused") {
    auto answer = says(2, seed_phase::running, 9).answer;
    answer.members[0].client_urls = {"http://a:1", "http://b:2"};
    answer.members[0].learner = true;
    const auto bytes = encode(answer);
    const auto back = decode_seed_answer(bytes);
    REQUIRE(back.has_value());
    CHECK(back->members.size() == 3);
    CHECK(back->members[0].client_urls == answer.members[0].client_urls);
    CHECK(back->log_index == 9);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(decode_seed_answer(bytes.substr(0, size)).has_value());
    const seed_question question{
        .what = seed_question::kind::promote, .cluster = "c", .name = "n", .peer_url = "u", .member_id = 3};
    CHECK(decode_seed_question(encode(question))->member_id == 3);
    CHECK_FALSE(decode_seed_question("\x02xyz").has_value());
    CHECK_FALSE(decode_seed_question("").has_value());
}
