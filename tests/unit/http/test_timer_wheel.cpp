// Deadlines fire on their tick, moved ones do not fire early, and entries may vanish while the wheel turns.
#include "http/timer_wheel.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <vector>

using mockfleet::http::timer_wheel;

namespace {

struct timed : timer_wheel::entry {
    int number = 0;
};

std::vector<int> turn(timer_wheel& wheel, std::uint64_t ticks) {
    std::vector<int> fired;
    wheel.advance(ticks, [&](timer_wheel::entry& due) { fired.push_back(static_cast<timed&>(due).number); });
    return fired;
}

} // namespace

TEST_CASE("fires on its tick, once") {
    timer_wheel wheel;
    timed one;
    one.number = 1;
    wheel.schedule(one, 3);
    CHECK(turn(wheel, 2).empty());
    CHECK(turn(wheel, 1) == std::vector{1});
    CHECK_FALSE(one.armed());
    CHECK(turn(wheel, 1000).empty());
}

TEST_CASE("moved back and forth") {
    timer_wheel wheel;
    timed one;
    wheel.schedule(one, 3);
    turn(wheel, 1);
    wheel.schedule(one, 10);
    CHECK(turn(wheel, 9).empty());
    CHECK(turn(wheel, 1).size() == 1);
    wheel.schedule(one, 1000);
    wheel.schedule(one, 2);
    CHECK(turn(wheel, 1).empty());
    CHECK(turn(wheel, 1).size() == 1);
    CHECK(turn(wheel, 2000).empty());
}

TEST_CASE("cancelled and destroyed ones do not fire") {
    timer_wheel wheel;
    timed one;
    wheel.schedule(one, 2);
    wheel.cancel(one);
    auto two = std::make_unique<timed>();
    wheel.schedule(*two, 2);
    two.reset();
    CHECK(turn(wheel, 5).empty());
    wheel.schedule(one, 1);
    CHECK(turn(wheel, 1).size() == 1);
}

TEST_CASE("an entry that fires may destroy its neighbour and arm itself") {
    timer_wheel wheel;
    auto neighbour = std::make_unique<timed>();
    timed one;
    wheel.schedule(one, 1);
    wheel.schedule(*neighbour, 1);
    int fired = 0;
    const auto act = [&](timer_wheel::entry& due) {
        ++fired;
        neighbour.reset();
        wheel.schedule(due, 2);
    };
    wheel.advance(1, act);
    CHECK(fired == 1);
    wheel.advance(2, act);
    CHECK(fired == 2);
}

TEST_CASE("random deadlines agree with a plain list") {
    timer_wheel wheel;
    std::mt19937 random(7);
    std::vector<timed> entries(50);
    std::vector<std::uint64_t> due(entries.size(), 0);
    for (std::size_t i = 0; i < entries.size(); ++i)
        entries[i].number = static_cast<int>(i);
    for (std::uint64_t now = 1; now < 5000; ++now) {
        for (int change = 0; change < 3; ++change) {
            const auto which = random() % entries.size();
            const auto ticks = random() % 3 == 0 ? random() % 700 + 1 : random() % 20 + 1;
            if (random() % 8 == 0) {
                wheel.cancel(entries[which]);
                due[which] = 0;
            } else {
                wheel.schedule(entries[which], ticks);
                due[which] = now - 1 + ticks;
            }
        }
        std::vector<bool> expected(entries.size(), false);
        for (std::size_t i = 0; i < due.size(); ++i)
            expected[i] = due[i] == now;
        for (const int number : turn(wheel, 1)) {
            const auto at = static_cast<std::size_t>(number);
            CHECK(expected[at]);
            expected[at] = false;
            due[at] = 0;
        }
        for (const bool missing : expected)
            CHECK_FALSE(missing);
    }
}
