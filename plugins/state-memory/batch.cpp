// All or nothing: locks every shard that a batch touches, checks all operations, then applies them.
#include "memory.hpp"

#include "rules.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace mockfleet::memory {

using plugin::state_completion;
using plugin::view;

/// One operation with all that applying it needs, so that nothing can fail half-way.
struct memory_state::batch_step {
    std::string_view space;
    std::string_view key;
    std::int32_t kind = MF_BATCH_PUT;
    space_data* data = nullptr;
    std::shared_ptr<const std::string> value;
    decltype(shard::items) fresh; ///< put of an absent key: the node to link in
    std::vector<decltype(shard::items)> gone;
    std::uint64_t version = 0;
};

namespace {

/// Empty when the operations can stand together, else why operation `failed` cannot.
std::string_view problem_of(std::span<const mf_batch_op> operations, std::size_t& failed) {
    std::set<std::string_view> cleared;
    std::set<std::string_view> written;
    std::set<std::pair<std::string_view, std::string_view>> keys;
    for (failed = 0; failed < operations.size(); ++failed) {
        const auto& one = operations[failed];
        const auto space = view(one.space);
        const auto key = view(one.key);
        if (one.kind == MF_BATCH_CLEAR) {
            if (space.empty()) return empty_name;
            if (written.contains(space) || !cleared.insert(space).second)
                return "a space is cleared and named again";
            continue;
        }
        if (one.kind != MF_BATCH_PUT && one.kind != MF_BATCH_REMOVE)
            return "this kind of operation does not exist";
        if (!named(space, key)) return empty_name;
        const bool known =
            one.kind == MF_BATCH_PUT ? is_put_condition(one.condition) : is_remove_condition(one.condition);
        if (!known) return unknown_condition;
        if (cleared.contains(space)) return "a space is cleared and named again";
        if (!keys.emplace(space, key).second) return "a key is named twice";
        written.insert(space);
    }
    return {};
}

} // namespace

void memory_state::batch(const mf_call&, std::span<const mf_batch_op> operations, state_completion done) {
    std::size_t index = 0;
    const auto refuse_at = [&](mf_status status, std::string_view why) {
        mf_state_reply answer{};
        answer.status = status;
        answer.message = plugin::slice(why);
        answer.count = index;
        done.reply(answer);
    };
    if (const auto problem = problem_of(operations, index); !problem.empty())
        return refuse_at(MF_INVALID, problem);

    std::vector<batch_step> steps(operations.size());
    std::vector<shard*> touched;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto& step = steps[i];
        step.space = view(operations[i].space);
        step.key = view(operations[i].key);
        step.kind = operations[i].kind;
        step.data = &make(step.space);
        if (step.kind == MF_BATCH_CLEAR) {
            step.gone.resize(shard_count);
            for (auto& part : step.data->shards)
                touched.push_back(&part);
        } else {
            touched.push_back(&step.data->of(step.key));
        }
        if (step.kind != MF_BATCH_PUT) continue;
        step.value = std::make_shared<const std::string>(view(operations[i].value));
        step.fresh.try_emplace(std::string(step.key));
    }
    // By address, as clear() takes them too: nobody can wait in a circle.
    std::sort(touched.begin(), touched.end(), std::less<>());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    std::vector<mf_entry> answers(steps.size());
    {
        std::vector<std::unique_lock<std::mutex>> locks;
        locks.reserve(touched.size());
        for (auto* part : touched)
            locks.emplace_back(part->mutex);

        for (index = 0; index < steps.size(); ++index) {
            const auto& step = steps[index];
            if (step.kind == MF_BATCH_CLEAR) continue;
            const auto& items = step.data->of(step.key).items;
            const auto at = items.find(step.key);
            const auto verdict =
                judge(operations[index].condition, at == items.end() ? 0 : at->second.version);
            if (verdict == MF_OK) continue;
            const auto winner = at == items.end() ? item{} : at->second;
            locks.clear();
            if (verdict != MF_CONFLICT) return refuse_at(verdict, no_such_key);
            return done.entry(step.key, *winner.value, winner.version, 0, MF_CONFLICT, index);
        }
        for (std::size_t i = 0; i < steps.size(); ++i) {
            apply(steps[i]);
            answers[i].version = steps[i].version;
        }
    }
    log_.deliver();
    done.entries(answers);
}

void memory_state::apply(batch_step& step) noexcept {
    if (step.kind == MF_BATCH_CLEAR) {
        for (std::size_t i = 0; i < shard_count; ++i)
            step.gone[i].swap(step.data->shards[i].items);
        log_.cleared(step.space);
        return;
    }
    auto& items = step.data->of(step.key).items;
    auto at = items.find(step.key);
    if (step.kind == MF_BATCH_REMOVE) {
        if (at == items.end()) return;
        log_.removed(step.space, step.key);
        items.erase(at);
        return;
    }
    if (at == items.end()) at = items.insert(step.fresh.extract(step.fresh.begin())).position;
    step.version = log_.put(step.space, step.key);
    at->second.value.swap(step.value);
    at->second.version = step.version;
}

} // namespace mockfleet::memory
