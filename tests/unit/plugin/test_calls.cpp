// The table of outstanding calls: one completion per call, whatever arrives.
#include "plugin/calls.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace mockfleet::plugin;

struct counter {
    std::atomic<int> completions{0};
    std::atomic<const void*> reply{nullptr};
};

void count(void* target, const void* reply) noexcept {
    auto& mine = *static_cast<counter*>(target);
    mine.reply = reply;
    ++mine.completions;
}

void* begin(counter& target, std::string_view key = "key") {
    return begin_call({lasting("state-test"), "get", key}, &count, &target);
}

} // namespace

TEST_CASE("a call completes once; the reply reaches its target") {
    counter target;
    const int reply = 1;
    auto* const token = begin(target);
    REQUIRE(token != nullptr);
    const auto before = stale_completions();
    CHECK(complete_call(token, &reply));
    CHECK(target.reply == &reply);
    CHECK(!complete_call(token, &reply));
    CHECK(!give_up_call(token));
    CHECK(target.completions == 1);
    CHECK(stale_completions() == before + 1);
}

TEST_CASE("a call that was given up does not complete") {
    counter target;
    auto* const token = begin(target);
    CHECK(give_up_call(token));
    CHECK(!complete_call(token, nullptr));
    CHECK(!give_up_call(token));
    CHECK(target.completions == 0);
}

TEST_CASE("an old token never hits the call that uses its slot now") {
    counter first;
    auto* const old = begin(first);
    CHECK(complete_call(old, nullptr));
    counter second;
    auto* const now = begin(second);
    CHECK(now != old);
    CHECK(!complete_call(old, nullptr));
    CHECK(second.completions == 0);
    CHECK(complete_call(now, nullptr));
    CHECK(second.completions == 1);
}

TEST_CASE("tokens that were never handed out are ignored") {
    CHECK(!complete_call(nullptr, nullptr));
    CHECK(!complete_call(reinterpret_cast<void*>(~std::uintptr_t{0}), nullptr));
    CHECK(!give_up_call(reinterpret_cast<void*>(std::uintptr_t{12345})));
}

TEST_CASE("outstanding calls are named, and reported once if wanted") {
    counter target;
    const std::string long_key(100, 'k');
    auto* const token = begin(target, long_key);
    const auto all = outstanding_calls(0, report::always);
    REQUIRE(all.size() == 1);
    CHECK(all[0].plugin == "state-test");
    CHECK(all[0].operation == "get");
    CHECK(all[0].key == long_key.substr(0, 48));
    CHECK(outstanding_calls(1'000'000'000'000, report::always).empty());
    CHECK(outstanding_calls(0, report::once).size() == 1);
    CHECK(outstanding_calls(0, report::once).empty());
    CHECK(outstanding_calls(0, report::always).size() == 1);
    CHECK(complete_call(token, nullptr));
    CHECK(outstanding_calls(0, report::always).empty());
}

TEST_CASE("at most 65,535 calls are outstanding") {
    counter target;
    std::vector<void*> tokens;
    for (;;) {
        auto* const token = begin(target);
        if (token == nullptr) break;
        tokens.push_back(token);
    }
    CHECK(tokens.size() == 65'535);
    for (auto* token : tokens)
        CHECK(complete_call(token, nullptr));
    CHECK(target.completions == 65'535);
    auto* const again = begin(target);
    CHECK(again != nullptr);
    CHECK(complete_call(again, nullptr));
}

TEST_CASE("two threads complete each call: one succeeds") {
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
        counter target;
        auto* const token = begin(target);
        std::atomic<int> succeeded{0};
        std::thread other([&] { succeeded += complete_call(token, nullptr) ? 1 : 0; });
        succeeded += (round % 2 == 0 ? complete_call(token, nullptr) : give_up_call(token)) ? 1 : 0;
        other.join();
        REQUIRE(succeeded == 1);
        REQUIRE(target.completions <= 1);
    }
}

TEST_CASE("many threads begin and complete") {
    counter target;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 5000; ++n)
                complete_call(begin(target), nullptr);
        });
    }
    for (int n = 0; n < 20; ++n)
        static_cast<void>(outstanding_calls(0, report::once));
    for (auto& thread : threads)
        thread.join();
    CHECK(target.completions == 20'000);
    CHECK(outstanding_calls(0, report::always).empty());
}

TEST_CASE("a name has one lasting object") {
    const auto* const name = lasting("state-test");
    CHECK(name == lasting(std::string("state-") + "test"));
    CHECK(name->text == "state-test");
    for (int i = 0; i < 300; ++i)
        CHECK(lasting("plugin " + std::to_string(i))->text == "plugin " + std::to_string(i));
    CHECK(lasting("plugin 299")->number == 0);
    counter target;
    CHECK(complete_call(begin_call({lasting("plugin 299"), "get", {}}, &count, &target), nullptr));
}
