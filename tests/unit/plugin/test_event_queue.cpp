// The queue of events: order, bounds, waking.
#include "plugin/event_queue.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace mockfleet::plugin;
using kind = state_event::kind;

std::string text_of(const std::vector<state_event>& events) {
    std::string text;
    for (const auto& one : events) {
        if (!text.empty()) text += ' ';
        if (one.what == kind::changed)
            text += one.space + "/" + one.key + "@" + std::to_string(one.version);
        else
            text += (one.what == kind::cleared ? "cleared:" : "resync:") + one.space;
    }
    return text;
}

} // namespace

TEST_CASE("events come out in order, once") {
    int woken = 0;
    event_queue queue([&] { ++woken; });
    queue.changed("a", "1", 5);
    queue.cleared("b");
    queue.changed("a", "1", 0);
    queue.resync();
    CHECK(woken == 1);
    CHECK(text_of(queue.take()) == "a/1@5 cleared:b a/1@0 resync:");
    CHECK(queue.take().empty());
    queue.cleared("a");
    CHECK(woken == 2);
}

TEST_CASE("a space above its bound becomes one resync of that space; others keep their events") {
    event_queue queue([] {}, 3);
    queue.changed("calm", "x", 1);
    for (std::uint64_t i = 0; i < 3; ++i)
        queue.changed("busy", "k", i);
    CHECK(queue.take().size() == 4);
    for (std::uint64_t i = 0; i < 10; ++i) {
        queue.changed("busy", "k", i);
        if (i == 5) queue.changed("calm", "x", 2);
    }
    queue.cleared("busy");
    CHECK(text_of(queue.take()) == "resync:busy calm/x@2");
    queue.changed("busy", "k", 9);
    CHECK(text_of(queue.take()) == "busy/k@9");
}

TEST_CASE("taking tells how many events have come, those that a resync stands for included") {
    event_queue queue([] {}, 2);
    CHECK(queue.empty());
    for (const auto* key : {"1", "2", "3", "4"})
        queue.changed("a", key, 7);
    std::uint64_t so_far = 0;
    CHECK(text_of(queue.take(so_far)) == "resync:a");
    CHECK(so_far == 4);
    CHECK(queue.empty());
    queue.changed("a", "5", 8);
    CHECK(queue.take(so_far).size() == 1);
    CHECK(so_far == 5);
}
