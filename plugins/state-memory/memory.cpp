// Calls on one key and on one space; batch.cpp has those on several.
#include "memory.hpp"

#include "rules.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace mockfleet::memory {

namespace {

using plugin::slice;
using plugin::state_completion;

constexpr std::uint32_t default_page = 512;

/// A random UUID, version 4.
std::string random_id() {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device source;
    std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    for (auto& c : id) {
        if (c == 'x')
            c = digits[source() % 16];
        else if (c == 'y')
            c = digits[8 + source() % 4];
    }
    return id;
}

std::optional<std::int64_t> decimal(const std::string& text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stopped != end) return std::nullopt;
    return number;
}

} // namespace

memory_state::memory_state() : node_id_(random_id()) {}

void memory_state::start(const mf_state_events& events, state_completion done) {
    log_.start(events);
    done.ok();
}

void memory_state::stop(state_completion done) {
    log_.stop(std::move(done));
}

memory_state::space_data* memory_state::find(std::string_view space) const {
    const std::shared_lock lock(spaces_mutex_);
    const auto found = spaces_.find(space);
    return found == spaces_.end() ? nullptr : found->second.get();
}

memory_state::space_data& memory_state::make(std::string_view space) {
    if (auto* found = find(space)) return *found;
    const std::unique_lock lock(spaces_mutex_);
    auto& made = spaces_[std::string(space)];
    if (!made) made = std::make_unique<space_data>();
    return *made;
}

void memory_state::get(const mf_call&, std::string_view space, std::string_view key, state_completion done) {
    if (!named(space, key)) return refuse(done, empty_name);
    auto* const data = find(space);
    if (data == nullptr) return done.fail(MF_NOT_FOUND, no_such_key);
    auto& home = data->of(key);
    item found;
    {
        const std::lock_guard lock(home.mutex);
        const auto at = home.items.find(key);
        if (at != home.items.end()) found = at->second;
    }
    if (found.version == 0) return done.fail(MF_NOT_FOUND, no_such_key);
    done.entry(key, *found.value, found.version);
}

void memory_state::put(const mf_call&, std::string_view space, std::string_view key, std::string_view value,
                       mf_condition condition, state_completion done) {
    if (!named(space, key)) return refuse(done, empty_name);
    if (!is_put_condition(condition)) return refuse(done, unknown_condition);
    auto shared = std::make_shared<const std::string>(value);
    auto& home = make(space).of(key);
    std::uint64_t version = 0;
    item winner;
    auto verdict = MF_OK;
    {
        const std::lock_guard lock(home.mutex);
        const auto at = home.items.find(key);
        const auto current = at == home.items.end() ? 0 : at->second.version;
        verdict = judge(condition, current);
        if (verdict == MF_OK) {
            auto& target = at == home.items.end() ? home.items[std::string(key)] : at->second;
            version = log_.put(space, key);
            target.value.swap(shared);
            target.version = version;
        } else if (verdict == MF_CONFLICT) {
            winner = at->second;
        }
    }
    log_.deliver();
    if (verdict == MF_NOT_FOUND) return done.fail(MF_NOT_FOUND, no_such_key);
    if (verdict == MF_CONFLICT) return done.entry(key, *winner.value, winner.version, 0, MF_CONFLICT);
    done.entry(key, {}, version);
}

void memory_state::remove(const mf_call&, std::string_view space, std::string_view key,
                          mf_condition condition, state_completion done) {
    if (!named(space, key)) return refuse(done, empty_name);
    if (!is_remove_condition(condition)) return refuse(done, unknown_condition);
    auto* const data = find(space);
    if (data == nullptr) return done.fail(MF_NOT_FOUND, no_such_key);
    auto& home = data->of(key);
    item found;
    auto verdict = MF_NOT_FOUND;
    {
        const std::lock_guard lock(home.mutex);
        const auto at = home.items.find(key);
        if (at != home.items.end()) {
            verdict = judge(condition, at->second.version);
            found = at->second;
        }
        if (verdict == MF_OK) {
            log_.removed(space, key);
            home.items.erase(at);
        }
    }
    log_.deliver();
    if (verdict == MF_NOT_FOUND) return done.fail(MF_NOT_FOUND, no_such_key);
    if (verdict == MF_CONFLICT) return done.entry(key, *found.value, found.version, 0, MF_CONFLICT);
    done.ok();
}

