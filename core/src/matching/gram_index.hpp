// Rules with a regular expression as path, found by one short byte sequence that each of them requires.
#pragma once

#include "matching/candidate_table.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// Of the 8-byte grams (4 bytes if there is none) in the literal runs a pattern requires, the one that the
/// fewest other patterns contain becomes its key. A request's path is searched gram by gram; a bit filter
/// passes over nearly all that are no key.
class gram_index {
public:
    /// Has the pattern a gram to be indexed by?
    [[nodiscard]] static bool indexable(const text_pattern& path);

    /// `path` must be indexable, and the same for both.
    void insert(const text_pattern& path, const candidate& added);
    void erase(const text_pattern& path, const candidate& removed);
    void clear();

    /// Appends the keys that may occur in `lower_path`, each once, and prefetches their entries.
    void search(std::string_view lower_path, std::vector<std::uint64_t>& keys) const;
    [[nodiscard]] const candidate_table& table() const { return table_; }

private:
    static constexpr std::size_t long_gram = 8;
    static constexpr std::size_t short_gram = 4;
    static constexpr std::size_t first_filter_words = 16;
    static constexpr std::size_t most_filter_words = 32 * 1024; // 256 KB
    static constexpr std::size_t first_counts = 1024;
    static constexpr std::size_t most_counts = 64 * 1024;

    struct gram {
        std::uint64_t key;
        std::size_t size;
    };
    [[nodiscard]] static std::vector<gram> grams_of(const text_pattern& path);
    [[nodiscard]] bool may_be_key(std::uint64_t key) const {
        const auto bits = filter_bits(key);
        return (filter_[key >> filter_shift_] & bits) == bits;
    }
    [[nodiscard]] static std::uint64_t filter_bits(std::uint64_t key) {
        return std::uint64_t{1} << (key & 63) | std::uint64_t{1} << (key >> 6 & 63);
    }
    void add_to_filter(std::uint64_t key) { filter_[key >> filter_shift_] |= filter_bits(key); }
    void rebuild_filter();
    [[nodiscard]] std::uint16_t& count_of(std::uint64_t key) {
        return counts_[(key >> 12) & (counts_.size() - 1)];
    }
    void grow_counts();

    candidate_table table_;
    std::size_t rules_ = 0;
    std::size_t short_keys_ = 0;
    std::vector<std::uint64_t> filter_; ///< two bits in one word per key
    unsigned filter_shift_ = 0;
    std::size_t stale_keys_ = 0; ///< in the filter but no longer in the table
    std::vector<std::uint16_t>
        counts_; ///< about how many patterns contain a gram; several grams share a counter
};

} // namespace mockfleet::matching
