// Layout of an exchange: head, body, table of (offset, size) pairs, text. The body comes first, so that the
// 64 bytes a JSON parser may read behind it belong to the same entry and are never written again.
#include "store/log_segment.hpp"

#include "store/evicted_counts.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::size_t parser_padding = 64;

constexpr std::size_t aligned(std::size_t size) {
    return (size + 7) & ~std::size_t{7};
}

template <class Visit>
void for_each_text(const model::request_view& request, Visit&& visit) {
    visit(request.method);
    visit(request.path);
    visit(request.query);
    for (const auto& header : request.headers) {
        visit(header.name);
        visit(header.value);
    }
}

std::size_t text_size(const model::request_view& request) {
    auto size = request.local_address.size() + request.remote_address.size();
    if (!request.head.empty()) return size + request.head.size();
    for_each_text(request, [&](std::string_view text) { size += text.size(); });
    return size;
}

constexpr std::size_t widest_narrow = 0xffff;

std::size_t table_size(const model::request_view& request, std::size_t text) {
    const auto spans = 5 + 2 * request.headers.size();
    return spans * 2 * (text <= widest_narrow ? sizeof(std::uint16_t) : sizeof(std::uint32_t));
}

} // namespace

struct log_segment::slot {
    std::uint64_t key;
    std::uint32_t offset;
    bool is_note;
    std::atomic<bool> erased;
};

struct log_segment::exchange_head {
    std::int64_t stamp_ns;
    std::int64_t wall_ns;
    const live_expectation* served_by;
    const void* answer; ///< a model::response, or a forwarded_answer
    std::uint32_t body_size;
    std::uint32_t table_offset; ///< from the head
    std::uint32_t text_offset;  ///< from the head
    std::uint32_t header_count;
    std::uint32_t original_size; ///< of the compressed body, which is behind the text
    std::uint16_t status;
    model::protocol version;
    bool keep_alive : 1;
    bool secure : 1;
    bool detailed : 1;
    bool wide : 1; ///< the table is of 32-bit numbers
    bool forwarded : 1;
};

struct log_segment::note_head {
    std::int64_t stamp_ns;
    std::int64_t wall_ns;
    const live_expectation* about;
    const model::request_matcher* request;
    std::uint32_t format_size;
    std::uint32_t argument_count;
    entry_type type;
    base::log::level level;
};

template <class Size>
struct log_segment::span_of {
    Size offset;
    Size size;
};

log_segment::log_segment(std::shared_ptr<slab_pool> pool, std::size_t bytes, std::uint64_t first_correlation)
    : pool_(std::move(pool)), capacity_(std::max(pool_->slab_size(), aligned(bytes))),
      slab_(pool_->take(capacity_)), slots_begin_(capacity_), first_correlation_(first_correlation) {}

log_segment::~log_segment() {
    let_go();
    pool_->give_back(std::move(slab_), capacity_);
}

std::size_t log_segment::room_for(const exchange& made) {
    const auto& request = *made.request;
    const auto text = text_size(request);
    return sizeof(slot) + aligned(sizeof(exchange_head)) + aligned(request.body.size()) +
           std::max(table_size(request, text) + text + request.original_body.size(),
                    request.body.empty() ? 0 : parser_padding) +
           8;
}

std::size_t log_segment::room_for(const note& made) {
    auto size = sizeof(slot) + sizeof(note_head) + made.format.size() + 8;
    for (const auto& argument : made.arguments)
        size += sizeof(std::uint32_t) + 1 + argument.text.size();
    return size;
}

log_segment::slot& log_segment::slot_at(std::uint32_t number) const {
    return *std::launder(reinterpret_cast<slot*>(slab_.get() + capacity_ - (number + 1) * sizeof(slot)));
}

const log_segment::exchange_head& log_segment::head_at(std::uint32_t number) const {
    return *std::launder(reinterpret_cast<const exchange_head*>(slab_.get() + slot_at(number).offset));
}

void log_segment::publish(std::size_t offset, std::size_t end, std::uint64_t key, bool is_note) {
    const auto number = count_.load(std::memory_order_relaxed);
    slots_begin_ -= sizeof(slot);
    new (slab_.get() + slots_begin_) slot{key, static_cast<std::uint32_t>(offset), is_note, false};
    used_ = aligned(end);
    count_.store(number + 1, std::memory_order_release);
}

void log_segment::pin(const live_expectation* kept) {
    if (kept == nullptr) return;
    auto& recent = recent_[(reinterpret_cast<std::uintptr_t>(kept) >> 6) % recent_.size()];
    if (recent == kept) return;
    recent = kept;
    auto& place = pinned_[kept];
    if (place) return;
    place = kept->shared_from_this();
    pinned_bytes_ += kept->weight;
    if (pool_->pins.pin(*kept)) first_pinned_ += kept->weight;
}

