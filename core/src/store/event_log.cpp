// Shards, eviction and snapshots; the packing is log_segment's.
#include "store/event_log.hpp"

#include "base/clock.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "model/codec.hpp"
#include "store/log_segment.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <random>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::size_t largest_slab = 256 * 1024;
constexpr std::size_t smallest_slab = 16 * 1024;

/// A small budget must be shared by the segments that every shard always keeps.
std::size_t slab_size_for(std::size_t shards, std::size_t max_bytes) {
    return std::clamp(max_bytes / (4 * shards) / smallest_slab * smallest_slab, smallest_slab, largest_slab);
}

std::uint64_t random_start() {
    std::random_device source;
    return (static_cast<std::uint64_t>(source()) << 32 | source()) & ~std::uint64_t{0xffffffff};
}

} // namespace

struct event_log::shard {
    explicit shard(const std::shared_ptr<slab_pool>& slabs) : answers(slabs) {}

    log_segment* current = nullptr; ///< the writer's; also the last of `segments`
    std::deque<std::shared_ptr<log_segment>> segments;
    std::size_t sealed_entries = 0; ///< in all segments but the last
    std::size_t sealed_bytes = 0;
    text_room answers; ///< the writer's

    [[nodiscard]] std::size_t entries() const {
        return sealed_entries + (segments.empty() ? 0 : segments.back()->count() - segments.back()->hidden());
    }
};

log_snapshot::log_snapshot() = default;
log_snapshot::~log_snapshot() = default;
log_snapshot::log_snapshot(log_snapshot&&) noexcept = default;
log_snapshot& log_snapshot::operator=(log_snapshot&&) noexcept = default;

bool log_snapshot::is_note(std::size_t index) const {
    return entries_[index].segment->is_note(entries_[index].number);
}

bool log_snapshot::visible(std::size_t index) const {
    return index >= (is_note(index) ? first_visible_note_ : first_visible_exchange_);
}

void log_snapshot::read(std::size_t index, recorded_exchange& out) const {
    entries_[index].segment->read(entries_[index].number, out);
}

void log_snapshot::read(std::size_t index, recorded_note& out) const {
    entries_[index].segment->read(entries_[index].number, out);
}

void log_snapshot::erase(std::size_t index) const {
    entries_[index].segment->erase(entries_[index].number);
}

std::int64_t log_snapshot::stamp_ns(std::size_t index) const {
    return entries_[index].segment->stamp_ns(entries_[index].number);
}

std::uint64_t log_snapshot::correlation(std::size_t index) const {
    return entries_[index].segment->correlation_of(entries_[index].number);
}

void log_snapshot::of_node(std::uint32_t number) {
    for (auto& one : entries_)
        one.node = number;
}

void log_snapshot::keep_visible() {
    std::vector<position> kept;
    kept.reserve(entries_.size());
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        if (visible(index)) kept.push_back(entries_[index]);
    }
    entries_ = std::move(kept);
    first_visible_exchange_ = first_visible_note_ = 0;
}

void log_snapshot::add(std::shared_ptr<log_segment> foreign, std::uint32_t node) {
    for (std::uint32_t number = 0; number < foreign->count(); ++number)
        entries_.push_back({foreign.get(), number, node});
    segments_.push_back(std::move(foreign));
}

void log_snapshot::put_in_order() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const position& left, const position& right) {
        const auto before = left.segment->stamp_ns(left.number);
        const auto after = right.segment->stamp_ns(right.number);
        return before != after ? before < after : left.node < right.node;
    });
}

event_log::event_log(std::size_t io_threads) : event_log(io_threads, limits()) {}

event_log::event_log(std::size_t io_threads, limits bounds)
    : slabs_(std::make_shared<slab_pool>(slab_size_for(io_threads + 1, bounds.max_bytes))),
      next_correlation_(random_start()), max_entries_(bounds.max_entries), max_bytes_(bounds.max_bytes) {
    for (std::size_t i = 0; i <= io_threads; ++i)
        shards_.push_back(std::make_unique<shard>(slabs_));
}

event_log::~event_log() = default;

void event_log::set_limits(limits bounds) {
    max_entries_.store(bounds.max_entries, std::memory_order_relaxed);
    max_bytes_.store(bounds.max_bytes, std::memory_order_relaxed);
}

void event_log::record(std::size_t slot, const exchange& made) {
    room_for(*shards_[slot], log_segment::room_for(made)).append(made, admits(base::log::level::info));
}

void event_log::record(const exchange& made) {
    const std::lock_guard lock(last_shard_);
    record(shards_.size() - 1, made);
}

text_room::place event_log::room_for_answer(std::size_t slot, std::size_t bytes) {
    return shards_[slot]->answers.take(bytes);
}

void event_log::record(const note& made) {
    if (!admits(made.level)) return;
    const std::lock_guard lock(last_shard_);
    auto& segment = room_for(*shards_.back(), log_segment::room_for(made));
    segment.append(made, clock_.now(), base::wall_ns());
}

