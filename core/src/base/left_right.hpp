// left_right<T>: two copies of a value, so that readers never wait and a writer may change any data structure
// in place.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

namespace mockfleet::base {

/// Readers pin one copy while a writer changes the other; then the roles swap and the change is applied
/// again.
///
/// * A reader costs one exchange on its own cache line and a load; it never waits for a writer.
/// * Each reading thread owns one slot (0 <= slot < max_readers) and holds at most one guard per slot at a
/// time.
/// * A writer applies its change twice and waits in between until no reader is left on the old copy, so
/// guards must be
///   short: never hold one over a suspension or anything that blocks.
/// * `change` must be deterministic: both copies have to end up equal. An exception in it ends the process,
/// because the copies would differ from then on.
template <class T>
class left_right {
public:
    static constexpr std::size_t max_readers = 64;

    class read_guard {
    public:
        read_guard(const left_right& owner, std::size_t slot) : slot_(owner.slots_[slot].active) {
            slot_.store(1, std::memory_order_seq_cst);
            value_ = &owner.copies_[owner.front_.load(std::memory_order_seq_cst)];
        }
        ~read_guard() { slot_.store(0, std::memory_order_release); }
        read_guard(const read_guard&) = delete;
        read_guard& operator=(const read_guard&) = delete;

        const T& operator*() const { return *value_; }
        const T* operator->() const { return value_; }

    private:
        std::atomic<std::uint32_t>& slot_;
        const T* value_;
    };

    left_right() = default;
    left_right(const left_right&) = delete;
    left_right& operator=(const left_right&) = delete;

    [[nodiscard]] read_guard read(std::size_t slot) const { return read_guard(*this, slot); }

    /// Applies `change(T&)` to both copies; writers are serialised. Blocks until readers have left the old
    /// copy.
    template <class Change>
    void write(Change&& change) {
        const std::lock_guard lock(writers_);
        const auto apply = [&change](T& copy) noexcept { change(copy); };
        const auto front = front_.load(std::memory_order_relaxed);
        apply(copies_[1 - front]);
        front_.store(1 - front, std::memory_order_seq_cst);
        wait_for_readers();
        apply(copies_[front]);
    }

    /// For a thread without a slot: looks at the value with writers excluded. Never call it on an I/O thread.
    template <class Look>
    auto inspect(Look&& look) const {
        const std::lock_guard lock(writers_);
        return look(copies_[front_.load(std::memory_order_relaxed)]);
    }

private:
    struct alignas(64) slot_state {
        mutable std::atomic<std::uint32_t> active{0};
    };

    void wait_for_readers() const {
        // A guard that starts after the swap sees the new copy, so each slot has to be seen idle only once.
        for (const auto& slot : slots_) {
            while (slot.active.load(std::memory_order_seq_cst) != 0)
                std::this_thread::yield();
        }
    }

    mutable std::array<slot_state, max_readers> slots_{};
    std::array<T, 2> copies_{};
    std::atomic<std::uint32_t> front_{0};
    mutable std::mutex writers_;
};

} // namespace mockfleet::base
