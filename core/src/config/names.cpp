// Spellings derived from the camelCase names, and the distance between names.
#include "config/names.hpp"

#include "base/ascii.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <cctype>

namespace mockfleet::config {

namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

/// The words of a camelCase name in lower case, joined by `separator`; a run of capitals is one word.
std::string words(std::string_view name, char separator) {
    std::string made;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool after_word = i > 0 && is_upper(name[i]) && !is_upper(name[i - 1]);
        const bool before_word = i > 0 && is_upper(name[i]) && is_upper(name[i - 1]) && i + 1 < name.size() &&
                                 is_lower(name[i + 1]);
        if (after_word || before_word) made += separator;
        made += name[i];
    }
    return base::to_lower(made);
}

} // namespace

std::string environment_name(const property& about) {
    if (!about.variable.empty()) return std::string(about.variable);
    std::string made = "MOCKSERVER_" + words(about.name, '_');
    std::transform(made.begin(), made.end(), made.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return made;
}

std::string flag_name(const property& about) {
    return words(about.name, '-');
}

std::string folded(std::string_view flag) {
    auto made = base::to_lower(flag);
    std::erase(made, '-');
    return made;
}

std::size_t distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> cells((a.size() + 1) * width);
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            auto& cell = cells[i * width + j];
            if (i == 0 || j == 0) {
                cell = i + j;
                continue;
            }
            const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
            cell = std::min({cells[(i - 1) * width + j] + 1, cells[i * width + j - 1] + 1,
                             cells[(i - 1) * width + j - 1] + changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cell = std::min(cell, cells[(i - 2) * width + j - 2] + 1);
        }
    }
    return cells.back();
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
    constexpr std::size_t longest_name = 80;
    const auto wanted = base::to_lower(name.substr(0, longest_name));
    // One letter in three may be wrong, two in a short name.
    constexpr std::size_t very_short = 4;
    const auto farthest = wanted.size() <= very_short ? 1 : std::max<std::size_t>(2, wanted.size() / 3);
    auto least = farthest + 1;
    std::string found;
    for (const auto& candidate : candidates) {
        const auto longer = std::max(wanted.size(), candidate.size());
        const auto shorter = std::min(wanted.size(), candidate.size());
        if (longer - shorter >= least)
            continue; // the difference in length is the least that the distance can be
        const auto d = distance(wanted, base::to_lower(candidate));
        if (d >= least) continue;
        least = d;
        found = candidate;
    }
    return found;
}

} // namespace mockfleet::config