void log_segment::let_go() {
    if (std::exchange(let_go_, true)) return;
    if (weight_) weight_->let_go();
    for (const auto& [kept, owner] : pinned_)
        pool_->pins.unpin(*kept);
}

void log_segment::append(const exchange& made, bool detailed) {
    const auto& request = *made.request;
    pin(made.served_by);
    if (made.response_owner) pins_.push_back(made.response_owner);
    if (made.forwarded) {
        if (!weight_) weight_ = pool_->weigh();
        made.forwarded->weigh_on(weight_);
        pins_.push_back(made.forwarded);
    }

    const auto text = text_size(request);
    const auto offset = used_;
    char* const entry = slab_.get() + offset;
    const auto table_offset = aligned(sizeof(exchange_head)) + aligned(request.body.size());
    const auto text_offset = table_offset + table_size(request, text);
    auto* head = new (entry) exchange_head{};
    head->stamp_ns = made.stamp_ns;
    head->wall_ns = made.wall_ns;
    head->served_by = made.served_by;
    head->forwarded = made.forwarded != nullptr;
    head->answer = head->forwarded ? static_cast<const void*>(made.forwarded.get()) : made.response;
    head->body_size = static_cast<std::uint32_t>(request.body.size());
    head->table_offset = static_cast<std::uint32_t>(table_offset);
    head->text_offset = static_cast<std::uint32_t>(text_offset);
    head->header_count = static_cast<std::uint32_t>(request.headers.size());
    head->original_size = static_cast<std::uint32_t>(request.original_body.size());
    head->status = made.status;
    head->version = request.version;
    head->keep_alive = request.keep_alive;
    head->secure = request.secure;
    head->detailed = detailed;
    head->wide = text > widest_narrow;
    if (!request.body.empty())
        std::memcpy(entry + aligned(sizeof(exchange_head)), request.body.data(), request.body.size());

    char* const texts = entry + text_offset;
    const auto fill = [&](auto size_tag) {
        using size = decltype(size_tag);
        auto* next = reinterpret_cast<span_of<size>*>(entry + table_offset);
        std::size_t at = 0;
        const auto copy = [&](std::string_view piece) {
            if (!piece.empty()) std::memcpy(texts + at, piece.data(), piece.size());
            new (next++) span_of<size>{static_cast<size>(at), static_cast<size>(piece.size())};
            at += piece.size();
        };
        if (request.head.empty()) {
            for_each_text(request, copy);
        } else {
            std::memcpy(texts, request.head.data(), request.head.size());
            for_each_text(request, [&](std::string_view piece) {
                assert(piece.empty() ||
                       (piece.data() >= request.head.data() &&
                        piece.data() + piece.size() <= request.head.data() + request.head.size()));
                const auto where = piece.empty() ? 0 : piece.data() - request.head.data();
                new (next++) span_of<size>{static_cast<size>(where), static_cast<size>(piece.size())};
            });
            at = request.head.size();
        }
        copy(request.local_address);
        copy(request.remote_address);
        return at;
    };
    const auto copied = head->wide ? fill(std::uint32_t{}) : fill(std::uint16_t{});
    auto end = offset + text_offset + copied;
    if (!request.original_body.empty()) {
        std::memcpy(texts + copied, request.original_body.data(), request.original_body.size());
        end += request.original_body.size();
    }
    if (!request.body.empty()) end = std::max(end, offset + table_offset + parser_padding);
    publish(offset, end, evicted_counts::key_of(request.method, request.path), false);
}

void log_segment::append(const note& made, std::int64_t stamp_ns, std::int64_t wall_ns) {
    pin(made.about);
    if (made.request) pins_.push_back(made.request);
    const auto offset = used_;
    char* at = slab_.get() + offset;
    new (at) note_head{stamp_ns,
                       wall_ns,
                       made.about,
                       made.request.get(),
                       static_cast<std::uint32_t>(made.format.size()),
                       static_cast<std::uint32_t>(made.arguments.size()),
                       made.type,
                       made.level};
    at += sizeof(note_head);
    const auto copy = [&](const void* data, std::size_t size) {
        if (size != 0) std::memcpy(at, data, size);
        at += size;
    };
    copy(made.format.data(), made.format.size());
    for (const auto& argument : made.arguments) {
        const auto size = static_cast<std::uint32_t>(argument.text.size());
        copy(&argument.what, 1);
        copy(&size, sizeof(size));
        copy(argument.text.data(), size);
    }
    publish(offset, static_cast<std::size_t>(at - slab_.get()), 0, true);
}

