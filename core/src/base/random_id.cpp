// One seeded generator for each thread.
#include "base/random_id.hpp"

#include <cstdio>
#include <random>

namespace mockfleet::base {

std::string random_id() {
    thread_local std::mt19937_64 source = [] {
        std::random_device seed;
        std::seed_seq sequence{seed(), seed(), seed(), seed(), seed(), seed(), seed(), seed()};
        return std::mt19937_64(sequence);
    }();
    const auto high = source();
    const auto low = source();
    char text[37];
    std::snprintf(text, sizeof(text), "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                  static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xfff),
                  static_cast<unsigned>(low >> 48 & 0x3fff) | 0x8000U,
                  static_cast<unsigned long long>(low & 0xffffffffffff));
    return text;
}

} // namespace mockfleet::base
