// Slots with a generation, on a lock-free free list; a token is (generation, index), so a stale one is
// recognised.
#include "plugin/calls.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>

namespace mockfleet::plugin {

namespace {

// A token is the generation, the plugin's number and the index of the slot, from the highest bits to the
// lowest.
constexpr std::uint64_t index_bits = 16;
constexpr std::uint64_t index_mask = (1U << index_bits) - 1;
constexpr std::uint64_t name_bits = 8;
constexpr std::uint64_t name_mask = (1U << name_bits) - 1;
constexpr std::uint64_t generation_shift = index_bits + name_bits;
constexpr std::size_t chunk_size = 256;
constexpr std::size_t chunk_count = (index_mask + 1) / chunk_size;
constexpr std::size_t key_words = 6;

enum class phase : std::uint64_t { free = 0, busy = 1, reported = 2 };

std::uint64_t pack(std::uint64_t generation, phase at) {
    return generation << 2U | static_cast<std::uint64_t>(at);
}
std::uint64_t generation_of(std::uint64_t state) {
    return state >> 2U;
}
phase phase_of(std::uint64_t state) {
    return static_cast<phase>(state & 3U);
}

struct alignas(64) slot {
    std::atomic<std::uint64_t> state{pack(1, phase::free)};
    std::atomic<std::uint64_t> next{0};
    // Written before state turns busy and read by the one that takes it out of busy; the rest is for
    // diagnosis only.
    std::atomic<completion_fn> complete{nullptr};
    std::atomic<void*> target{nullptr};
    std::atomic<const plugin_name*> plugin{nullptr};
    std::atomic<const char*> operation{nullptr};
    std::atomic<std::int64_t> started_ns{0};
    std::atomic<std::uint64_t> key_size{0};
    std::array<std::atomic<std::uint64_t>, key_words> key{};
};

class slot_table {
public:
    // Index 0 is never handed out: it is the end of the free list and keeps tokens from being null.
    slot& at(std::uint64_t index) {
        return chunks_[index / chunk_size].load(std::memory_order_acquire)[index % chunk_size];
    }
    bool exists(std::uint64_t index) const {
        return index != 0 && chunks_[index / chunk_size].load(std::memory_order_acquire) != nullptr;
    }

    std::uint64_t take() {
        for (;;) {
            auto head = free_.load(std::memory_order_acquire);
            while ((head & index_mask) != 0) {
                const auto index = head & index_mask;
                const auto next = at(index).next.load(std::memory_order_relaxed);
                const auto wanted = ((head >> index_bits) + 1) << index_bits | next;
                if (free_.compare_exchange_weak(head, wanted, std::memory_order_acq_rel)) return index;
            }
            if (!grow()) return 0;
        }
    }

    void give_back(std::uint64_t index) {
        auto head = free_.load(std::memory_order_relaxed);
        for (;;) {
            at(index).next.store(head & index_mask, std::memory_order_relaxed);
            const auto wanted = ((head >> index_bits) + 1) << index_bits | index;
            if (free_.compare_exchange_weak(head, wanted, std::memory_order_acq_rel)) return;
        }
    }

    template <class Visit>
    void each(Visit visit) {
        for (std::size_t chunk = 0; chunk < chunk_count; ++chunk) {
            auto* slots = chunks_[chunk].load(std::memory_order_acquire);
            if (slots == nullptr) return;
            for (std::size_t i = 0; i < chunk_size; ++i)
                visit(slots[i]);
        }
    }

private:
    bool grow() {
        const std::lock_guard lock(growing_);
        if ((free_.load(std::memory_order_acquire) & index_mask) != 0) return true;
        if (used_ == chunk_count) return false;
        // Never freed: a completion may arrive as long as the process lives.
        chunks_[used_].store(std::make_unique<slot[]>(chunk_size).release(), std::memory_order_release);
        const auto first = used_ * chunk_size;
        ++used_;
        for (std::size_t i = first == 0 ? 1 : 0; i < chunk_size; ++i)
            give_back(first + i);
        return true;
    }

