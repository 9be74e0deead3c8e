// Samples of delays: units, bounds and the shape of each distribution.
#include "actions/delay.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using mockfleet::actions::sample_ns;
using mockfleet::model::delay;
using mockfleet::model::time_unit;
using kind = delay::distribution_kind;

namespace {

delay make(kind distribution, double first, double second, time_unit unit = time_unit::milliseconds) {
    delay made;
    made.unit = unit;
    made.distribution = distribution;
    made.first = first;
    made.second = second;
    return made;
}

std::vector<std::int64_t> samples(const delay& from) {
    std::vector<std::int64_t> drawn(20'000);
    std::generate(drawn.begin(), drawn.end(), [&] { return sample_ns(from); });
    std::sort(drawn.begin(), drawn.end());
    return drawn;
}

} // namespace

TEST_CASE("fixed values in every unit") {
    delay fixed;
    fixed.value = 3;
    const std::pair<time_unit, std::int64_t> units[] = {
        {time_unit::nanoseconds, 1},          {time_unit::microseconds, 1'000},
        {time_unit::milliseconds, 1'000'000}, {time_unit::seconds, 1'000'000'000},
        {time_unit::minutes, 60'000'000'000}, {time_unit::hours, 3'600'000'000'000},
        {time_unit::days, 86'400'000'000'000}};
    for (const auto& [unit, ns] : units) {
        fixed.unit = unit;
        CHECK(sample_ns(fixed) == 3 * ns);
    }
    CHECK(sample_ns(std::nullopt) == 0);
    fixed.value = -5;
    CHECK(sample_ns(fixed) == 0);
    fixed.value = INT64_MAX;
    CHECK(sample_ns(fixed) > 0); // no overflow
}

TEST_CASE("uniform covers its bounds and no more") {
    const auto drawn = samples(make(kind::uniform, 10, 13));
    CHECK(drawn.front() == 10'000'000);
    CHECK(drawn.back() == 13'000'000);
    CHECK(samples(make(kind::uniform, 5, 5)).back() == 5'000'000);
    CHECK(samples(make(kind::uniform, 9, 2)).back() == 9'000'000);
    CHECK(samples(make(kind::uniform, -10, -1)).back() == 0);
}

TEST_CASE("log-normal has its median and 99th percentile") {
    const auto drawn = samples(make(kind::log_normal, 100, 400));
    CHECK(drawn[10'000] > 95'000'000);
    CHECK(drawn[10'000] < 105'000'000);
    CHECK(drawn[19'800] > 350'000'000);
    CHECK(drawn[19'800] < 450'000'000);
    CHECK(samples(make(kind::log_normal, 0, 10)).back() == 0);
}

TEST_CASE("gaussian is clamped at zero and at a day of milliseconds") {
    const auto drawn = samples(make(kind::gaussian, 100, 10));
    CHECK(drawn[10'000] > 99'000'000);
    CHECK(drawn[10'000] < 101'000'000);
    CHECK(samples(make(kind::gaussian, -1000, 1)).back() == 0);
    CHECK(samples(make(kind::gaussian, 1e12, 1)).front() == 86'400'000'000'000);
}
