// Building a transaction from writes and reading its answer.
#include "state/write_flight.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

using plugin::slice;
using plugin::view;

writer::flight::flight(const keyspace& with, const replica& copy, std::string own_key,
                       std::uint64_t own_revision, write_id id)
    : guard(own_revision), by(id), keys_(with), replica_(copy), own_key_(std::move(own_key)) {
    expect(own_key_, guard, true);
}

std::size_t writer::flight::expect(std::string key, std::uint64_t revision, bool keys_only) {
    operation range;
    range.what = operation::kind::range;
    range.key = key;
    range.keys_only = keys_only;
    asked.when.push_back(
        {std::move(key), comparison::target::mod_revision, comparison::relation::equal, revision});
    asked.otherwise.push_back(std::move(range));
    return asked.otherwise.size() - 1;
}

void writer::flight::put(std::string key, std::string value) {
    operation made;
    made.what = operation::kind::put;
    made.key = std::move(key);
    made.value = std::move(value);
    asked.then.push_back(std::move(made));
    signed_ = true;
}

void writer::flight::remove(std::string key, std::string end) {
    operation made;
    made.what = operation::kind::remove;
    made.key = std::move(key);
    made.range_end = std::move(end);
    asked.then.push_back(std::move(made));
}

writer::flight::cost writer::flight::cost_of(const pending_write& one) const {
    cost sum;
    for (std::size_t i = 0; i < one.ops.size(); ++i) {
        const auto& op = one.ops[i];
        sum.then += op.kind == MF_BATCH_CLEAR ? 3 : 2;
        sum.bytes += op.space.size() + op.key.size() + 64;
        if (op.condition.kind != MF_IF_ANY) ++sum.conditions;
        if (!one.parts.empty() && one.parts[i].stored)
            ++sum.conditions;
        else
            sum.bytes += op.value.size();
    }
    return sum;
}

bool writer::flight::clashes(const pending_write& one) const {
    for (const auto& op : one.ops) {
        if (cleared_.contains(op.space)) return true;
        if (op.kind == MF_BATCH_CLEAR) {
            if (written_.contains(op.space)) return true;
        } else if (keys_written_.contains(keys_.entry(op.space, op.key))) {
            return true;
        }
    }
    return false;
}

bool writer::flight::add(const write_ptr& one, const engine_limits& limits) {
    const auto more = cost_of(*one);
    if (!writes.empty()) {
        const bool fits = asked.then.size() + more.then + 1 <= limits.operations &&
                          asked.when.size() + more.conditions <= limits.operations &&
                          puts_ + one->ops.size() <= most_index && bytes_ + more.bytes <= limits.bytes;
        if (!fits || clashes(*one)) return false;
    }
    bytes_ += more.bytes;
    writes.push_back(one);
    auto& where = places_.emplace_back(one->ops.size());
    for (std::size_t i = 0; i < one->ops.size(); ++i)
        add_op(*one, i, where[i]);
    return true;
}

bool writer::flight::full(const engine_limits& limits) const {
    return asked.then.size() + 4 >= limits.operations || bytes_ >= limits.bytes;
}

void writer::flight::add_op(const pending_write& one, std::size_t at, place& where) {
    const auto& op = one.ops[at];
    if (op.kind == MF_BATCH_CLEAR) {
        const auto prefix = keys_.space(op.space);
        where.then = asked.then.size();
        remove(prefix + 'k', prefix_end(prefix + 'k'));
        remove(prefix + 'b', prefix_end(prefix + 'b'));
        envelope mark;
        mark.by = by;
        put(keys_.generation(op.space), seal(mark));
        cleared_.emplace(op.space);
        return;
    }
    auto key = keys_.entry(op.space, op.key);
    written_.emplace(op.space);
    keys_written_.insert(key);
    if (op.condition.kind != MF_IF_ANY) {
        const auto expected = op.condition.kind == MF_IF_VERSION ? revision_of(op.condition.version) : 0;
        where.otherwise =
            expect(key, op.condition.kind == MF_IF_VERSION && expected == 0 ? ~0ULL >> 1 : expected, false);
    }
    const auto before = replica_.find(op.space, op.key);
    if (before.in_parts) {
        const auto prefix = keys_.parts(op.space, op.key, bytes_of(before.parts_by));
        remove(prefix, prefix_end(prefix));
    }
    if (op.kind == MF_BATCH_REMOVE) {
        where.then = asked.then.size();
        remove(std::move(key), {});
        return;
    }
    envelope made;
    made.by = by;
    made.index = where.index = puts_++;
    made.payload = op.value;
    if (!one.parts.empty() && one.parts[at].stored) {
        const auto& parts = one.parts[at];
        made.in_parts = true;
        made.size = op.value.size();
        made.parts = static_cast<std::uint32_t>((op.value.size() + part_bytes - 1) / part_bytes);
        made.parts_by = parts.by;
        made.payload = {};
        where.generation = expect(keys_.generation(op.space), parts.generation, true);
    }
    put(std::move(key), seal(made));
}