    std::array<std::atomic<slot*>, chunk_count> chunks_{};
    std::atomic<std::uint64_t> free_{0};
    std::mutex growing_;
    std::size_t used_ = 0;
};

slot_table& table() {
    static auto* made = new slot_table;
    return *made;
}

void* to_token(std::uint64_t generation, std::uint64_t name, std::uint64_t index) {
    return reinterpret_cast<void*>(
        static_cast<std::uintptr_t>(generation << generation_shift | name << index_bits | index));
}

std::uint64_t raw_of(void* token) {
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(token));
}

/// The generation as far as it fits into a token.
std::uint64_t shortened(std::uint64_t generation) {
    return generation << generation_shift >> generation_shift;
}

/// Names by their number.
std::array<std::atomic<const plugin_name*>, name_mask + 1> names{};

/// Takes the call out of the table if the token is current; exactly one caller succeeds.
bool claim(void* token, completion_fn& complete, void*& target) {
    const auto index = raw_of(token) & index_mask;
    if (!table().exists(index)) return false;
    auto& mine = table().at(index);
    const auto generation = raw_of(token) >> generation_shift;
    auto state = mine.state.load(std::memory_order_acquire);
    do {
        if (phase_of(state) == phase::free || shortened(generation_of(state)) != generation) return false;
        complete = mine.complete.load(std::memory_order_relaxed);
        target = mine.target.load(std::memory_order_relaxed);
    } while (!mine.state.compare_exchange_weak(state, pack(generation_of(state) + 1, phase::free),
                                               std::memory_order_acq_rel));
    table().give_back(index);
    return true;
}

std::atomic<std::uint64_t> stale_count{0};

/// At most one line per second: a plugin that does this may do it with every call.
std::atomic<std::int64_t> stale_logged_ns{0};

void log_stale(void* token) {
    const auto count = stale_count.fetch_add(1, std::memory_order_relaxed) + 1;
    constexpr std::int64_t period_ns = 1'000'000'000;
    const auto now = base::monotonic_ns();
    auto last = stale_logged_ns.load(std::memory_order_relaxed);
    if (last != 0 && now - last < period_ns) return;
    if (!stale_logged_ns.compare_exchange_strong(last, now, std::memory_order_relaxed)) return;
    const auto* name = names[raw_of(token) >> index_bits & name_mask].load(std::memory_order_acquire);
    base::log::error(
        "plugin-stale-completion",
        "a plugin completed a call a second time, or after it was given up; ignored",
        {{"plugin", name != nullptr ? name->text : "unknown"}, {"so-far", std::to_string(count)}});
}

} // namespace

const plugin_name* lasting(std::string_view name) {
    static auto* const kept = new std::deque<plugin_name>;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    for (const auto& one : *kept) {
        if (one.text == name) return &one;
    }
    const auto number = kept->size() + 1 <= name_mask ? kept->size() + 1 : 0;
    kept->push_back({std::string(name), static_cast<std::uint8_t>(number)});
    if (number != 0) names[number].store(&kept->back(), std::memory_order_release);
    return &kept->back();
}

void* begin_call(const call_label& label, completion_fn complete, void* target) {
    const auto index = table().take();
    if (index == 0) return nullptr;
    auto& mine = table().at(index);
    const auto generation = generation_of(mine.state.load(std::memory_order_relaxed));
    mine.complete.store(complete, std::memory_order_relaxed);
    mine.target.store(target, std::memory_order_relaxed);
    mine.plugin.store(label.plugin, std::memory_order_relaxed);
    mine.operation.store(label.operation, std::memory_order_relaxed);
    mine.started_ns.store(base::monotonic_ns(), std::memory_order_relaxed);
    const auto size = std::min(label.key.size(), key_words * sizeof(std::uint64_t));
    std::array<std::uint64_t, key_words> words{};
    if (size != 0) std::memcpy(words.data(), label.key.data(), size);
    for (std::size_t i = 0; i * sizeof(std::uint64_t) < size; ++i)
        mine.key[i].store(words[i], std::memory_order_relaxed);
    mine.key_size.store(size, std::memory_order_relaxed);
    mine.state.store(pack(generation, phase::busy), std::memory_order_release);
    return to_token(generation, label.plugin->number, index);
}

bool complete_call(void* token, const void* reply) noexcept {
    completion_fn complete = nullptr;
    void* target = nullptr;
    if (!claim(token, complete, target)) {
        log_stale(token);
        return false;
    }
    complete(target, reply);
    return true;
}

bool give_up_call(void* token) noexcept {
    completion_fn complete = nullptr;
    void* target = nullptr;
    return claim(token, complete, target);
}

std::uint64_t stale_completions() {
    return stale_count.load(std::memory_order_relaxed);
}

std::vector<outstanding_call> outstanding_calls(std::int64_t least_age_ns, report which) {
    std::vector<outstanding_call> found;
    const auto now = base::monotonic_ns();
    table().each([&](slot& candidate) {
        auto state = candidate.state.load(std::memory_order_acquire);
        const auto at = phase_of(state);
        if (at == phase::free || (at == phase::reported && which == report::once)) return;
        const auto age = now - candidate.started_ns.load(std::memory_order_relaxed);
        if (age < least_age_ns) return;
        std::array<std::uint64_t, key_words> words{};
        for (std::size_t i = 0; i < key_words; ++i)
            words[i] = candidate.key[i].load(std::memory_order_relaxed);
        const auto size =
            std::min<std::size_t>(candidate.key_size.load(std::memory_order_relaxed), sizeof(words));
        const auto* plugin = candidate.plugin.load(std::memory_order_relaxed);
        const char* operation = candidate.operation.load(std::memory_order_relaxed);
        const auto marked = which == report::once ? pack(generation_of(state), phase::reported) : state;
        // Confirms that what was read belongs to one call.
        if (!candidate.state.compare_exchange_strong(state, marked, std::memory_order_acq_rel)) return;
        found.push_back(
            {plugin->text, operation, std::string(reinterpret_cast<const char*>(words.data()), size), age});
    });
    return found;
}

} // namespace mockfleet::plugin