bool log_segment::is_note(std::uint32_t number) const {
    return slot_at(number).is_note;
}

bool log_segment::erased(std::uint32_t number) const {
    return slot_at(number).erased.load(std::memory_order_relaxed) || number < hidden();
}

void log_segment::erase(std::uint32_t number) {
    slot_at(number).erased.store(true, std::memory_order_relaxed);
}

std::int64_t log_segment::stamp_ns(std::uint32_t number) const {
    std::int64_t value;
    static_assert(offsetof(exchange_head, stamp_ns) == 0 && offsetof(note_head, stamp_ns) == 0);
    std::memcpy(&value, slab_.get() + slot_at(number).offset, sizeof(value));
    return value;
}

template <class Size>
void log_segment::unpack(const exchange_head& head, recorded_exchange& out) const {
    const char* entry = reinterpret_cast<const char*>(&head);
    const char* texts = entry + head.text_offset;
    const auto* next = reinterpret_cast<const span_of<Size>*>(entry + head.table_offset);
    const auto take = [&] {
        const auto& span = *next++;
        return std::string_view(texts + span.offset, span.size);
    };
    out.request.method = take();
    out.request.path = take();
    out.request.query = take();
    out.headers.clear();
    out.headers.reserve(head.header_count);
    for (std::uint32_t i = 0; i < head.header_count; ++i) {
        const auto name = take();
        out.headers.push_back({name, take()});
    }
    out.request.headers = out.headers;
    out.request.local_address = take();
    out.request.remote_address = take();
    out.request.original_body = {out.request.remote_address.data() + out.request.remote_address.size(),
                                 head.original_size};
}

void log_segment::read(std::uint32_t number, recorded_exchange& out) const {
    const auto& head = head_at(number);
    if (head.wide)
        unpack<std::uint32_t>(head, out);
    else
        unpack<std::uint16_t>(head, out);
    out.request.body = {reinterpret_cast<const char*>(&head) + aligned(sizeof(exchange_head)),
                        head.body_size};
    out.request.keep_alive = head.keep_alive;
    out.request.secure = head.secure;
    out.request.version = head.version;
    out.served_by = head.served_by;
    out.response = head.forwarded ? nullptr : static_cast<const model::response*>(head.answer);
    out.forwarded = head.forwarded ? static_cast<const forwarded_answer*>(head.answer) : nullptr;
    out.reached = out.forwarded != nullptr ? out.forwarded->now() : forwarded_answer::state::waiting;
    out.status = out.reached != forwarded_answer::state::waiting ? out.forwarded->status() : head.status;
    out.detailed = head.detailed;
    out.stamp_ns = head.stamp_ns;
    out.wall_ns = head.wall_ns;
    out.correlation = correlation_of(number);
}

void log_segment::read(std::uint32_t number, recorded_note& out) const {
    const char* at = slab_.get() + slot_at(number).offset;
    const auto& head = *std::launder(reinterpret_cast<const note_head*>(at));
    at += sizeof(note_head);
    out.type = head.type;
    out.level = head.level;
    out.about = head.about;
    out.request = head.request;
    out.stamp_ns = head.stamp_ns;
    out.wall_ns = head.wall_ns;
    out.correlation = correlation_of(number);
    out.format = {at, head.format_size};
    at += head.format_size;
    out.arguments.clear();
    for (std::uint32_t i = 0; i < head.argument_count; ++i) {
        note_argument argument;
        std::uint32_t size = 0;
        std::memcpy(&argument.what, at, 1);
        std::memcpy(&size, at + 1, sizeof(size));
        at += 1 + sizeof(size);
        argument.text = {at, size};
        at += size;
        out.arguments.push_back(argument);
    }
}

log_segment::summary log_segment::summarize(std::uint32_t number) const {
    const auto& head = head_at(number);
    const char* entry = reinterpret_cast<const char*>(&head);
    // What another server was to answer has been answered by no expectation unless that server did.
    const bool unanswered = head.forwarded && static_cast<const forwarded_answer*>(head.answer)->now() !=
                                                  forwarded_answer::state::answered;
    summary found{slot_at(number).key, {}, {}, unanswered ? nullptr : head.served_by};
    const auto take = [&](auto size_tag) {
        const auto* spans = reinterpret_cast<const span_of<decltype(size_tag)>*>(entry + head.table_offset);
        found.method = {entry + head.text_offset + spans[0].offset, spans[0].size};
        found.path = {entry + head.text_offset + spans[1].offset, spans[1].size};
    };
    if (head.wide)
        take(std::uint32_t{});
    else
        take(std::uint16_t{});
    return found;
}

} // namespace mockfleet::store