void memory_state::scan(const mf_call&, std::string_view space, std::string_view after, std::uint32_t limit,
                        state_completion done) {
    if (space.empty()) return refuse(done, empty_name);
    auto* const data = find(space);
    if (data == nullptr) return done.ok();
    // One entry more than asked for tells whether there are more. Each shard is ordered, so it need be read
    // only up to the greatest key that is still among the smallest of all.
    const std::size_t wanted = std::size_t{limit == 0 ? default_page : limit} + 1;
    std::map<std::string, item> smallest;
    for (auto& part : data->shards) {
        const std::lock_guard lock(part.mutex);
        for (auto at = part.items.upper_bound(after); at != part.items.end(); ++at) {
            if (smallest.size() == wanted) {
                if (at->first > smallest.rbegin()->first) break;
                smallest.erase(std::prev(smallest.end()));
            }
            smallest.emplace(at->first, at->second);
        }
    }
    const bool more = smallest.size() == wanted;
    if (more) smallest.erase(std::prev(smallest.end()));
    std::vector<mf_entry> entries;
    entries.reserve(smallest.size());
    for (const auto& [key, one] : smallest)
        entries.push_back({slice(key), slice(*one.value), one.version});
    done.entries(entries, more);
}

void memory_state::clear(const mf_call&, std::string_view space, state_completion done) {
    if (space.empty()) return refuse(done, empty_name);
    auto& data = make(space);
    std::array<std::map<std::string, item, std::less<>>, shard_count> gone; // freed after the locks
    std::uint64_t count = 0;
    {
        std::array<std::unique_lock<std::mutex>, shard_count> locks;
        for (std::size_t i = 0; i < shard_count; ++i)
            locks[i] = std::unique_lock(data.shards[i].mutex);
        for (std::size_t i = 0; i < shard_count; ++i) {
            gone[i].swap(data.shards[i].items);
            count += gone[i].size();
        }
        log_.cleared(space);
    }
    log_.deliver();
    done.cleared(count);
}

void memory_state::add(const mf_call&, std::string_view space, std::string_view key, std::int64_t delta,
                       std::int64_t min, std::int64_t max, state_completion done) {
    if (!named(space, key)) return refuse(done, empty_name);
    if (min > max) return refuse(done, "the least value is greater than the greatest");
    auto* const data = find(space);
    if (data == nullptr) return done.fail(MF_NOT_FOUND, no_such_key);
    auto& home = data->of(key);
    std::optional<item> now;
    std::optional<std::int64_t> number;
    bool passes = false;
    {
        const std::lock_guard lock(home.mutex);
        const auto at = home.items.find(key);
        if (at != home.items.end()) {
            number = decimal(*at->second.value);
            std::int64_t sum = 0;
            passes = number && !__builtin_add_overflow(*number, delta, &sum) && sum >= min && sum <= max;
            if (passes) {
                at->second.value = std::make_shared<const std::string>(std::to_string(sum));
                at->second.version = log_.put(space, key);
                number = sum;
            }
            now = at->second;
        }
    }
    if (!now) return done.fail(MF_NOT_FOUND, no_such_key);
    if (!number) return refuse(done, "the value is no decimal 64-bit integer");
    log_.deliver();
    done.entry(key, *now->value, now->version, *number, passes ? MF_OK : MF_CONFLICT);
}

void memory_state::peers(const mf_call&, std::string_view, std::string_view, mf_peer_sink,
                         state_completion done) {
    done.ok();
}

plugin::info memory_state::describe() {
    plugin::info now;
    now.node_id = now.coordinator = node_id_;
    now.members.push_back({node_id_, {}, {}, 0, true, true});
    now.revision = log_.revision();
    return now;
}

} // namespace mockfleet::memory
