// Sampling of the delay distributions.
#include "actions/delay.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace mockfleet::actions {

namespace {

constexpr double most_units = 86'400'000; // core.md 2.8: samples are clamped to this
constexpr double p99_quantile = 2.326347874;

std::mt19937_64& random_source() {
    thread_local std::mt19937_64 source{std::random_device{}()};
    return source;
}

double sample_units(const model::delay& delay) {
    using kind = model::delay::distribution_kind;
    switch (delay.distribution) {
    case kind::none:
        return static_cast<double>(delay.value);
    case kind::uniform: {
        const auto low = std::llround(std::clamp(delay.first, 0.0, most_units));
        const auto high = std::llround(std::clamp(delay.second, 0.0, most_units));
        if (high <= low) return static_cast<double>(low);
        return static_cast<double>(std::uniform_int_distribution<long long>(low, high)(random_source()));
    }
    case kind::log_normal: {
        if (delay.first <= 0) return 0;
        const double mean = std::log(delay.first);
        const double deviation = (std::log(std::max(delay.second, delay.first)) - mean) / p99_quantile;
        return std::exp(mean + deviation * std::normal_distribution<double>()(random_source()));
    }
    case kind::gaussian:
        return delay.first + delay.second * std::normal_distribution<double>()(random_source());
    }
    return 0;
}

} // namespace

std::int64_t sample_ns(const std::optional<model::delay>& delay) {
    if (!delay) return 0;
    double units = sample_units(*delay);
    if (delay->distribution != model::delay::distribution_kind::none)
        units = std::round(std::min(units, most_units));
    if (!(units > 0)) return 0;
    constexpr auto most_ns = static_cast<double>(std::numeric_limits<std::int64_t>::max() / 4);
    return static_cast<std::int64_t>(
        std::min(units * static_cast<double>(model::nanoseconds_per(delay->unit)), most_ns));
}

std::size_t random_below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_source());
}

} // namespace mockfleet::actions
