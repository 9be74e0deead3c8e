// Choosing, filtering and finding grams.
#include "matching/gram_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mockfleet::matching {

namespace {

/// One-to-one for eight bytes; the salt keeps short grams apart from long ones that end in zeros. The upper
/// bits are the good ones.
template <class Word>
std::uint64_t mixed_at(const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    constexpr auto salt = sizeof(Word) == 8 ? std::uint64_t{0} : std::uint64_t{1} << 63;
    return (word + salt) * 0x9e3779b97f4a7c15U;
}

/// Table keys have their good bits below. Its own inverse.
std::uint64_t key_of_mixed(std::uint64_t mixed) {
    return __builtin_bswap64(mixed);
}

std::uint64_t filter_bits(std::uint64_t mixed) {
    return std::uint64_t{1} << (mixed >> 37 & 63) | std::uint64_t{1} << (mixed >> 43 & 63);
}

std::uint64_t mark_of(std::uint64_t mixed) {
    return std::uint64_t{1} << (mixed >> 58);
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
        for (std::size_t number = 0; number < runs.size(); ++number) {
            const auto run = runs[number];
            if (!in_every_path(run)) continue;
            for (std::size_t at = 0; at + size <= run.size(); ++at) {
                const auto mixed = size == long_gram ? mixed_at<std::uint64_t>(run.data() + at)
                                                     : mixed_at<std::uint32_t>(run.data() + at);
                grams.push_back({key_of_mixed(mixed), size, number});
            }
        }
        if (!grams.empty()) break;
    }
    return grams;
}

std::size_t gram_index::rarest(const std::vector<gram>& grams) {
    std::size_t best = 0;
    std::size_t longest = 0;
    auto fewest = many;
    for (std::size_t at = 0; at < grams.size();) {
        const auto count = count_of(grams[at].key);
        auto end = at + 1;
        while (end < grams.size() && grams[end].run == grams[at].run && count_of(grams[end].key) == count)
            ++end;
        if (longest == 0 || count < fewest || (count == fewest && end - at > longest)) {
            fewest = count;
            longest = end - at;
            best = at + (end - at) / 2;
        }
        at = end;
    }
    return best;
}

void gram_index::insert(const text_pattern& path, const candidate& added) {
    ++rules_;
    grow_counts();
    const auto grams = grams_of(path);
    const auto* best = &grams[rarest(grams)];
    auto marked = added;
    for (const auto& one : grams) {
        marked.marks |= mark_of(key_of_mixed(one.key));
        auto& count = count_of(one.key);
        if (count < many) ++count;
    }
    if (!table_.insert(best->key, marked)) return;
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
        if (count > 0 && count < many) --count;
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

bool gram_index::may_be_key(std::uint64_t key) const {
    const auto mixed = key_of_mixed(key);
    const auto bits = filter_bits(mixed);
    return (filter_[mixed >> filter_shift_] & bits) == bits;
}

void gram_index::add_to_filter(std::uint64_t key) {
    const auto mixed = key_of_mixed(key);
    filter_[mixed >> filter_shift_] |= filter_bits(mixed);
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
    // Of the grams that shared a counter, the frequent ones must stay known as such; small counts may start
    // anew.
    constexpr std::uint8_t frequent = 8;
    if (old != 0)
        for (auto at = old; at < wanted; ++at)
            counts_[at] = counts_[at - old] > frequent ? counts_[at - old] : 0;
}

template <class Word>
void gram_index::look_for(std::string_view lower_path, found_grams& found) const {
    auto& keys = found.keys;
    keys.clear();
    found.marks = 0;
    if (lower_path.size() < sizeof(Word)) return;
    const auto* const filter = filter_.data();
    const auto shift = filter_shift_;
    std::uint64_t marks = 0;
    const char* const end = lower_path.data() + lower_path.size() - sizeof(Word) + 1;
    for (const char* at = lower_path.data(); at != end; ++at) {
        const auto mixed = mixed_at<Word>(at);
        const auto bits = filter_bits(mixed);
        marks |= mark_of(mixed);
        if ((filter[mixed >> shift] & bits) != bits) [[likely]]
            continue;
        const auto key = key_of_mixed(mixed);
        table_.prefetch(key);
        keys.push_back(key);
    }
    found.marks = marks;
    if (keys.size() < 2) return;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

template void gram_index::look_for<std::uint64_t>(std::string_view, found_grams&) const;
template void gram_index::look_for<std::uint32_t>(std::string_view, found_grams&) const;

} // namespace mockfleet::matching
