// Set operations on sorted ranges.
#include "matching/code_set.hpp"

#include <algorithm>

namespace mockfleet::matching {

code_set::code_set(std::initializer_list<range> ranges) {
    for (const range& each : ranges)
        add(each.first, each.last);
}

code_set code_set::all() {
    return {{0, last_code_point}};
}

void code_set::add(char32_t first, char32_t last) {
    auto from = std::lower_bound(ranges_.begin(), ranges_.end(), first,
                                 [](const range& each, char32_t wanted) { return each.last + 1 < wanted; });
    if (from == ranges_.end() || last + 1 < from->first) {
        ranges_.insert(from, {first, last});
        return;
    }
    from->first = std::min(from->first, first);
    auto to = from + 1;
    while (to != ranges_.end() && to->first <= last + 1)
        ++to;
    from->last = std::max((to - 1)->last, last);
    ranges_.erase(from + 1, to);
}

void code_set::add(const code_set& other) {
    for (const range& each : other.ranges_)
        add(each.first, each.last);
}

code_set code_set::complement() const {
    code_set result;
    char32_t next = 0;
    for (const range& each : ranges_) {
        if (each.first > next) result.ranges_.push_back({next, each.first - 1});
        next = each.last + 1;
    }
    if (next <= last_code_point) result.ranges_.push_back({next, last_code_point});
    return result;
}

code_set code_set::intersection(const code_set& other) const {
    code_set result;
    auto left = ranges_.begin();
    auto right = other.ranges_.begin();
    while (left != ranges_.end() && right != other.ranges_.end()) {
        const char32_t first = std::max(left->first, right->first);
        const char32_t last = std::min(left->last, right->last);
        if (first <= last) result.ranges_.push_back({first, last});
        if (left->last < right->last)
            ++left;
        else
            ++right;
    }
    return result;
}

bool code_set::contains(char32_t code) const {
    const auto found =
        std::lower_bound(ranges_.begin(), ranges_.end(), code,
                         [](const range& each, char32_t wanted) { return each.last < wanted; });
    return found != ranges_.end() && found->first <= code;
}

ascii_set code_set::ascii() const {
    ascii_set result;
    for (const range& each : ranges_)
        for (char32_t code = each.first; code <= each.last && code < 0x80; ++code)
            result.add(static_cast<unsigned char>(code));
    return result;
}

} // namespace mockfleet::matching
