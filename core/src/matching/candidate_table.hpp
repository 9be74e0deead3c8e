// A hash table from 64-bit keys to ordered rules, 16 bytes per key.
#pragma once

#include "matching/candidate_list.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mockfleet::matching {

/// Keys are hashes with well-mixed low bits and stand for whatever the caller hashed: two texts of one hash
/// share an entry, so what is found has to be confirmed. Open addressing with linear probing; grows by
/// doubling, removal shifts back and leaves no marks.
class candidate_table {
public:
    candidate_table() = default;
    ~candidate_table() { clear(); }
    candidate_table(const candidate_table&) = delete;
    candidate_table& operator=(const candidate_table&) = delete;

    /// True if the key is new.
    bool insert(std::uint64_t key, const candidate& added);
    enum class removal { not_found, key_stays, key_gone };
    removal erase(std::uint64_t key, const candidate& removed);
    void clear();

    /// Number of keys.
    [[nodiscard]] std::size_t size() const { return used_; }
    void prefetch(std::uint64_t key) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[key & mask_]);
    }
    /// Calls `visit(candidate_cursor)` if the key is there.
    template <class Visit>
    void find(std::uint64_t key, Visit&& visit) const {
        if (used_ == 0) return;
        for (auto at = key & mask_; !slots_[at].vacant(); at = (at + 1) & mask_) {
            const auto& one = slots_[at];
            if (one.key != key) continue;
            visit(one.list() == nullptr ? candidate_cursor(one.only()) : candidate_cursor(*one.list()));
            return;
        }
    }
    template <class Visit>
    void each_key(Visit&& visit) const {
        for (const auto& one : slots_)
            if (!one.vacant()) visit(one.key);
    }

private:
    /// Holds the rule itself while it is the only one of its key, a list (marked by the lowest bit)
    /// otherwise.
    struct slot {
        std::uint64_t key = 0;
        std::uintptr_t content = 0;

        [[nodiscard]] bool vacant() const { return content == 0; }
        [[nodiscard]] const rule* only() const { return reinterpret_cast<const rule*>(content); }
        [[nodiscard]] candidate_list* list() const {
            return (content & 1) == 0 ? nullptr : reinterpret_cast<candidate_list*>(content - 1);
        }
        void hold(const rule* only) { content = reinterpret_cast<std::uintptr_t>(only); }
        void hold(candidate_list* list) { content = reinterpret_cast<std::uintptr_t>(list) | 1; }
    };
    static constexpr std::size_t first_size = 16;

    [[nodiscard]] std::size_t place_of(std::uint64_t key) const;
    void grow();
    void vacate(std::size_t at);

    std::vector<slot> slots_; ///< a power of two, at most three quarters full
    std::size_t mask_ = 0;
    std::size_t used_ = 0;
};

} // namespace mockfleet::matching