log_segment& event_log::room_for(shard& target, std::size_t bytes) {
    if (target.current != nullptr && target.current->has_room(bytes) && !overburdened(*target.current))
        return *target.current;
    segment_list gone; // freed after the lock
    const std::lock_guard lock(segments_);
    if (target.current != nullptr) {
        target.sealed_entries += target.current->count() - target.current->hidden();
        target.sealed_bytes += target.current->used();
    }
    target.segments.push_back(std::make_shared<log_segment>(slabs_, bytes, next_correlation_));
    target.current = target.segments.back().get();
    next_correlation_ += std::uint64_t{1} << 32;
    gone = evict();
    return *target.current;
}

std::size_t event_log::most_pinned() const {
    return max_bytes_.load(std::memory_order_relaxed) / (8 * shards_.size());
}

bool event_log::overburdened(const log_segment& current) const {
    if (current.answer_bytes() > most_pinned()) return true;
    if (current.pinned() == 0) return false;
    const auto most = most_pinned();
    if (current.first_pinned() > most) return true;
    return current.pinned() > most && slabs_->pins.bytes() > max_bytes_.load(std::memory_order_relaxed);
}

void event_log::retired(const live_list& gone) {
    for (const auto& one : gone)
        slabs_->pins.retire(*one);
    if (slabs_->pins.bytes() <= max_bytes_.load(std::memory_order_relaxed)) return;
    segment_list dropped; // freed after the lock
    const std::lock_guard lock(segments_);
    dropped = evict();
}

event_log::segment_list event_log::evict() {
    segment_list gone;
    const auto most_entries = max_entries();
    const auto most_bytes = max_bytes_.load(std::memory_order_relaxed);
    const auto drop_front = [&](shard& from) {
        auto& going = from.segments.front();
        from.sealed_entries -= going->count() - going->hidden();
        from.sealed_bytes -= going->used();
        count_evicted(*going);
        going->let_go();
        gone.push_back(std::move(going));
        from.segments.pop_front();
    };
    const auto oldest_of = [&](std::size_t begin, std::size_t end) {
        shard* oldest = nullptr;
        for (auto i = begin; i < end; ++i) {
            auto& one = *shards_[i];
            if (one.segments.size() < 2) continue;
            if (oldest == nullptr ||
                one.segments.front()->stamp_ns(0) < oldest->segments.front()->stamp_ns(0))
                oldest = &one;
        }
        return oldest;
    };
    // Notes are bounded apart from exchanges, so that a large upsert does not push the evidence out.
    const auto last = shards_.size() - 1;
    for (const auto& [begin, end] : {std::pair{std::size_t{0}, last}, std::pair{last, last + 1}}) {
        for (;;) {
            std::size_t entries = 0;
            for (auto i = begin; i < end; ++i)
                entries += shards_[i]->entries();
            auto* oldest = oldest_of(begin, end);
            if (oldest == nullptr) break;
            const auto& front = *oldest->segments.front();
            if (entries - (front.count() - front.hidden()) < most_entries) break;
            drop_front(*oldest);
        }
    }
    for (;;) {
        auto bytes = slabs_->pins.bytes() + slabs_->answer_bytes();
        for (const auto& one : shards_)
            bytes += one->sealed_bytes + slabs_->slab_size();
        auto* oldest = oldest_of(0, shards_.size());
        if (bytes <= most_bytes || oldest == nullptr) break;
        drop_front(*oldest);
    }
    return gone;
}

void event_log::count_evicted(const log_segment& going) {
    if (going.has_forwarded()) ++forwarded_evictions_;
    for (auto number = going.hidden(); number < going.count(); ++number) {
        if (going.is_note(number) || going.erased(number)) continue;
        const auto one = going.summarize(number);
        evicted_.add_request(one.key, one.method, one.path);
        if (one.served_by != nullptr) evicted_.add_served(one.served_by->definition.id);
    }
}

