// A hash table from 64-bit keys to ordered rules, 24 bytes per key.
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
    /// Calls `visit(const candidate_cursor&)` if there are candidates under the key that have none of the
    /// absent marks.
    template <class Visit>
    void find(std::uint64_t key, std::uint64_t absent, Visit&& visit) const {
        if (used_ == 0) return;
        const auto& found = slots_[place_of(key)];
        if (found.vacant()) return;
        if (const auto* list = found.list()) {
            const candidate_cursor cursor(*list, absent);
            if (cursor.valid()) visit(cursor);
        } else if ((found.marks & absent) == 0) {
            visit(candidate_cursor(found.only()));
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
        std::uint64_t marks = 0; ///< of the only one

        [[nodiscard]] bool vacant() const { return content == 0; }
        [[nodiscard]] const rule* subject() const { return reinterpret_cast<const rule*>(content); }
        [[nodiscard]] candidate only() const { return candidate(subject(), marks); }
        [[nodiscard]] candidate_list* list() const {
            return (content & 1) == 0 ? nullptr : reinterpret_cast<candidate_list*>(content - 1);
        }
        void hold(const candidate& only) {
            content = reinterpret_cast<std::uintptr_t>(only.subject);
            marks = only.marks;
        }
        void hold(candidate_list* list) { content = reinterpret_cast<std::uintptr_t>(list) | 1; }
    };
    static constexpr std::size_t first_size = 16;

    /// Where the key is or would be.
    [[nodiscard]] std::size_t place_of(std::uint64_t key) const {
        auto at = key & mask_;
        while (!slots_[at].vacant() && slots_[at].key != key)
            at = (at + 1) & mask_;
        return at;
    }
    void grow();
    void vacate(std::size_t at);

    std::vector<slot> slots_; ///< a power of two, at most three quarters full
    std::size_t mask_ = 0;
    std::size_t used_ = 0;
};

} // namespace mockfleet::matching
