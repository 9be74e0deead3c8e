// Which machine this is, and how an offset is taken over.
#include "store/fleet_clock.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <random>
#include <string>

#include <sys/stat.h>

namespace mockfleet::store {

namespace {

/// Of processes with equal numbers CLOCK_MONOTONIC is the same clock: one running kernel, one time namespace.
std::uint64_t machine_number() {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    if (boot.empty()) return std::uint64_t{std::random_device()()} << 32 | std::random_device()();
    struct stat space{};
    if (stat("/proc/self/ns/time", &space) == 0) boot += "/" + std::to_string(space.st_ino);
    // FNV-1a: nodes of different builds must agree on it, which std::hash does not promise.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char one : boot)
        hash = (hash ^ static_cast<unsigned char>(one)) * 0x100000001b3;
    return hash;
}

} // namespace

fleet_clock::fleet_clock() : machine_(machine_number()) {}

std::int64_t fleet_clock::early() {
    const auto stamp = now();
    auto least = least_.load(std::memory_order_relaxed);
    while (least < stamp && !least_.compare_exchange_weak(least, stamp, std::memory_order_relaxed)) {
    }
    return stamp;
}

void fleet_clock::start_at(std::int64_t wall_ns) {
    set(wall_ns - base::monotonic_ns() - shift_);
}

void fleet_clock::set(std::int64_t ahead) {
    const auto least = least_.load(std::memory_order_relaxed) - base::monotonic_ns() - shift_;
    ahead_.store(std::max(ahead, least), std::memory_order_relaxed);
}

fleet_clock::reading fleet_clock::read() const {
    return {machine_, ahead_.load(std::memory_order_relaxed), now()};
}

void fleet_clock::raise(std::int64_t ahead) {
    auto mine = ahead_.load(std::memory_order_relaxed);
    while (mine < ahead && !ahead_.compare_exchange_weak(mine, ahead, std::memory_order_relaxed)) {
    }
}

void fleet_clock::heard(const reading& theirs) {
    if (theirs.machine == machine_)
        raise(theirs.ahead);
    else
        raise(ahead_.load(std::memory_order_relaxed) + theirs.now - now());
}

std::int64_t fleet_clock::heard(const reading& theirs, std::int64_t asked, bool fresh) {
    if (theirs.machine == machine_) {
        if (fresh)
            set(theirs.ahead);
        else
            raise(theirs.ahead);
        return 0;
    }
    const auto answered = now();
    if (fresh) {
        // Read somewhere between the question and the answer: half-way is wrong by half of it at most.
        const auto half = (answered - asked) / 2;
        set(ahead_.load(std::memory_order_relaxed) + theirs.now + half - answered);
        return half;
    }
    raise(ahead_.load(std::memory_order_relaxed) + theirs.now - answered);
    return std::max(std::max(theirs.now - asked, answered - theirs.now), std::int64_t{0});
}

} // namespace mockfleet::store
