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
    /// What a search finds in a path; the caller keeps it for its memory.
    struct found_grams {
        std::vector<std::uint64_t> keys; ///< those that may lead to candidates, each once
        std::uint64_t marks = 0;         ///< of all grams
    };

    /// Has the pattern a gram to be indexed by?
    [[nodiscard]] static bool indexable(const text_pattern& path);

    /// `path` must be indexable, and the same for both.
    void insert(const text_pattern& path, const candidate& added);
    void erase(const text_pattern& path, const candidate& removed);
    void clear();

    /// Calls `visit(const candidate_cursor&)` for every group of candidates whose required gram is in
    /// `lower_path`.
    template <class Visit>
    void search(std::string_view lower_path, found_grams& scratch, Visit&& visit) const {
        if (rules_ == 0) return;
        if (short_keys_ < table_.size()) {
            look_for<std::uint64_t>(lower_path, scratch);
            for (const auto key : scratch.keys)
                table_.find(key, ~scratch.marks, visit);
        }
        if (short_keys_ != 0) {
            look_for<std::uint32_t>(lower_path, scratch);
            for (const auto key : scratch.keys)
                table_.find(key, ~scratch.marks, visit);
        }
    }

private:
    static constexpr std::size_t long_gram = 8;
    static constexpr std::size_t short_gram = 4;
    static constexpr std::size_t first_filter_words = 16;
    static constexpr std::size_t most_filter_words = 32 * 1024; // 256 KB
    static constexpr std::size_t first_counts = 1024;
    static constexpr std::size_t most_counts = 1024 * 1024;
    static constexpr std::uint8_t many = 255; ///< a count that is no longer kept

    struct gram {
        std::uint64_t key;
        std::size_t size;
        std::size_t run; ///< which of the required literals it is from
    };
    [[nodiscard]] static std::vector<gram> grams_of(const text_pattern& path);
    /// Of the rarest ones the middle of the longest stretch: where neighbours are equally rare, it holds most
    /// of what makes the pattern differ from the others, and is likely to stay rare.
    [[nodiscard]] std::size_t rarest(const std::vector<gram>& grams);
    template <class Word>
    void look_for(std::string_view lower_path, found_grams& found) const;
    [[nodiscard]] bool may_be_key(std::uint64_t key) const;
    void add_to_filter(std::uint64_t key);
    void rebuild_filter();
    [[nodiscard]] std::uint8_t& count_of(std::uint64_t key) { return counts_[key & (counts_.size() - 1)]; }
    void grow_counts();

    candidate_table table_;
    std::size_t rules_ = 0;
    std::size_t short_keys_ = 0;
    std::vector<std::uint64_t> filter_; ///< two bits in one word per key
    unsigned filter_shift_ = 0;
    std::size_t stale_keys_ = 0; ///< in the filter but no longer in the table
    std::vector<std::uint8_t>
        counts_; ///< about how many patterns contain a gram; several grams share a counter
};

} // namespace mockfleet::matching
