// Brackets are counted in bit masks of 64 bytes where the processor has AVX2, byte by byte elsewhere.
#include "json/skip_value.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mockfleet::json {

const char* find_closing_quote(const char* from, const char* end) {
    for (const char* at = from; at < end; ++at) {
        at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
        if (at == nullptr) return nullptr;
        const char* before = at;
        while (before != from && before[-1] == '\\')
            --before;
        if ((at - before) % 2 == 0) return at;
    }
    return nullptr;
}

const char* skip_brackets_bytewise(const char* from, const char* end, char open, char close) {
    std::size_t depth = 1;
    for (const char* at = from; at < end; ++at) {
        if (*at == '"') {
            at = find_closing_quote(at + 1, end);
            if (at == nullptr) return nullptr;
        } else if (*at == open) {
            ++depth;
        } else if (*at == close && --depth == 0) {
            return at + 1;
        }
    }
    return nullptr;
}

#if defined(__x86_64__)
namespace {

#define MOCKFLEET_AVX2 __attribute__((target("avx2,bmi,popcnt"), always_inline)) inline

/// One bit per byte that is `wanted`.
MOCKFLEET_AVX2 std::uint64_t places_of(char wanted, const __m256i& low, const __m256i& high) {
    const auto pattern = _mm256_set1_epi8(wanted);
    const auto first = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, pattern)));
    const auto second = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, pattern)));
    return first | std::uint64_t{second} << 32U;
}

/// The bytes that a backslash before them takes the meaning from. `carried` is 1 if the first one is such.
MOCKFLEET_AVX2 std::uint64_t escaped_by(std::uint64_t backslashes, std::uint64_t& carried) {
    std::uint64_t escaped = carried;
    carried = 0;
    backslashes &= ~escaped;
    while (backslashes != 0) {
        const auto next = (backslashes & -backslashes) << 1U;
        if (next == 0) carried = 1;
        escaped |= next;
        backslashes &= backslashes - 1;
        backslashes &= ~next;
    }
    return escaped;
}

/// Each bit becomes the parity of those up to it: from quotes to what stands between them.
MOCKFLEET_AVX2 std::uint64_t parities(std::uint64_t bits) {
    for (unsigned distance = 1; distance < 64; distance *= 2)
        bits ^= bits << distance;
    return bits;
}

__attribute__((target("avx2,bmi,popcnt"))) const char* skip_in_blocks(const char* from, const char* end,
                                                                      char open, char close) {
    std::int64_t depth = 1;
    std::uint64_t carried_escape = 0;
    std::uint64_t in_string = 0; // all ones or none
    for (const char* at = from; at < end; at += 64) {
        const auto low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
        const auto high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
        auto quotes = places_of('"', low, high);
        const auto backslashes = places_of('\\', low, high);
        if ((backslashes | carried_escape) != 0) quotes &= ~escaped_by(backslashes, carried_escape);
        const auto strings = parities(quotes) ^ in_string;
        in_string = std::uint64_t{0} - (strings >> 63U);
        const auto opening = places_of(open, low, high) & ~strings;
        const auto closing = places_of(close, low, high) & ~strings;
        if (__builtin_popcountll(closing) >= depth) {
            auto left = closing;
            for (std::int64_t closed = 1; left != 0; ++closed, left &= left - 1) {
                const auto before = (left & -left) - 1;
                if (depth + __builtin_popcountll(opening & before) != closed) continue;
                const char* const behind = at + __builtin_ctzll(left) + 1;
                return behind <= end ? behind : nullptr;
            }
        }
        depth += __builtin_popcountll(opening) - __builtin_popcountll(closing);
    }
    return nullptr;
}

const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0;

} // namespace
#endif

const char* skip_brackets(const char* from, const char* end, char open, char close) {
#if defined(__x86_64__)
    if (has_avx2) return skip_in_blocks(from, end, open, close);
#endif
    return skip_brackets_bytewise(from, end, open, close);
}

} // namespace mockfleet::json
