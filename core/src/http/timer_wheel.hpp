// Coarse deadlines for many connections: a hashed wheel with one slot per tick; moving a deadline back costs
// a store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mockfleet::http {

/// Not thread-safe: one per I/O thread. Time is counted in ticks by whoever calls advance().
class timer_wheel {
public:
    /// Embedded in what has the deadline; unlinks itself when destroyed.
    class entry {
    public:
        entry() = default;
        ~entry() { unlink(); }
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;
        [[nodiscard]] bool armed() const { return due_ != 0; }

    private:
        friend class timer_wheel;
        void unlink();

        entry* next_ = nullptr;
        entry* previous_ = nullptr;
        std::uint64_t due_ = 0;    // 0 = none
        std::uint64_t linked_ = 0; // the tick at which the wheel looks at this entry again
    };

    timer_wheel();

    /// Fires after `ticks` (at least one) further ticks; replaces the entry's earlier deadline.
    void schedule(entry& which, std::uint64_t ticks);
    void cancel(entry& which) { which.due_ = 0; }

    /// Moves time forward and calls `fired(entry&)` for each entry that is due. `fired` may schedule, cancel
    /// or destroy any entry.
    template <class Fired>
    void advance(std::uint64_t ticks, Fired&& fired) {
        for (; ticks > 0; --ticks) {
            ++now_;
            begin_slot();
            while (entry* due = pop_due())
                fired(*due);
        }
    }

private:
    static constexpr std::size_t slot_count = 256;

    void link(entry& which, std::uint64_t tick);
    void begin_slot();
    entry* pop_due();

    std::uint64_t now_ = 1;
    std::array<entry, slot_count> slots_; // heads of circular lists
    entry looked_at_;                     // what the current tick has still to look at
};

} // namespace mockfleet::http
