// Prints what text patterns cost: nanoseconds per compilation and per match, bytes per pattern, one pattern
// and 100,000.
#include "matching/text_pattern.hpp"

#include <malloc.h>

#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using mockfleet::matching::text_pattern;
using mockfleet::matching::to_lower;

namespace {

std::size_t sink = 0; // part of the exit status, so that nothing is optimised away

/// CPU time of this thread in ns: what other processes take does not count.
double cpu_ns() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Function>
double each(std::size_t rounds, Function&& function) {
    const double start = cpu_ns();
    for (std::size_t round = 0; round < rounds; ++round)
        function(round);
    return (cpu_ns() - start) / static_cast<double>(rounds);
}

void one(const char* name, std::string_view pattern, std::string_view hit, std::string_view miss) {
    const text_pattern compiled(pattern);
    std::string lower_hit;
    std::string lower_miss;
    to_lower(hit, lower_hit);
    to_lower(miss, lower_miss);
    const double compile = each(20'000, [&](std::size_t) { sink += text_pattern(pattern).lower().size(); });
    const double matched =
        each(2'000'000, [&](std::size_t) { sink += compiled.matches(hit, lower_hit) ? 1 : 0; });
    const double missed =
        each(2'000'000, [&](std::size_t) { sink += compiled.matches(miss, lower_miss) ? 1 : 0; });
    const double unlowered = each(2'000'000, [&](std::size_t) { sink += compiled.matches(hit) ? 1 : 0; });
    std::printf("%-28s compile %7.0f ns   hit %6.1f ns   miss %6.1f ns   hit without lower %6.1f ns   %s\n",
                name, compile, matched, missed, unlowered,
                compiled.matches(hit) && !compiled.matches(miss) ? "" : "WRONG");
}

std::string numbered(const char* form, unsigned number) {
    char text[160];
    std::snprintf(text, sizeof text, form, number);
    return text;
}

void many(const char* name, const char* pattern_form, const char* text_form) {
    constexpr unsigned count = 100'000;
    std::vector<text_pattern> patterns(count);
    std::vector<std::string> texts;
    for (unsigned number = 0; number < count; ++number)
        texts.push_back(numbered(text_form, number));
    const std::size_t before = mallinfo2().uordblks;
    const double compile = each(count, [&](std::size_t number) {
        patterns[number] = text_pattern(numbered(pattern_form, static_cast<unsigned>(number)));
    });
    const double bytes = static_cast<double>(mallinfo2().uordblks - before) / count;
    std::mt19937 random(1);
    std::vector<unsigned> order(1'000'000);
    for (unsigned& number : order)
        number = random() % count;
    const double matched = each(order.size(), [&](std::size_t at) {
        const std::string& text = texts[order[at]];
        sink += patterns[order[at]].matches(text, text) ? 1 : 0;
    });
    std::printf("%-28s compile %7.0f ns   random hit %6.1f ns   %6.1f bytes each\n", name, compile, matched,
                bytes);
}

} // namespace

int main() {
    std::puts("one pattern");
    const std::string_view hit = "/api/v1/tenants/acme-000123/orders/4711/items/Abc-9";
    const std::string_view miss = "/api/v1/tenants/acme-000123/orders/4711/lines/Abc-9";
    one("literal", hit, hit, miss);
    one("classes", "/api/v1/tenants/acme-000123/orders/[0-9]+/items/[^/]+", hit, miss);
    one("floating", ".*/items/.*", hit, miss);
    one("suffix", ".*/items/[^/]+", hit, miss);
    one("PCRE2, alternatives", "/api/v1/tenants/acme-000123/orders/[0-9]+/(items|rows)/[^/]+", hit, miss);
    one("PCRE2, floating", ".*/(items|rows)/.*", hit, miss);

    std::puts("100,000 patterns");
    many("literal", "/api/v1/tenants/acme-%06u/orders/17/items/abc",
         "/api/v1/tenants/acme-%06u/orders/17/items/abc");
    many("classes", "/api/v1/tenants/acme-%06u/orders/[0-9]+/items/[^/]+",
         "/api/v1/tenants/acme-%06u/orders/17/items/abc");
    many("floating", ".*/order-%06u/.*", "/api/v1/tenants/acme/order-%06u/items/abc");
    many("PCRE2, alternatives", "/api/v1/tenants/acme-%06u/(orders|rows)/[0-9]+",
         "/api/v1/tenants/acme-%06u/orders/17");
    return sink == 0 ? 1 : 0;
}
