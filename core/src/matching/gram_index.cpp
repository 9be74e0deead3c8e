// Choosing, filtering and finding grams.
#include "matching/gram_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace mockfleet::matching {

namespace {

template <class Word>
std::uint64_t key_at(const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    // One-to-one for eight bytes. The salt keeps short grams apart from long ones that end in zeros.
    auto mixed = (static_cast<std::uint64_t>(word) + (sizeof(Word) == 4 ? std::uint64_t{1} << 63 : 0)) *
                 0x9e3779b97f4a7c15U;
    mixed ^= mixed >> 32;
    return mixed * 0xd6e8feb86659fd93U;
}

/// A regular expression sees U+FFFD where the bytes of the path are not UTF-8, so such a run need not be in
/// the path.
bool in_every_path(std::string_view run) {
    return run.find("\xef\xbf\xbd") == std::string_view::npos;
}

} // namespace

bool gram_index::indexable(const text_pattern& path) {
    const auto runs = path.required_literals();
    return std::any_of(runs.begin(), runs.end(),
                       [](std::string_view run) { return run.size() >= short_gram && in_every_path(run); });
}

std::vector<gram_index::gram> gram_index::grams_of(const text_pattern& path) {
    std::vector<gram> grams;
    const auto runs = path.required_literals();
    for (const auto size : {long_gram, short_gram}) {
        for (const auto run : runs) {
            if (!in_every_path(run)) continue;
            for (std::size_t at = 0; at + size <= run.size(); ++at)
                grams.push_back({size == long_gram ? key_at<std::uint64_t>(run.data() + at)
                                                   : key_at<std::uint32_t>(run.data() + at),
                                 size});
        }
        if (!grams.empty()) break;
    }
    std::sort(grams.begin(), grams.end(),
              [](const gram& left, const gram& right) { return left.key < right.key; });
    grams.erase(std::unique(grams.begin(), grams.end(),
                            [](const gram& left, const gram& right) { return left.key == right.key; }),
                grams.end());
    return grams;
}

void gram_index::insert(const text_pattern& path, const candidate& added) {
    ++rules_;
    grow_counts();
    const gram* best = nullptr;
    auto fewest = std::numeric_limits<std::uint32_t>::max();
    const auto grams = grams_of(path);
    for (const auto& one : grams) {
        auto& count = count_of(one.key);
        if (count < fewest) {
            fewest = count;
            best = &one;
        }
        if (count < std::numeric_limits<std::uint16_t>::max()) ++count;
    }
    if (!table_.insert(best->key, added)) return;
    if (best->size == short_gram) ++short_keys_;
    const auto wanted = std::clamp(std::bit_ceil(table_.size() / 3), first_filter_words, most_filter_words);
    if (wanted > filter_.size())
        rebuild_filter();
    else
        add_to_filter(best->key);
}

void gram_index::erase(const text_pattern& path, const candidate& removed) {
    auto result = candidate_table::removal::not_found;
    for (const auto& one : grams_of(path)) {
        auto& count = count_of(one.key);
        if (count > 0 && count < std::numeric_limits<std::uint16_t>::max()) --count;
        if (result != candidate_table::removal::not_found || !may_be_key(one.key)) continue;
        result = table_.erase(one.key, removed);
        if (result == candidate_table::removal::key_gone) {
            ++stale_keys_;
            if (one.size == short_gram) --short_keys_;
        }
    }
    if (result != candidate_table::removal::not_found) --rules_;
    if (rules_ == 0)
        clear();
    else if (stale_keys_ > table_.size() + first_filter_words)
        rebuild_filter();
}

void gram_index::clear() {
    table_.clear();
    rules_ = 0;
    short_keys_ = 0;
    filter_ = {};
    stale_keys_ = 0;
    counts_ = {};
}

void gram_index::rebuild_filter() {
    const auto words = std::clamp(std::bit_ceil(table_.size()), first_filter_words, most_filter_words);
    filter_.assign(words, 0);
    filter_shift_ = 64 - static_cast<unsigned>(std::countr_zero(words));
    table_.each_key([this](std::uint64_t key) { add_to_filter(key); });
    stale_keys_ = 0;
}

void gram_index::grow_counts() {
    const auto wanted = std::clamp(std::bit_ceil(rules_ * 16), first_counts, most_counts);
    if (wanted <= counts_.size()) return;
    const auto old = counts_.size();
    counts_.resize(wanted);
    // Grams that shared a counter keep its value: an estimate too high is harmless.
    if (old != 0)
        for (auto at = old; at < wanted; ++at)
            counts_[at] = counts_[at - old];
}

void gram_index::search(std::string_view lower_path, std::vector<std::uint64_t>& keys) const {
    if (rules_ == 0) return;
    const auto first = keys.size();
    const auto look = [&](std::uint64_t key) {
        if (!may_be_key(key)) return;
        table_.prefetch(key);
        keys.push_back(key);
    };
    if (short_keys_ < table_.size())
        for (std::size_t at = 0; at + long_gram <= lower_path.size(); ++at)
            look(key_at<std::uint64_t>(lower_path.data() + at));
    if (short_keys_ != 0)
        for (std::size_t at = 0; at + short_gram <= lower_path.size(); ++at)
            look(key_at<std::uint32_t>(lower_path.data() + at));
    if (keys.size() - first < 2) return;
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, keys.end());
    keys.erase(std::unique(begin, keys.end()), keys.end());
}

} // namespace mockfleet::matching