void writer::flight::close(const keyspace& with, std::int64_t lease) {
    if (signed_) return;
    // Removals leave nothing that tells whose they were, should the answer be lost.
    envelope mark;
    mark.by = by;
    put(with.mark(std::string_view(own_key_).substr(with.members().size())), seal(mark));
    asked.then.back().lease = lease;
}

void writer::flight::note_result(std::size_t write, const transaction_result* result) {
    const auto& one = *writes[write];
    auto& places = places_[write];
    for (std::size_t i = 0; i < places.size(); ++i) {
        auto& at = places[i];
        if (at.then == none) continue;
        if (result != nullptr) {
            if (at.then < result->results.size()) at.went = result->results[at.then].count;
            continue;
        }
        const auto& op = one.ops[i];
        if (op.kind == MF_BATCH_CLEAR) {
            const auto cleared = seen.cleared.find(op.space);
            at.went = cleared == seen.cleared.end() ? 0 : cleared->second;
        } else {
            at.went = static_cast<std::uint64_t>(
                std::count(seen.removed.begin(), seen.removed.end(), keys_.entry(op.space, op.key)));
        }
    }
}

void writer::flight::answer(const write_ptr& one, std::uint64_t at) const {
    const auto index =
        static_cast<std::size_t>(std::find(writes.begin(), writes.end(), one) - writes.begin());
    const auto& places = places_[index];
    if (one->is_batch) {
        std::vector<mf_entry> versions(one->ops.size());
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (one->ops[i].kind == MF_BATCH_PUT) versions[i].version = version_of(at, places[i].index);
        }
        return one->done.entries(versions);
    }
    const auto& op = one->ops[0];
    if (op.kind == MF_BATCH_PUT) return one->done.entry(op.key, {}, version_of(at, places[0].index));
    if (op.kind == MF_BATCH_CLEAR) return one->done.cleared(places[0].went);
    if (places[0].went == 0) return one->done.fail(MF_NOT_FOUND, "no such key");
    one->done.ok();
}

writer::flight::verdict writer::flight::judge(std::size_t write, const transaction_result& result) const {
    const auto& one = *writes[write];
    verdict found;
    for (std::size_t i = 0; i < one.ops.size(); ++i) {
        const auto& at = places_[write][i];
        if (at.generation != none && at.generation < result.results.size()) {
            const auto& entries = result.results[at.generation].entries;
            const auto now = entries.empty() ? 0 : entries[0].mod_revision;
            if (now != one.parts[i].generation) found.parts_gone = true;
        }
        if (at.otherwise == none || at.otherwise >= result.results.size()) continue;
        const auto& entries = result.results[at.otherwise].entries;
        const auto& condition = one.ops[i].condition;
        found.op = i;
        if (entries.empty()) {
            if (condition.kind != MF_IF_VERSION) continue;
            found.status = MF_NOT_FOUND;
            return found;
        }
        const auto& entry = entries[0];
        if (condition.kind == MF_IF_VERSION && revision_of(condition.version) == entry.mod_revision) continue;
        found.status = MF_CONFLICT;
        replica_entry winner;
        winner.revision = entry.mod_revision;
        const auto bytes = std::make_shared<const std::string>(entry.value);
        const auto opened = unseal(*bytes);
        winner.bytes = bytes;
        winner.version = version_of(entry.mod_revision, opened ? opened->index : 0);
        winner.payload = opened ? opened->payload : std::string_view(*bytes);
        winner.in_parts = opened && opened->in_parts;
        found.winner = std::move(winner);
        return found;
    }
    return found;
}

void writer::flight::fail_all(mf_status status, const std::string& why) {
    for (const auto& one : writes) {
        if (!one->answered()) one->done.fail(status, why);
    }
}

} // namespace mockfleet::replicated