log_snapshot event_log::take() const {
    struct cursor {
        std::size_t segment; ///< index in segments_ of the snapshot
        std::size_t end;
        std::uint32_t number;
        std::uint32_t count;
        std::int64_t time;
    };
    log_snapshot taken;
    std::vector<cursor> cursors;
    {
        const std::lock_guard lock(segments_);
        for (const auto& one : shards_) {
            if (one->segments.empty()) continue;
            const auto begin = taken.segments_.size();
            taken.segments_.insert(taken.segments_.end(), one->segments.begin(), one->segments.end());
            cursors.push_back({begin, taken.segments_.size(), 0, 0, 0});
        }
        taken.evicted_ = evicted_;
    }
    const auto settle = [&](cursor& at) {
        // Steps over cleared entries and ends of segments; false at the end of the shard.
        for (; at.segment < at.end; ++at.segment, at.number = 0, at.count = 0) {
            const auto& segment = *taken.segments_[at.segment];
            if (at.count == 0) at.count = segment.count();
            at.number = std::max(at.number, segment.hidden());
            while (at.number < at.count && segment.erased(at.number))
                ++at.number;
            if (at.number < at.count) {
                at.time = segment.stamp_ns(at.number);
                return true;
            }
        }
        at.time = std::numeric_limits<std::int64_t>::max();
        return false;
    };
    std::size_t total = 0;
    for (const auto& segment : taken.segments_)
        total += segment->count();
    taken.entries_.reserve(total);
    std::erase_if(cursors, [&](cursor& at) { return !settle(at); });
    while (!cursors.empty()) {
        auto least = cursors.begin();
        auto other = std::numeric_limits<std::int64_t>::max(); // the shard after it in time may begin there
        for (auto at = cursors.begin() + 1; at != cursors.end(); ++at) {
            if (at->time < least->time) least = at;
        }
        for (auto at = cursors.begin(); at != cursors.end(); ++at) {
            if (at != least) other = std::min(other, at->time);
        }
        bool more = true;
        do {
            taken.entries_.push_back({taken.segments_[least->segment].get(), least->number});
            ++least->number;
            more = settle(*least);
        } while (more && least->time < other);
        if (!more) cursors.erase(least);
    }

    const auto shown = max_entries();
    std::size_t exchanges = 0;
    std::size_t notes = 0;
    for (auto index = taken.entries_.size(); index-- > 0;) {
        auto& seen = taken.is_note(index) ? notes : exchanges;
        if (++seen == shown + 1)
            (taken.is_note(index) ? taken.first_visible_note_ : taken.first_visible_exchange_) = index + 1;
        if (notes > shown && exchanges > shown) break;
    }
    return taken;
}

void event_log::clear(trace left) {
    drop_all();
    if (left == trace::entry) note_cleared("cleared logs that match:{}", "{}", {});
}

void event_log::reset() {
    drop_all();
    note_cleared("resetting all expectations and request logs", {}, {});
}

void event_log::note_cleared(const char* format, std::string_view filter_json,
                             const model::request_matcher& filter) {
    note made;
    made.type = entry_type::cleared;
    made.format = format;
    if (!filter_json.empty()) made.arguments = {{note_argument::kind::request, filter_json}};
    made.request = std::make_shared<const model::request_matcher>(filter);
    record(made);
}

void event_log::drop_all() {
    segment_list gone;
    const std::lock_guard lock(segments_);
    for (auto& one : shards_) {
        while (one->segments.size() > 1) {
            one->segments.front()->let_go();
            gone.push_back(std::move(one->segments.front()));
            one->segments.pop_front();
        }
        // The last one belongs to its writer, who does not lock: what it holds is hidden instead.
        if (!one->segments.empty()) one->segments.back()->hide_all();
        one->sealed_entries = 0;
        one->sealed_bytes = 0;
    }
    evicted_.clear();
    ++clears_;
}

std::size_t event_log::clear_matching(const model::request_matcher& filter, trace left) {
    const auto compiled = matching::compiled_matcher::compile(&filter, matching::direction::control_plane);
    const auto snapshot = take();
    matching::request_facts facts;
    recorded_exchange made;
    recorded_note written;
    std::size_t gone = 0;
    for (std::size_t index = 0; index < snapshot.size(); ++index) {
        if (snapshot.is_note(index)) {
            snapshot.read(index, written);
            const auto* about = written.request;
            if (about == nullptr && written.about == nullptr) continue;
            if (about == nullptr && written.about->definition.request)
                about = &*written.about->definition.request;
            if (matching::filter_selects(compiled, about)) snapshot.erase(index);
            continue;
        }
        snapshot.read(index, made);
        facts.begin(made.request);
        if (!compiled.matches(facts)) continue;
        snapshot.erase(index);
        ++gone;
    }
    {
        // Last, so that what was evicted since the snapshot is covered as well.
        const std::lock_guard lock(segments_);
        evicted_.clear_matching(filter);
        ++clears_;
    }
    if (left == trace::entry)
        note_cleared("cleared logs that match:{}", json::pretty(model::to_json(filter)), filter);
    return gone;
}

std::size_t event_log::memory() const {
    const std::lock_guard lock(segments_);
    auto bytes = slabs_->pins.bytes() + slabs_->answer_bytes();
    for (const auto& one : shards_) {
        for (const auto& segment : one->segments)
            bytes += segment->capacity();
    }
    return bytes;
}

std::size_t event_log::entries() const {
    return at_present().entries;
}

event_log::revision event_log::at_present() const {
    const std::lock_guard lock(segments_);
    revision now;
    for (const auto& one : shards_)
        now.entries += one->entries();
    now.evicted = evicted_.requests();
    now.clears = clears_;
    return now;
}

std::uint64_t event_log::forwarded_changes() const {
    const std::lock_guard lock(segments_);
    return slabs_->answers() + clears_ + forwarded_evictions_;
}

std::uint64_t event_log::evicted() const {
    const std::lock_guard lock(segments_);
    return evicted_.requests();
}

} // namespace mockfleet::store
