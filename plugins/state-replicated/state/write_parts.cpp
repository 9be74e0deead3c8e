// Values too large for one request: stored in parts before the write that makes them visible.
#include "state/writer.hpp"

#include <algorithm>
#include <numeric>

namespace mockfleet::replicated {

void writer::choose_parts(pending_write& one) const {
    std::size_t inline_bytes = 0;
    for (const auto& op : one.ops)
        inline_bytes += op.space.size() + op.key.size() + op.value.size() + 64;
    const bool large = std::any_of(one.ops.begin(), one.ops.end(),
                                   [](const write_op& op) { return op.value.size() > part_bytes; });
    if (!large && inline_bytes <= limits_.bytes) return;
    one.parts.resize(one.ops.size());
    std::vector<std::size_t> by_size(one.ops.size());
    std::iota(by_size.begin(), by_size.end(), std::size_t{0});
    std::sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
        return one.ops[a].value.size() > one.ops[b].value.size();
    });
    for (const auto i : by_size) {
        const auto size = one.ops[i].value.size();
        if (size <= part_bytes && inline_bytes <= limits_.bytes) break;
        if (size == 0) break;
        one.parts[i].wanted = true;
        inline_bytes -= size;
    }
}

void writer::store_parts(const write_ptr& one) {
    for (std::size_t i = 0; i < one->parts.size(); ++i) {
        auto& parts = one->parts[i];
        parts.stored = false;
        if (!parts.wanted) continue;
        parts.by = seat_.next_write();
        parts.generation = replica_.generation(one->ops[i].space);
    }
    store_part(one, 0, 0);
}

void writer::store_part(const write_ptr& one, std::size_t op, std::uint16_t index) {
    if (stopped_ || one->answered()) return;
    while (op < one->parts.size() && !one->parts[op].wanted)
        ++op;
    if (op == one->parts.size()) {
        queue_.push_back(one);
        return pump();
    }
    const auto& what = one->ops[op];
    auto& parts = one->parts[op];
    const auto again = [this, one, op, index] {
        call_after(loop_, std::chrono::milliseconds(100),
                   lifetime_.guard([this, one, op, index] { store_part(one, op, index); }));
    };
    const auto guard = seat_.guard();
    if (guard == 0) return again();
    transaction asked;
    asked.when.push_back(
        {seat_.own_key(), comparison::target::mod_revision, comparison::relation::equal, guard});
    operation put;
    put.what = operation::kind::put;
    put.key = keys_.part(what.space, what.key, bytes_of(parts.by), index);
    put.value = what.value.substr(std::size_t{index} * part_bytes, part_bytes);
    asked.then.push_back(std::move(put));
    operation range;
    range.key = seat_.own_key();
    range.keys_only = true;
    asked.otherwise.push_back(std::move(range));
    engine_.transact(std::move(asked), lifetime_.guard([this, one, op, index,
                                                        again](engine_answer<transaction_result> answer) {
        if (stopped_ || one->answered()) return;
        if (answer.failed) {
            trouble_ = answer.error.message;
            if (answer.error.code == engine_errc::no_space)
                return one->done.fail(MF_EXHAUSTED, "the engine's store is full: " + trouble_);
            return again(); // the same bytes under the same key: doing it twice changes nothing
        }
        if (!answer.value.succeeded) {
            const auto& found = answer.value.results[0].entries;
            seat_.found_own_key(found.empty() ? std::nullopt : std::optional<engine_entry>(found[0]));
            return again();
        }
        one->deadline = std::min(one->latest, std::chrono::steady_clock::now() + one->patience);
        const auto next = static_cast<std::uint16_t>(index + 1);
        if (std::size_t{next} * part_bytes < one->ops[op].value.size()) return store_part(one, op, next);
        one->parts[op].stored = true;
        store_part(one, op + 1, 0);
    }));
}

void writer::drop_parts(const pending_write& one) {
    transaction asked;
    for (std::size_t i = 0; i < one.parts.size(); ++i) {
        if (!one.parts[i].stored) continue;
        operation remove;
        remove.what = operation::kind::remove;
        remove.key = keys_.parts(one.ops[i].space, one.ops[i].key, bytes_of(one.parts[i].by));
        remove.range_end = prefix_end(remove.key);
        asked.then.push_back(std::move(remove));
    }
    // Whatever becomes of it: parts without an entry are swept later.
    if (!asked.then.empty()) engine_.transact(std::move(asked), [](engine_answer<transaction_result>) {});
}

} // namespace mockfleet::replicated
