// The threads of this module: worker pool and timer.
#include "plugin/timer.hpp"
#include "plugin/worker_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace mockfleet::plugin;

/// A job that appends its number.
struct numbered {
    std::vector<int>* order;
    int number;
    static void run(void* arg) {
        auto& self = *static_cast<numbered*>(arg);
        self.order->push_back(self.number);
    }
};

constexpr std::uint64_t long_time = 3'600'000'000'000;

} // namespace

TEST_CASE("one thread runs jobs in order, and all of them before it ends") {
    std::vector<int> order;
    std::vector<numbered> jobs;
    for (int i = 0; i < 100; ++i)
        jobs.push_back({&order, i});
    {
        worker_pool pool("test", 1);
        for (auto& job : jobs)
            pool.post({&numbered::run, &job});
    }
    REQUIRE(order.size() == 100);
    for (int i = 0; i < 100; ++i)
        CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("several threads run jobs at once") {
    constexpr int threads = 4;
    // Nobody passes until all four are in their job.
    std::barrier together(threads);
    worker_pool pool("a name that is longer than 15 bytes", threads);
    std::latch done(threads);
    struct context {
        std::barrier<>* together;
        std::latch* done;
    } shared{&together, &done};
    for (int i = 0; i < threads; ++i) {
        pool.post({[](void* arg) {
                       auto& in = *static_cast<context*>(arg);
                       in.together->arrive_and_wait();
                       in.done->count_down();
                   },
                   &shared});
    }
    done.wait();
}

TEST_CASE("a timer runs what is due, in order of time") {
    timer timers;
    std::mutex mutex;
    std::vector<int> order;
    std::latch done(3);
    const auto add = [&](int number) {
        return [&, number] {
            const std::lock_guard lock(mutex);
            order.push_back(number);
            done.count_down();
        };
    };
    timers.run_after(400'000'000, &timers, add(3));
    timers.run_after(100'000'000, &timers, add(2));
    timers.run_after(0, &timers, add(1));
    timers.run_after(long_time, &timers, [] { FAIL("an hour has not passed"); });
    timers.run_after(~std::uint64_t{0}, &timers, [] { FAIL("a century has not passed"); });
    done.wait();
    const std::lock_guard lock(mutex);
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("dropping an owner forgets its work, waits for what runs, and refuses more") {
    timer timers;
    int one = 0;
    int two = 0;
    std::latch inside(1);
    std::atomic<bool> finished{false};
    timers.run_after(0, &one, [&] {
        inside.count_down();
        std::this_thread::yield();
        finished = true;
    });
    inside.wait();
    timers.run_after(long_time, &one, [] { FAIL("dropped work ran"); });
    CHECK(timers.drop(&one, std::chrono::seconds(10)));
    CHECK(finished);
    timers.run_after(0, &one, [] { FAIL("work of a dropped owner ran"); });
    std::latch other(1);
    timers.run_after(0, &two, [&] { other.count_down(); });
    other.wait();
}
