// left_right: readers see a whole state, never an older one than before, and a write is seen by the next
// read.
#include "base/left_right.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

using namespace mockfleet;

namespace {

struct pair_of_counts {
    int first = 0;
    std::vector<int> all;
};

void add_one(pair_of_counts& counts) {
    counts.all.push_back(++counts.first);
}

} // namespace

TEST_CASE("a write is seen by the next read of every slot") {
    base::left_right<pair_of_counts> shared;
    for (int n = 1; n <= 3; ++n) {
        shared.write(add_one);
        CHECK(shared.read(0)->first == n);
        CHECK(shared.read(base::left_right<pair_of_counts>::max_readers - 1)->all.size() ==
              static_cast<std::size_t>(n));
        CHECK(shared.inspect([](const pair_of_counts& counts) { return counts.first; }) == n);
    }
}

TEST_CASE("readers see whole states in order while writers change them") {
    base::left_right<pair_of_counts> shared;
    constexpr int writes = 2000;
    constexpr int writers = 2;
    std::atomic<int> torn{0};
    std::atomic<int> backwards{0};
    std::vector<std::thread> threads;
    for (std::size_t slot = 0; slot < 3; ++slot) {
        threads.emplace_back([&, slot] {
            for (int last = 0; last < writers * writes;) {
                const auto now = shared.read(slot);
                if (now->all.size() != static_cast<std::size_t>(now->first)) ++torn;
                if (!now->all.empty() && now->all.back() != now->first) ++torn;
                if (now->first < last) ++backwards;
                last = now->first;
            }
        });
    }
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < writes; ++n)
                shared.write(add_one);
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(torn == 0);
    CHECK(backwards == 0);
}
